import { expect } from 'chai';
import { FlowErrorFilter, type FlowErrorBody } from '#src/nestjs/index.js';
import { LineCatcher } from '../../support/line-catcher.js';
import { Desk, ordersApp } from '../support/orders-app.js';
import { ADAPTERS, post, useApps } from '../support/run-app.js';

for (const adapter of ADAPTERS) {
  describe(`penguiflow/nestjs: HTTP on ${adapter}`, () => {
    const apps = useApps();

    it("answers with the flow's result for what the method returned", async () => {
      const { url } = await apps.start(ordersApp(), adapter);
      const response = await post(`${url}/orders`, { sku: 'abc' });
      expect(response.status).to.equal(201);
      expect(await response.json()).to.deep.equal({ sku: 'abc', cents: 300 });
    });

    it('the trace id is that of traceparent, else of x-request-id, else fresh, and is sent back', async () => {
      const { url } = await apps.start(ordersApp(), adapter);
      const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
      const ids = await Promise.all(
        [
          { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, 'x-request-id': 'mine' },
          { 'x-request-id': 'mine' },
          { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` },
          { traceparent: `00-${traceId}-00f067aa0ba902b7-01-more` },
          { 'x-request-id': 'line\tbreaks "and" more' },
          // A later version may say more.
          { traceparent: `01-${traceId}-00f067aa0ba902b7-01-more` },
        ].map(async (headers) => (await post(`${url}/orders`, { sku: 'a' }, { headers })).headers.get('x-request-id')),
      );
      expect(ids.slice(0, 2)).to.deep.equal([traceId, 'mine']);
      expect(ids[2])
        .to.match(/^[\da-f]{32}$/)
        .and.not.equal('0'.repeat(32));
      expect(ids[3])
        .to.match(/^[\da-f]{32}$/)
        .and.not.equal(traceId);
      expect(ids[4]).to.match(/^[\da-f]{32}$/);
      expect(ids[5]).to.equal(traceId);
    });

    it('trustTraceHeaders: false makes every trace id fresh', async () => {
      const { url } = await apps.start(ordersApp({ trustTraceHeaders: false }), adapter);
      const response = await post(`${url}/orders`, { sku: 'a' }, { headers: { 'x-request-id': 'mine' } });
      expect(response.headers.get('x-request-id')).to.match(/^[\da-f]{32}$/);
    });

    it('every line of a request carries its trace id: the controller, the node and the events, 200 at a time', async () => {
      const caught = new LineCatcher();
      const logging = { level: 'debug', structured: true, destination: caught } as const;
      const { url } = await apps.start(ordersApp({ logging }), adapter);
      const ids = Array.from({ length: 200 }, (_, index) => `request-${index}`);
      await Promise.all(ids.map((id) => post(`${url}/orders`, { sku: id }, { headers: { 'x-request-id': id } })));
      await apps.closeAll();
      const lines = caught.json.filter(({ message }) => ['taken', 'pricing'].includes(message as string));
      expect(lines).to.have.length(400);
      expect(lines.filter(({ trace_id, sku }) => trace_id !== sku)).to.deep.equal([]);
      for (const message of ['node_start', 'node_success']) {
        const events = caught.json.filter((line) => line['message'] === message);
        expect(new Set(events.map(({ trace_id }) => trace_id))).to.deep.equal(new Set(ids));
      }
      const taken = lines.find(({ message }) => message === 'taken');
      expect(taken).to.include({ level: 'info', logger: 'penguiflow.nest', context: 'Orders' });
    });

    it('a failing node is 502 with the code and the trace id, and nothing of what it threw', async () => {
      const { url } = await apps.start(ordersApp(), adapter);
      const response = await post(`${url}/orders`, { sku: 'broken' }, { headers: { 'x-request-id': 'r-1' } });
      expect(response.status).to.equal(502);
      const body = (await response.json()) as FlowErrorBody;
      expect(body).to.deep.equal({
        statusCode: 502,
        code: 'NODE_EXCEPTION',
        message: 'A step of the work failed.',
        traceId: 'r-1',
      });
    });

    it('an HttpException of a node is answered as it is', async () => {
      const { url } = await apps.start(ordersApp(), adapter);
      const response = await post(`${url}/orders`, { sku: 'unknown' });
      expect(response.status).to.equal(404);
      expect(await response.json()).to.include({ message: 'no such sku' });
    });

    it('`statuses` change the status of a code, `timeoutS` is the deadline and `tenant` the tenant', async () => {
      const { app, url } = await apps.start(ordersApp(), adapter);
      expect((await post(`${url}/orders/strict`, { sku: 'broken' })).status).to.equal(500);
      const late = await post(`${url}/orders/strict`, { sku: 'a', wait: true });
      expect(late.status).to.equal(504);
      expect(((await late.json()) as FlowErrorBody).code).to.equal('DEADLINE_EXCEEDED');
      expect((await app.get(Desk).arrived.promise).tenant).to.equal('acme');
    });

    it('the header that `timeoutHeader` names can shorten the time', async () => {
      const { url } = await apps.start(ordersApp({ timeoutHeader: 'X-Timeout-S', timeoutS: 30 }), adapter);
      const headers = { 'x-timeout-s': '0.05' };
      expect((await post(`${url}/orders`, { sku: 'a', wait: true }, { headers })).status).to.equal(504);
      expect((await post(`${url}/orders`, { sku: 'a' }, { headers: { 'x-timeout-s': '-1' } })).status).to.equal(201);
    });

    it('R16 a client that goes away cancels its trace', async () => {
      const { app, url } = await apps.start(ordersApp(), adapter);
      const gone = new AbortController();
      const request = post(`${url}/orders`, { sku: 'a', wait: true }, { signal: gone.signal }).catch((e: unknown) => e);
      const ctx = await app.get(Desk).arrived.promise;
      gone.abort();
      await app.get(Desk).left.promise;
      expect(ctx.signal.aborted).to.equal(true);
      expect(await request).to.be.instanceOf(Error);
    });

    it('@FlowRequest gives a method that calls flows itself the same, and FlowErrorFilter answers for it', async () => {
      const { url } = await apps.start(ordersApp(), adapter, undefined, (app) =>
        app.useGlobalFilters(new FlowErrorFilter({ NODE_EXCEPTION: 503 })),
      );
      expect(await (await post(`${url}/orders/by-hand`, { sku: 'ab' })).json()).to.deep.equal({
        sku: 'ab',
        cents: 200,
      });
      const failed = await post(`${url}/orders/by-hand`, { sku: 'broken' }, { headers: { 'x-request-id': 'r-2' } });
      expect(failed.status).to.equal(503);
      expect(await failed.json()).to.include({ code: 'NODE_EXCEPTION', traceId: 'r-2' });
    });

    it('without the filter a FlowError is a 500 like any other error', async () => {
      const { url } = await apps.start(ordersApp(), adapter);
      expect((await post(`${url}/orders/by-hand`, { sku: 'broken' })).status).to.equal(500);
    });
  });
}
