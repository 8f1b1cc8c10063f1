import { request as httpRequest, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import compression from 'compression';
import connect from 'connect';
import { expect } from 'chai';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import fastify from 'fastify';
import helmet from 'helmet';
import type { ActionAnswer } from '#src/inspector/api.js';
import type { Inspector } from '#src/inspector/index.js';
import { useFlows } from '../support/flows.js';
import { held, line, pass } from '../support/nodes.js';
import { codeOf, settle } from '../support/settling.js';
import { openStream } from './support/event-stream.js';
import { ask, post, TOKEN, useInspectors } from './support/inspectors.js';

/** Has no types of its own under that name. */
const express4 = createRequire(import.meta.url)('express-4') as typeof express;

/** A middleware of Express and Connect. */
type Use = (path: string, ...handlers: readonly unknown[]) => unknown;

/** Takes the inspector under a path, and gives the origin that serves it. */
type Mount = (inspector: Inspector, path: string) => Promise<string>;

describe('the inspector inside', () => {
  const flows = useFlows();
  const bench = useInspectors();

  function expressLike(make: () => RequestListener & { use: unknown }, ...before: readonly unknown[]): Mount {
    return (inspector, path) => {
      const app = make();
      const use = (app.use as Use).bind(app);
      for (const handler of before) (use as unknown as (handler: unknown) => unknown)(handler);
      use(path, inspector.handler);
      return bench.serve(app);
    };
  }

  const five = (): never => express() as never;
  const four = (): never => express4() as never;
  const parsers = [express.json(), express.urlencoded({ extended: false }), express.text({ type: '*/*' })];
  const everything = [
    helmet(),
    compression({ threshold: 0 }),
    rateLimit({ limit: 1_000, validate: false }),
    ...parsers,
  ];
  const cors = (
    _request: unknown,
    response: { setHeader(name: string, value: string): void },
    next: () => void,
  ): void => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-credentials', 'true');
    next();
  };

  const mounts: readonly (readonly [name: string, mount: Mount, prefix: string])[] = [
    ['Express 5', expressLike(five), ''],
    ['Express 5 with body parsers', expressLike(five, ...parsers), ''],
    [
      'Express 5 with helmet, compression, a rate limiter, body parsers and open CORS',
      expressLike(five, ...everything, cors),
      '',
    ],
    ['Express 4', expressLike(four), ''],
    ['Express 4 with body parser, compression and helmet', expressLike(four, ...everything), ''],
    ['Connect', expressLike(connect as never), ''],
    [
      'a router of Express inside another',
      (inspector, path) => {
        const router = express.Router();
        router.use(path, inspector.handler);
        return bench.serve(express().use('/inner', router) as RequestListener);
      },
      '/inner',
    ],
    ['node:http', (inspector) => bench.serve((request, response) => inspector.handler(request, response)), ''],
    [
      'Fastify 5',
      async (inspector, path) => {
        const app = fastify({ forceCloseConnections: true });
        bench.keep(app);
        await app.register(inspector.fastify as never, { prefix: path });
        return app.listen({ port: 0, host: '127.0.0.1' });
      },
      '',
    ],
    [
      'Fastify 5, in a scope with a prefix',
      async (inspector, path) => {
        const app = fastify({ forceCloseConnections: true });
        bench.keep(app);
        await app.register(async (scope) => scope.register(inspector.fastify as never, { prefix: path }), {
          prefix: '/inner',
        });
        return app.listen({ port: 0, host: '127.0.0.1' });
      },
      '/inner',
    ],
    [
      'what stands behind a proxy that takes a prefix off',
      async (inspector, path) => {
        const app = express();
        app.use(path, inspector.handler);
        const behind = await bench.serve(app as RequestListener);
        return bench.serve((request, response) => {
          const target = behind + (request.url ?? '').replace(/^\/outer/, '');
          const { hostname, port } = new URL(behind);
          const sent = httpRequest(
            { hostname, port, path: target.slice(behind.length), method: request.method, headers: request.headers },
            (answer) => {
              response.writeHead(answer.statusCode as number, answer.headers);
              answer.pipe(response);
            },
          );
          sent.on('error', () => response.destroy());
          request.pipe(sent);
        });
      },
      '/outer',
    ],
  ];

  for (const [name, mount, prefix] of mounts) {
    it(`I16 ${name}: page, API, stream and actions work, its headers count, and a mount without slash leads to the one with it`, async () => {
      const { node: hangs, calls } = held('Hangs');
      const flow = await flows.run(line(pass('One'), hangs));
      const path = '/_penguiflow';
      const inspector = bench.inspector({
        flows: [flow],
        actions: ['cancel'],
        ...(name === 'node:http' ? { path } : {}),
      });
      const url = `${await mount(inspector, path)}${prefix}${path}`;
      const page = await ask(`${url}/`, { token: false });
      expect([page.status, page.text]).to.deep.equal([200, '<!doctype html><title>inspector</title>']);
      expect(page.headers['content-security-policy']).to.include("default-src 'none'");
      expect(page.headers).to.include({ 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY' });
      expect((await ask(`${url}/assets/main-Ab3dEf9h.js`)).text).to.include('console.log');
      const unslashed = await ask(`${url}?x=1`, { token: false });
      expect(unslashed.status).to.equal(308);
      const there = new URL(unslashed.headers.location as string, `${url}?x=1`);
      expect(`${there.pathname}${there.search}`).to.equal(`${prefix}${path}/?x=1`);
      expect((await ask(`${url}/api/hello`, { token: false })).status).to.equal(401);
      const hello = await ask(`${url}/api/hello`);
      expect(hello.json).to.include({ app: 'penguiflow' });
      expect(hello.headers).not.to.have.property('access-control-allow-origin');
      expect((await ask(`${url}/../api/hello`)).status).to.be.oneOf([401, 404]);
      const stream = await openStream(`${url}/api/stream`);
      await stream.until(() => stream.of('snapshot').length > 0);
      const ended = codeOf(flow.call(1, { traceId: 't', tenant: 'acme' }));
      await settle();
      const text = await ask(`${url}/api/cancel`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: '{}',
      });
      expect(text.status).to.equal(415);
      const answer = await post(`${url}/api/cancel`, { flow: flow.name, traceId: 't', tenant: 'acme' });
      expect((answer.json as ActionAnswer).done).to.equal(true);
      expect(await ended).to.equal('TRACE_CANCELLED');
      await stream.until(() => stream.of('action').length > 0);
      stream.close();
      calls[0]?.resolve(1);
    });
  }

  it('I16 Fastify: hooks of the application are in force, and its own parsers and routes are as they were', async () => {
    const app = fastify({ forceCloseConnections: true });
    bench.keep(app);
    app.addHook('onRequest', async (request, reply) => {
      if (request.headers['x-inside'] !== 'yes') await reply.code(418).send('outside');
    });
    app.post('/own', (request, reply) => reply.send(request.body));
    await app.register(bench.inspector().fastify as never, { prefix: '/_penguiflow' });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    expect((await ask(`${url}/_penguiflow/api/hello`)).status).to.equal(418);
    expect((await ask(`${url}/_penguiflow/api/hello`, { headers: { 'x-inside': 'yes' } })).status).to.equal(200);
    expect((await post(`${url}/own`, { a: 1 }, { headers: { 'x-inside': 'yes' } })).json).to.deep.equal({ a: 1 });
  });

  it('I16 Express: what is not below its path is left to others, and a limiter before it is in force', async () => {
    const app = express();
    app.use(rateLimit({ limit: 2, validate: false }));
    app.use(bench.inspector({ path: '/_penguiflow' }).handler);
    app.use((_request, response) => void response.send('the application'));
    const url = await bench.serve(app as RequestListener);
    expect((await ask(`${url}/orders`)).text).to.equal('the application');
    expect((await ask(`${url}/_penguiflow/api/hello`)).json).to.include({ app: 'penguiflow' });
    expect((await ask(`${url}/_penguiflow/api/hello`, { token: TOKEN })).status).to.equal(429);
  });
});
