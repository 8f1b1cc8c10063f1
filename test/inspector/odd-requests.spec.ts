import {
  createServer,
  request as httpRequest,
  ServerResponse,
  type IncomingMessage,
  type RequestListener,
} from 'node:http';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { connect } from 'node:net';
import os from 'node:os';
import { expect } from 'chai';
import type express from 'express';
import { FlowError } from '#src/index.js';
import { ManualClock } from '#src/testing/index.js';
import type { InspectorAccess } from '#src/inspector/inspector-options.js';
import { FlowHistory, memoryStore } from '#src/store/index.js';
import { useFlows } from '../support/flows.js';
import { held, line, pass } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import { useLogging } from '../support/use-logging.js';
import { storeWith } from '../store/support/store-with.js';
import { openStream } from './support/event-stream.js';
import { ask, post, TOKEN, useInspectors } from './support/inspectors.js';

/** Has no types of its own under that name. */
const express4 = createRequire(import.meta.url)('express-4') as typeof express;

const JSON_TYPE = { 'content-type': 'application/json' };

describe('odd requests to the inspector', () => {
  const flows = useFlows();
  const bench = useInspectors();
  const caught = useLogging();

  const failures = (): readonly unknown[] => caught.json.filter(({ event }) => event === 'inspector_failed');

  it('I15 a host whose name is not of ASCII is named as far as a header can, and ends no process', async () => {
    const { hostname } = os;
    os.hostname = () => 'Пингвин-2\r\nx-evil: 1';
    // What is imported by name follows only when it is told to.
    syncBuiltinESMExports();
    try {
      const url = await bench.serve(bench.inspector().handler);
      const hello = await ask(`${url}/api/hello`);
      expect(hello.headers['penguiflow-runner']).to.match(/^\?{7}-2\?\?x-evil: 1; pid=\d+; started=\d+$/);
      expect(hello.headers).not.to.have.property('x-evil');
      expect(hello.json).to.have.nested.property('runner.host', 'Пингвин-2\r\nx-evil: 1');
      expect((await ask(`${url}/`, { headers: { host: 'evil.example' } })).status).to.equal(421);
    } finally {
      os.hostname = hostname;
      syncBuiltinESMExports();
    }
  });

  it('I4 whoever sends ten megabytes hears that it is too much, also without a length', async () => {
    const url = await bench.serve(bench.inspector({ actions: ['cancel'] }).handler);
    const megabyte = 'x'.repeat(1_048_576);
    const answer = await new Promise<number>((resolve, reject) => {
      const headers = { ...JSON_TYPE, authorization: `Bearer ${TOKEN}` };
      let status = 0;
      const sent = httpRequest(`${url}/api/cancel`, { method: 'POST', headers, agent: false }, (response) => {
        status = response.statusCode as number;
        response.resume();
      });
      // A connection that breaks hides the answer from browsers.
      sent.on('error', reject);
      sent.on('close', () => resolve(status));
      const send = (left: number): void => {
        if (left === 0) sent.end('"');
        else sent.write(megabyte, () => send(left - 1));
      };
      sent.write('"');
      send(10);
    });
    expect(answer).to.equal(413);
  });

  it('I16 takes the body itself where a parser of other types has left one of its own', async () => {
    const app = express4();
    app.use(express4.urlencoded({ extended: false }));
    // Until it is known who asks, all of the body has come.
    const authorize = async (): Promise<InspectorAccess> => {
      await settle();
      return { subject: 'ada' };
    };
    app.use('/_penguiflow', bench.inspector({ actions: ['cancel'], authorize }).handler);
    const url = await bench.serve(app as unknown as RequestListener);
    const answer = await post(`${url}/_penguiflow/api/cancel`, { flow: 'none', traceId: 't', tenant: 'acme' });
    expect(answer.status).to.equal(404);
  });

  it('I16 says so where somebody has read the body and left nothing', async () => {
    const { handler } = bench.inspector({ actions: ['cancel'] });
    const url = await bench.serve((request, response) => {
      request.resume().once('end', () => handler(request, response));
    });
    const answer = await post(`${url}/api/cancel`, { flow: 'none', traceId: 't', tenant: 'acme' });
    expect(answer.status).to.equal(400);
    expect(answer.text).to.include('req.body');
  });

  it('I4 whoever goes away in the middle of a body is no failure', async () => {
    const url = await bench.serve(bench.inspector({ actions: ['cancel'] }).handler);
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `POST /api/cancel HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"flow":`,
    );
    await settle();
    socket.destroy();
    expect((await ask(`${url}/api/hello`)).status).to.equal(200);
    await settle();
    expect(failures()).to.deep.equal([]);
  });

  it('I16 leaves alone what somebody before it has answered, now or meanwhile', async () => {
    const { handler } = bench.inspector();
    const url = await bench.serve((request: IncomingMessage, response: ServerResponse) => {
      const isLate = request.url === '/';
      if (isLate) handler(request, response);
      response.statusCode = 503;
      response.end('too late');
      if (!isLate) handler(request, response);
    });
    for (const path of ['/', '/api/hello', '/index.html']) {
      const answer = await ask(url + path);
      expect([path, answer.status, answer.text]).to.deep.equal([path, 503, 'too late']);
    }
  });

  it('I16 once it is closed it takes nobody in, so that no shutdown waits for who comes back', async () => {
    const clock = new ManualClock();
    const flow = await flows.run(line(pass('One')));
    const inspector = bench.inspector({ flows: [flow] }, clock);
    const server = createServer(inspector.handler);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    const stream = await openStream(`${url}/api/stream`);
    await stream.until(() => stream.of('snapshot').length > 0);
    await inspector.close();
    await stream.until(() => stream.isOver);
    for (const path of ['/', '/api/stream', '/api/runs']) {
      const answer = await ask(url + path);
      expect([path, answer.status, answer.headers.connection]).to.deep.equal([path, 503, 'close']);
    }
    expect(clock.pending).to.equal(0);
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  it('I11 a client that takes nothing for five minutes has its place taken away', async () => {
    const clock = new ManualClock();
    const flow = await flows.run(line(...Array.from({ length: 200 }, (_, index) => pass(`Node${index}`))));
    const url = await bench.serve(bench.inspector({ flows: [flow] }, clock).handler);
    const fast = await openStream(`${url}/api/stream`);
    const stuck = await openStream(`${url}/api/stream`);
    stuck.response.pause();
    // Until it is slow, and five minutes more.
    for (let second = 0; second < 600; second++) {
      const { length } = fast.of('snapshot');
      await clock.advance(1_000);
      await fast.until(() => fast.of('snapshot').length > length);
    }
    stuck.response.resume();
    await stuck.until(() => stuck.isOver);
    expect(fast.isOver).to.equal(false);
    fast.close();
  });

  it('I12 says 503 where the store gives nothing, and not what it says', async () => {
    const away = (): never => {
      throw new FlowError('STORE_UNAVAILABLE', { message: 'connect ECONNREFUSED 10.0.0.5' });
    };
    const history = new FlowHistory(storeWith({ list: away, run: away }));
    const url = await bench.serve(bench.inspector({ history }).handler);
    for (const path of ['runs', 'runs/1', 'runs/order-17']) {
      const answer = await ask(`${url}/api/${path}`);
      expect([path, answer.status]).to.deep.equal([path, 503]);
      expect(answer.text).to.include('STORE_UNAVAILABLE').and.not.include('10.0.0.5');
    }
    expect(failures()).to.have.length(3);
    await history.close();
  });

  it('I12 shows what a store has that takes nothing any more, after a second', async () => {
    const clock = new ManualClock();
    let isAway = false;
    const sound = memoryStore();
    const history = new FlowHistory(
      storeWith(
        {
          write: (batch) => (isAway ? new Promise<never>(() => {}) : sound.write(batch)),
          list: (query) => sound.list(query),
        },
        sound,
      ),
    );
    const { node: hangs, calls } = held('Hangs');
    const flow = await flows.run(line(hangs), { history });
    const url = await bench.serve(bench.inspector({ flows: [flow], history }, clock).handler);
    const first = flow.call(1, { traceId: 'kept' });
    await settle();
    calls[0]?.resolve(1);
    await first;
    await history.flush();
    isAway = true;
    const second = flow.call(2, { traceId: 'lost' });
    await settle();
    const asked = ask(`${url}/api/runs`);
    while (clock.pending === 0) await settle();
    await clock.advance(1_000);
    expect((await asked).text)
      .to.include('kept')
      .and.not.include('lost');
    calls[1]?.resolve(2);
    await second;
    isAway = false;
  });
});
