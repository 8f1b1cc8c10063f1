import { on, once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import type { PenguiFlowModuleOptions } from '#src/nestjs/index.js';
import { LineCatcher } from '../../support/line-catcher.js';
import { describeWithTool } from '../../support/needs-tool.js';
import { appsProject, importApp } from '../support/apps-project.js';
import { ADAPTERS, post, type Adapter } from '../support/run-app.js';

interface GraphqlApp {
  readonly app: { close(): Promise<void> };
  readonly url: string;
  readonly desk: {
    readonly seen: { readonly traceId: string; readonly tenant: string }[];
    readonly arrived: Promise<void>;
    readonly aborted: Promise<void>;
  };
}

interface AppModule {
  startGraphqlApp(options: {
    readonly adapter: Adapter;
    readonly module?: PenguiFlowModuleOptions;
    readonly fields?: boolean;
    readonly graphql?: object;
  }): Promise<GraphqlApp>;
}

interface GraphqlError {
  readonly message: string;
  readonly path?: readonly string[];
  readonly extensions: Record<string, unknown>;
}

interface Answer {
  readonly data?: Record<string, Record<string, unknown>> | null;
  readonly errors?: readonly GraphqlError[];
}

const silent = { logging: { level: 'silent' } } as const;
const PRICE = 'query ($sku: String!, $wait: Boolean) { price(order: { sku: $sku, wait: $wait }) { sku cents } }';
const BY_HAND = `mutation ($sku: String!, $wait: Boolean) {
  byHand(order: { sku: $sku, wait: $wait }) { sku cents traceId timeoutS hasSignal }
}`;

async function ask(url: string, query: string, variables: object, init: RequestInit = {}): Promise<Answer> {
  return (await (await post(url, { query, variables }, init)).json()) as Answer;
}

function failure({ errors = [] }: Answer): GraphqlError {
  expect(errors).to.have.length(1);
  return errors[0]!;
}

describeWithTool(appsProject, 'penguiflow/nestjs: GraphQL on Apollo', function () {
  this.timeout(60_000);

  let start: AppModule['startGraphqlApp'];
  let running: GraphqlApp | undefined;
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);

  before(async () => {
    ({ startGraphqlApp: start } = await importApp<AppModule>('graphql-app'));
    process.on('unhandledRejection', note);
  });
  after(() => void process.off('unhandledRejection', note));
  afterEach(async () => {
    await running?.app.close();
    running = undefined;
    expect(unhandled.splice(0)).to.deep.equal([]);
  });

  for (const adapter of ADAPTERS) {
    describe(adapter, () => {
      it('the application starts, and @CallFlow answers a query with the result of the flow', async () => {
        running = await start({ adapter, module: silent });
        const { data, errors } = await ask(running.url, PRICE, { sku: 'abc' });
        expect(errors).to.equal(undefined);
        expect(data).to.deep.equal({ price: { sku: 'abc', cents: 300 } });
      });

      it('resolvers have the trace id, the tenant, a signal and the time of their request', async () => {
        running = await start({ adapter, module: { ...silent, timeoutS: 7, timeoutHeader: 'x-timeout-s' } });
        const headers = { 'x-request-id': 'g-1', 'x-tenant': 'acme', 'x-timeout-s': '5' };
        const { data } = await ask(running.url, BY_HAND, { sku: 'a' }, { headers });
        expect(data?.['byHand']).to.include({ traceId: 'g-1', timeoutS: 5, hasSignal: true });
        await ask(running.url, PRICE, { sku: 'a' }, { headers: { ...headers, 'x-request-id': 'g-2' } });
        expect(running.desk.seen).to.deep.equal([
          { traceId: 'g-1', tenant: 'acme' },
          { traceId: 'g-2', tenant: 'acme' },
        ]);
      });

      it('a context of the application itself changes nothing about that', async () => {
        running = await start({ adapter, module: silent, graphql: { context: () => ({ user: 'me' }) } });
        const { data } = await ask(running.url, BY_HAND, { sku: 'a' }, { headers: { 'x-request-id': 'g-3' } });
        expect(data?.['byHand']).to.include({ traceId: 'g-3', hasSignal: true });
      });

      it('lines of the resolver and of the flow carry the trace id of the request', async () => {
        const caught = new LineCatcher();
        running = await start({ adapter, module: { logging: { structured: true, destination: caught } } });
        await ask(running.url, PRICE, { sku: 'abc' }, { headers: { 'x-request-id': 'g-4' } });
        await running.app.close();
        running = undefined;
        const lines = caught.json.filter(({ trace_id }) => trace_id === 'g-4').map(({ message }) => message);
        expect(lines).to.include.members(['asked', 'trace_start', 'pricing', 'trace_end']);
      });

      for (const [method, query] of [
        ['@CallFlow', PRICE],
        ['@UseFilters(FlowErrorFilter)', BY_HAND],
        ['a global FlowErrorFilter', BY_HAND.replace('byHand', 'unfiltered')],
      ] as const) {
        it(`R14d a failing flow is answered with code, safe text and trace id, and nothing of what was thrown (${method})`, async () => {
          const caught = new LineCatcher();
          running = await start({ adapter, module: { logging: { structured: true, destination: caught } } });
          for (const sku of ['broken', 'unknown']) {
            const answer = await ask(running.url, query, { sku }, { headers: { 'x-request-id': `g-${sku}` } });
            const { message, extensions } = failure(answer);
            const { stacktrace, ...others } = extensions;
            expect(message).to.equal('A step of the work failed.');
            expect(others).to.deep.equal({ statusCode: 502, code: 'NODE_EXCEPTION', traceId: `g-${sku}` });
            // Apollo gives the client a stack, unless NODE_ENV is production.
            expect(stacktrace).to.deep.equal(['ResolverFailure: A step of the work failed.']);
            expect(JSON.stringify(answer)).to.not.include('secret');
          }
          await running.app.close();
          running = undefined;
          // The flow has told of it; the application need not tell again.
          expect(caught.json.filter(({ context }) => context === 'ExceptionsHandler')).to.deep.equal([]);
        });

        it(`R14d a tenant that is none is a 400 (${method})`, async () => {
          running = await start({ adapter, module: silent });
          const headers = { 'x-tenant': 'x'.repeat(129), 'x-request-id': 'g-5' };
          const { message, extensions } = failure(await ask(running.url, query, { sku: 'a' }, { headers }));
          expect(message).to.equal('The request is not valid.');
          expect(extensions).to.include({ statusCode: 400, code: 'INVALID_OPTION', traceId: 'g-5' });
          expect(running.desk.seen).to.deep.equal([]);
        });
      }

      it('`timeoutS` and `statuses` of @CallFlow count', async () => {
        running = await start({ adapter, module: silent });
        const strict = 'mutation { strict(order: { sku: "a", wait: true }) { cents } }';
        expect(failure(await ask(running.url, strict, {})).extensions).to.include({
          code: 'DEADLINE_EXCEEDED',
          statusCode: 599,
        });
      });

      it('of several fields of one operation each has its own answer, under one trace id', async () => {
        running = await start({ adapter, module: silent });
        const both = '{ good: price(order: { sku: "ab" }) { cents } bad: price(order: { sku: "broken" }) { cents } }';
        const answer = await ask(running.url, both, {});
        expect(failure(answer).path).to.deep.equal(['bad']);
        expect(new Set(running.desk.seen.map(({ traceId }) => traceId)).size).to.equal(1);
        expect(running.desk.seen).to.have.length(2);
      });

      it('R16 a client that goes away cancels the runs of its request', async () => {
        running = await start({ adapter, module: silent });
        const client = new AbortController();
        const asked = ask(running.url, PRICE, { sku: 'a', wait: true }, { signal: client.signal });
        asked.catch(() => {});
        await running.desk.arrived;
        client.abort();
        await running.desk.aborted;
      });

      it('@StreamFlow says that it is for HTTP', async () => {
        running = await start({ adapter, module: silent });
        const { extensions } = failure(
          await ask(running.url, 'mutation { stream(order: { sku: "a" }) { cents } }', {}),
        );
        expect(extensions).to.include({ code: 'INVALID_OPTION', statusCode: 500 });
      });
    });
  }

  it('an operation over a WebSocket has a trace of its own, and ends with the connection', async () => {
    running = await start({ adapter: 'express', module: { ...silent, timeoutS: 7 } });
    const ws = new WebSocket(running.url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(ws, 'open');
    const messages = on(ws, 'message') as AsyncIterableIterator<[Buffer]>;
    const next = async (): Promise<{ readonly type: string; readonly payload: Answer }> => {
      const [bytes] = ((await messages.next()) as IteratorYieldResult<[Buffer]>).value;
      return JSON.parse(bytes.toString('utf8')) as { type: string; payload: Answer };
    };
    const subscribe = (id: string, variables: object): void =>
      ws.send(JSON.stringify({ id, type: 'subscribe', payload: { query: BY_HAND, variables } }));
    ws.send(JSON.stringify({ type: 'connection_init' }));
    expect(await next()).to.deep.include({ type: 'connection_ack' });
    const seen: unknown[] = [];
    for (const id of ['1', '2']) {
      subscribe(id, { sku: 'ab' });
      const { payload } = await next();
      expect(payload.data?.['byHand']).to.include({ cents: 200, timeoutS: 7, hasSignal: true });
      seen.push(payload.data?.['byHand']?.['traceId']);
      expect(await next()).to.include({ type: 'complete' });
    }
    expect(seen[0])
      .to.match(/^[\da-f]{32}$/)
      .and.not.equal(seen[1]);
    subscribe('3', { sku: 'broken' });
    const { extensions } = failure((await next()).payload);
    expect(extensions).to.include({ code: 'NODE_EXCEPTION' });
    expect(extensions['traceId']).to.match(/^[\da-f]{32}$/);
    expect(await next()).to.include({ type: 'complete' });
    subscribe('4', { sku: 'a', wait: true });
    await running.desk.arrived;
    ws.terminate();
    await running.desk.aborted;
  });

  it('@CallFlow on a field is refused at the start where NestJS would leave it out, and works where not', async () => {
    const options = { adapter: 'express', module: silent, fields: true } as const;
    const refused = await start(options).catch((error: unknown) => error);
    expect(String(refused)).to.include('ShelfResolver.price has @CallFlow and resolves a field of GraphQL');
    running = await start({ ...options, graphql: { fieldResolverEnhancers: ['interceptors', 'filters'] } });
    const shelf = 'query ($sku: String!) { shelf(sku: $sku) { price { cents } } }';
    expect((await ask(running.url, shelf, { sku: 'ab' })).data).to.deep.equal({ shelf: { price: { cents: 200 } } });
    const { extensions } = failure(await ask(running.url, shelf, { sku: 'broken' }));
    expect(extensions).to.include({ code: 'NODE_EXCEPTION', statusCode: 502 });
  });
});
