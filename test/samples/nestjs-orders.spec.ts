import { expect } from 'chai';
import { post } from '../nestjs/support/run-app.js';
import { orderUntilItEnds, takenBy } from './nestjs-orders/order-load.js';
import { ServerProcess, type LogLine } from './nestjs-orders/server-process.js';

function order(id: string, card = 'tok_visa', quantity = 2) {
  return { id, card, lines: [{ sku: 'herring-tin', quantity }] };
}

function events(text: string): { event: string; data: Record<string, unknown> }[] {
  return [...text.matchAll(/^event: (.*)\n(?:id: .*\n)?data: (.*)$/gm)].map(([, event, data]) => ({
    event: event!,
    data: JSON.parse(data!) as Record<string, unknown>,
  }));
}

describe('samples/nestjs-orders', function () {
  this.timeout(60_000);

  it('R35 answers 503 at once when the bank has been away for long, and tells of its breaker once', async () => {
    const server = await ServerProcess.start();
    try {
      let status = 502;
      for (let n = 0; n < 10 && status === 502; n++) {
        ({ status } = await post(`${server.url}/orders`, order(`away-${n}`, 'tok_down')));
      }
      expect(status).to.equal(503);
      const opened = server.lines.filter(({ message, state }) => message === 'dependency_state' && state === 'open');
      expect(opened.map(({ level, dependency }) => [level, dependency])).to.deep.equal([['warn', 'bank']]);
    } finally {
      await server.end();
    }
  });

  it('I16 has an inspector where it has a token, which knows the traces of its orders', async () => {
    const token = 'a-token-of-more-than-32-characters-0123';
    const server = await ServerProcess.start({ INSPECTOR_TOKEN: token });
    try {
      await post(`${server.url}/orders`, order('i-1', 'tok_down'), { headers: { 'x-request-id': 'inspected' } });
      expect(await (await fetch(server.url)).text()).to.include('data-inspector="_penguiflow/"');
      const runs = await fetch(`${server.url}/_penguiflow/api/runs?id=inspected`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(((await runs.json()) as { runs: unknown[] }).runs[0]).to.include({ flow: 'Orders', errorNode: 'Charge' });
    } finally {
      await server.end();
    }
    expect(server.stderr).to.equal('');
  });

  describe('while it runs', () => {
    let server: ServerProcess;
    const place = (body: unknown, id: string, path = '/orders', init: RequestInit = {}): Promise<Response> =>
      post(server.url + path, body, { ...init, headers: { 'x-request-id': id } });

    before(async () => {
      server = await ServerProcess.start();
    });
    after(async () => {
      await server.end();
      expect(server.stderr).to.equal('');
    });

    it('ships an order', async () => {
      const response = await place(order('a-1'), 'happy');
      expect(response.status).to.equal(200);
      expect(await response.json()).to.deep.equal({
        orderId: 'a-1',
        cents: 698,
        trackingId: 'track-a-1',
        status: 'shipped',
      });
      const messages = server.of('happy').map(({ message }) => message);
      expect(messages).to.deep.equal([
        'order taken',
        'trace_start',
        'priced',
        'node_success',
        'node_success',
        'node_success',
        'trace_end',
      ]);
      const services = new Set(server.of('happy').map(({ service }) => service));
      expect([...services], 'every line comes from our own logger').to.deep.equal(['orders']);
    });

    it('asks a flaky bank again', async () => {
      expect(await (await place(order('a-2', 'tok_flaky'), 'flaky')).json()).to.include({ status: 'shipped' });
      expect(server.of('flaky').filter(({ message }) => message === 'node_retry')).to.have.length(2);
    });

    it('refunds a declined order', async () => {
      const response = await place(order('a-3', 'tok_declined'), 'declined');
      expect(await response.json()).to.deep.equal({ orderId: 'a-3', reason: 'no money', status: 'refunded' });
    });

    it('refuses an invalid order with 400 and the paths, without values', async () => {
      const response = await place(order('a 4', 'hunter2', 0), 'invalid');
      expect(response.status).to.equal(400);
      const body = (await response.json()) as { violations: { path: string }[] };
      expect(body).to.include({ code: 'VALIDATION_FAILED', traceId: 'invalid' });
      expect(body.violations.map(({ path }) => path)).to.have.members(['id', 'card', 'lines[0].quantity']);
      expect(JSON.stringify(body)).to.not.include('hunter2');
    });

    it('answers 422 for what is not sold: the exception of a service', async () => {
      const response = await place({ ...order('a-5'), lines: [{ sku: 'sunscreen', quantity: 1 }] }, 'unsold');
      expect(response.status).to.equal(422);
    });

    it('answers 502 with the error code when the bank stays away', async () => {
      const response = await place(order('a-6', 'tok_down'), 'down');
      expect(response.status).to.equal(502);
      expect(await response.json()).to.include({ code: 'NODE_EXCEPTION', traceId: 'down' });
      expect(server.of('down').filter(({ message }) => message === 'node_retry')).to.have.length(3);
    });

    it('answers 504 when the client has less time than it takes', async () => {
      const headers = { 'x-request-id': 'late', 'x-timeout-s': '0.01' };
      const response = await post(`${server.url}/orders`, order('a-7'), { headers });
      expect(response.status).to.equal(504);
      expect(await response.json()).to.include({ code: 'DEADLINE_EXCEEDED' });
    });

    it('R16 a client that goes away cancels its order', async () => {
      const gone = new AbortController();
      const request = place(order('a-8', 'tok_silent'), 'gone', '/orders', { signal: gone.signal });
      await server.line(({ message, trace_id }) => message === 'node_success' && trace_id === 'gone');
      gone.abort();
      await request.catch(() => {});
      await server.line(({ message, trace_id }) => message === 'trace_cancel_finish' && trace_id === 'gone');
      expect(server.of('gone').some(({ message }) => message === 'node_failed')).to.equal(false);
    });

    it('streams every step', async () => {
      const response = await place(order('a-9', 'tok_flaky'), 'stream', '/orders/stream');
      const seen = events(await response.text());
      const texts = seen.map(({ event, data }) => (event === 'chunk' ? data['text'] : event));
      expect(texts).to.deep.equal([
        'priced',
        'charging',
        'charging again (1)',
        'charging again (2)',
        'charged',
        'result',
      ]);
      expect(seen.at(-1)!.data).to.include({ status: 'shipped' });
    });

    it('is healthy', async () => {
      const response = await fetch(`${server.url}/health`);
      expect(response.status).to.equal(200);
      expect(((await response.json()) as { flows: object }).flows).to.include({ status: 'up' });
    });

    it('has metrics', async () => {
      await place(order('m-1'), 'metrics');
      const response = await fetch(`${server.url}/metrics`);
      expect(response.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
      const text = await response.text();
      const shipped = /^penguiflow_node_events_total\{.*node_name="Ship",event_type="node_success".*\} (\d+)$/m.exec(
        text,
      );
      expect(Number(shipped?.[1]), text).to.be.greaterThan(0);
    });

    it('gives 500 concurrent requests their own answers, with the right trace id on every line', async () => {
      const before = server.lines.length;
      const numbers = Array.from({ length: 500 }, (_, index) => index + 1);
      const answers = await Promise.all(
        numbers.map(async (n) => {
          const response = await place(order(`many-${n}`, 'tok_visa', (n % 100) + 1), `many-${n}`);
          return { n, status: response.status, id: response.headers.get('x-request-id'), body: await response.json() };
        }),
      );
      for (const { n, status, id, body } of answers) {
        expect({ status, id }).to.deep.equal({ status: 200, id: `many-${n}` });
        expect(body).to.include({ orderId: `many-${n}`, cents: ((n % 100) + 1) * 349 });
      }
      // A machine with much else to do holds the event loop, which is of no order.
      const ofOrders = ({ message }: LogLine): boolean => message !== 'loop_blocked';
      const lines = server.lines.slice(before).filter(ofOrders);
      expect(
        lines.filter(({ trace_id }) => typeof trace_id !== 'string' || !trace_id.startsWith('many-')),
      ).to.deep.equal([]);
      // What the node says of the order belongs to the trace it says it in.
      const priced = lines.filter(({ message }) => message === 'priced');
      expect(priced).to.have.length(500);
      expect(priced.filter(({ order_id, trace_id }) => order_id !== trace_id)).to.deep.equal([]);
      for (const n of numbers) expect(server.of(`many-${n}`).filter(ofOrders), `many-${n}`).to.have.length(7);
    });
  });

  it('R8 SIGTERM under load: what was taken is answered, then the process ends by itself', async () => {
    const server = await ServerProcess.start({ LATENCY_MS: '100', DRAIN_S: '8' });
    try {
      const load = orderUntilItEnds(server);
      // In the middle of it: some orders are shipped, some wait for the bank.
      await server.line(() => takenBy(server).length >= 100);
      server.signal('SIGTERM');
      const { answered, refused } = await load;
      const [code] = await server.ended;
      expect(code).to.equal(0);

      const taken = takenBy(server);
      const shipped = answered.filter(({ status }) => status === 200);
      expect(taken.length).to.be.at.least(100);
      expect(new Set(shipped.map(({ id }) => id)), 'each order that was taken was answered').to.deep.equal(
        new Set(taken),
      );
      for (const { id, body } of shipped) expect(body).to.include({ orderId: id, status: 'shipped' });
      expect(answered.every(({ status }) => status === 200 || status === 503)).to.equal(true);
      expect(refused.filter((id) => taken.includes(id))).to.deep.equal([]);
      const done = server.lines.filter(
        ({ message, node_name }: LogLine) => message === 'node_success' && node_name === 'Ship',
      );
      expect(done, 'no line was lost').to.have.length(taken.length);
      expect(server.stderr).to.equal('');
    } finally {
      await server.end();
    }
  });
});
