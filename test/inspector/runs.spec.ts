import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { connectFlow, Distributed, memoryCarrier, serveFlow } from '#src/distributed/index.js';
import { addLogTransport, Flow, getLogger } from '#src/index.js';
import type { FlowPicture, LineList, MessageView, RunList, RunView, StoreView } from '#src/inspector/api.js';
import type { InspectorAccess } from '#src/inspector/inspector-options.js';
import { FlowHistory, memoryStore } from '#src/store/index.js';
import { useFlows, type TestFlow } from '../support/flows.js';
import { failing, held, line, node, pass } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import { useLogging } from '../support/use-logging.js';
import { ask, useInspectors, type Answered } from './support/inspectors.js';

describe('runs in the inspector', () => {
  const flows = useFlows();
  const bench = useInspectors();
  useLogging();

  async function get<T>(url: string, path: string, headers: Record<string, string> = {}): Promise<T> {
    const answer: Answered = await ask(`${url}/api/${path}`, { headers });
    expect([path, answer.status]).to.deep.equal([path, 200]);
    return answer.json as T;
  }

  async function failIn(flow: TestFlow, traceId: string, options: object = {}): Promise<void> {
    await flow.call({ sku: 'x' }, { traceId, ...options }).catch(() => {});
  }

  it('I1 are there without a history, from the moment that it is made', async () => {
    const flow = await flows.run(line(pass('One'), failing('Two')));
    await failIn(flow, 'before');
    const url = await bench.serve(bench.inspector({ flows: [flow] }).handler);
    await failIn(flow, 'after');
    const { runs, count, byStatus } = await get<RunList>(url, 'runs');
    expect(runs.map(({ traceId, status, errorNode }) => [traceId, status, errorNode])).to.deep.equal([
      ['after', 'failed', 'Two'],
    ]);
    expect([count, byStatus]).to.deep.equal([{ runs: 1, exact: true }, { failed: 1 }]);
  });

  it('I1 are not recorded with `record: false` until somebody looks on, and of a history that was given nothing is recorded', async () => {
    const flow = await flows.run(line(pass('One')));
    const history = new FlowHistory(memoryStore());
    const [lazy, given] = [
      bench.inspector({ flows: [flow], record: false }),
      bench.inspector({ flows: [flow], history }),
    ];
    await flow.call(1);
    const [lazyUrl, givenUrl] = [await bench.serve(lazy.handler), await bench.serve(given.handler)];
    expect((await get<RunList>(lazyUrl, 'runs')).runs).to.have.length(0);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    expect(await get(lazyUrl, 'hello')).to.include({ history: 'none', version });
    expect((await get<RunList>(givenUrl, 'runs')).runs).to.have.length(0);
    expect(await get(givenUrl, 'hello')).to.include({ history: 'store' });
    await history.close();
  });

  it('I1 of flows that are added later, and of one that takes the place of another, are there too', async () => {
    const inspector = bench.inspector();
    const url = await bench.serve(inspector.handler);
    const graph = line(pass('One'));
    const first = await flows.run(graph, { name: 'added-later' });
    inspector.add(first);
    inspector.add(first);
    await first.call(1, { traceId: 'a' });
    await first.stop();
    const second = await flows.run(graph, { name: 'added-later' });
    inspector.add(second);
    await second.call(1, { traceId: 'b' });
    const { runs } = await get<RunList>(url, 'runs');
    expect(runs.map(({ traceId }) => traceId).toSorted()).to.deep.equal(['a', 'b']);
    expect(await get<FlowPicture[]>(url, 'flows')).to.have.length(1);
  });

  it('I12 are searched in the store, by all that a search may say', async () => {
    const flow = await flows.run(line(pass('One'), failing('Two', { error: new Error('the bank is closed') })));
    const url = await bench.serve(bench.inspector({ flows: [flow] }).handler);
    await failIn(flow, 'order-17', { tenant: 'acme', labels: { order: '17' } });
    await flows.clock.advance(5_000);
    await failIn(flow, 'order-18', { tenant: 'umbrella' });
    const found = async (query: string) =>
      (await get<RunList>(url, `runs?${query}`)).runs.map(({ traceId }) => traceId);
    for (const [query, traces] of [
      ['', ['order-18', 'order-17']],
      ['id=order-', ['order-18', 'order-17']],
      ['id=order-17', ['order-17']],
      ['tenant=acme', ['order-17']],
      ['label=order:17', ['order-17']],
      ['node=Two&code=NODE_EXCEPTION', ['order-18', 'order-17']],
      ['node=One', []],
      ['status=failed&limit=1', ['order-18']],
      ['status=succeeded', []],
      ['text=BANK%20is', ['order-18', 'order-17']],
      ['text=fishmonger', []],
      [`fromMs=${flows.clock.now() - 1}`, ['order-18']],
      [`toMs=${flows.clock.now() - 1}`, ['order-17']],
      [`flow=${flow.name}&minMs=1`, []],
      ['flow=nothing&status=', []],
    ] as const) {
      expect([query, await found(query)]).to.deep.equal([query, traces]);
    }
    const first = await get<RunList>(url, 'runs?limit=1');
    const second = await get<RunList>(url, `runs?limit=1&cursor=${encodeURIComponent(first.cursor as string)}`);
    expect([second.runs[0]?.traceId, second.count]).to.deep.equal(['order-17', null]);
    for (const query of [
      'status=broken',
      'label=17',
      'limit=0',
      'limit=501',
      'fromMs=today',
      'traceId=x',
      'cursor=nonsense',
    ]) {
      const answer = await ask(`${url}/api/runs?${query}`);
      expect([query, answer.status]).to.deep.equal([query, 400]);
    }
  });

  it('I9 show all of a run but what its messages hold, which is looked at one by one, redacted and short', async () => {
    const payload = { sku: 'x'.repeat(5_000), apiKey: 'k-hunter2' };
    const flow = await flows.run(line(pass('One'), failing('Two')));
    const url = await bench.serve(bench.inspector({ flows: [flow] }).handler);
    await flow.call(payload, { traceId: 't', labels: { order: '17' } }).catch(() => {});
    const view = await get<RunView>(url, 'runs/t');
    expect(await get<RunView>(url, `runs/${view.run.id}`)).to.deep.equal(view);
    expect(view.attempts.map(({ node: name, outcome, parentSeq }) => [name, outcome, parentSeq])).to.deep.equal([
      ['One', 'succeeded', null],
      ['Two', 'failed', 1],
    ]);
    expect(view.labels).to.deep.equal([{ name: 'order', value: '17' }]);
    expect(view.picture?.nodes.map(({ name }) => name)).to.deep.equal(['One', 'Two']);
    expect(view.picture?.edges).to.deep.equal([{ from: 'One', to: 'Two', kind: 'all', label: null }]);
    expect([view.parent, view.children, view.here, view.cut, view.otelTraceId]).to.deep.equal([
      null,
      [],
      false,
      false,
      null,
    ]);
    expect(JSON.stringify(view)).not.to.include('xxxx').and.not.include('preview');
    const [message] = view.messages;
    const look = (bytes: string) =>
      get<MessageView>(url, `runs/${view.run.id}/messages/${message?.id as string}${bytes}`);
    const short = await look('');
    expect([Buffer.byteLength(short.preview as string) <= 2_048, short.cut]).to.deep.equal([true, true]);
    const long = await look('?bytes=65536');
    expect([long.cut, JSON.parse(long.preview as string)]).to.deep.equal([
      false,
      { sku: payload.sku, apiKey: '[Redacted]' },
    ]);
    for (const bytes of ['65537', '0', 'all']) {
      expect((await ask(`${url}/api/runs/t/messages/1?bytes=${bytes}`)).status).to.equal(400);
    }
    expect((await ask(`${url}/api/runs/t/messages/99`)).status).to.equal(404);
    expect((await ask(`${url}/api/runs/unknown`)).status).to.equal(404);
    expect((await ask(`${url}/api/runs/t/nothing`)).status).to.equal(404);
  });

  it('I9 show the lines of a run page by page, and the plan of a replay', async () => {
    const flow = await flows.run(line(pass('One', { replayable: false }), failing('Two')));
    const history = new FlowHistory(memoryStore());
    const shop = getLogger('shop');
    const says = node('Says', (payload: unknown) => {
      for (let index = 0; index < 3; index++) shop.warn(`line ${index}`, { sku: payload, password: 'hunter2' });
      return payload;
    });
    const logged = await flows.run(line(says), { history });
    using _tail = addLogTransport(history.logTransport());
    const url = await bench.serve(bench.inspector({ flows: [flow, logged], history }).handler);
    await logged.call(1, { traceId: 'says' });
    const first = await get<LineList>(url, 'runs/says/lines?limit=2');
    const rest = await get<LineList>(
      url,
      `runs/says/lines?limit=2&cursor=${encodeURIComponent(first.cursor as string)}`,
    );
    expect([...first.lines, ...rest.lines].map(({ message, node: name }) => [message, name])).to.deep.equal([
      ['line 0', 'Says'],
      ['line 1', 'Says'],
      ['line 2', 'Says'],
    ]);
    expect(rest.cursor).to.equal(null);
    expect(first.lines[0]?.fields).to.include('"sku":1').and.not.include('hunter2');
    expect((await ask(`${url}/api/runs/says/lines?limit=900`)).status).to.equal(400);
    const other = await bench.serve(bench.inspector({ flows: [flow] }).handler);
    await failIn(flow, 't');
    expect(await get(other, 'runs/t/replay')).to.deep.include({
      from: 'failed',
      nodes: ['Two'],
      notReplayable: [],
      reasons: [],
      parent: null,
    });
    const whole = await get<{ reasons: string[]; impossible: string[] }>(other, 'runs/t/replay?from=start');
    expect([whole.reasons.length, whole.impossible]).to.deep.equal([1, []]);
    expect((await ask(`${other}/api/runs/t/replay?from=middle`)).status).to.equal(400);
    await history.close();
  });

  it('I9 say of a flow in several processes which root and which worker they are of', async () => {
    class Carried {
      readonly graph = line(pass('One'));
    }
    Flow({ name: 'carried-in-inspector' })(Carried);
    Distributed()(Carried);
    const [carrier, history] = [memoryCarrier(), new FlowHistory(memoryStore())];
    const worker = await serveFlow(Carried, { carrier, history, workerId: 'cpu-1' });
    const client = await connectFlow(Carried, { carrier, history });
    await client.call('x' as never, { traceId: 't', timeoutS: 10 });
    await Promise.all([client.stop(), worker.stop()]);
    const url = await bench.serve(bench.inspector({ history }).handler);
    const { runs } = await get<RunList>(url, 'runs');
    const [part, call] = [runs.find(({ kind }) => kind === 'part'), runs.find(({ kind }) => kind === 'call')];
    expect(part?.part).to.deep.equal({ root: call?.part?.root, group: 'main', worker: 'cpu-1', redelivered: 0 });
    expect(call?.part).to.deep.include({ worker: null, group: null });
    expect(call?.part?.root).to.match(/^c[\da-f]+-/);
    await history.close();
  });

  it('I10 of other tenants are not there for those who may not see them', async () => {
    const flow = await flows.run(line(failing('One')));
    const of = new Map<string, InspectorAccess>([
      ['one', { subject: 'one', tenants: ['acme'] }],
      ['two', { subject: 'two', tenants: ['acme', 'umbrella', 'empty'] }],
      ['none', { subject: 'none', tenants: [] }],
      ['all', { subject: 'all' }],
    ]);
    const inspector = bench.inspector({ flows: [flow], authorize: ({ headers }) => of.get(String(headers['x-user'])) });
    const url = await bench.serve(inspector.handler);
    for (let index = 0; index < 12; index++) {
      for (const tenant of ['acme', 'umbrella', 'initech']) await failIn(flow, `${tenant}-${index}`, { tenant });
      // Several start within one millisecond.
      if (index % 4 === 3) await flows.clock.advance(10);
    }
    const paged = async (user: string, query: string) => {
      const traces: string[] = [];
      let page: RunList;
      let cursor = '';
      do {
        page = await get<RunList>(url, `runs?limit=5&${query}${cursor}`, { 'x-user': user });
        traces.push(...page.runs.map(({ traceId }) => traceId));
        cursor = `&cursor=${encodeURIComponent(page.cursor ?? '')}`;
      } while (page.cursor !== null);
      return traces;
    };
    const two = await paged('two', '');
    expect([two.length, new Set(two).size, two.some((trace) => trace.startsWith('initech'))]).to.deep.equal([
      24,
      24,
      false,
    ]);
    const all = (await paged('all', '')).filter((trace) => !trace.startsWith('initech'));
    const numbers = (traces: readonly string[]) => traces.map((trace) => Math.floor(Number(trace.split('-')[1]) / 4));
    expect(numbers(two)).to.deep.equal(numbers(all));
    expect([await paged('one', '').then(({ length }) => length), await paged('none', '')]).to.deep.equal([12, []]);
    expect([await paged('one', 'tenant=umbrella'), (await paged('two', 'tenant=umbrella')).length]).to.deep.equal([
      [],
      12,
    ]);
    const { count, byStatus } = await get<RunList>(url, 'runs', { 'x-user': 'two' });
    expect([count, byStatus]).to.deep.equal([{ runs: 24, exact: true }, null]);
    for (const path of ['', '/lines', '/messages/1', '/replay']) {
      const [seen, hidden] = ['acme-1', 'umbrella-1'].map((id) =>
        ask(`${url}/api/runs/${id}${path}`, { headers: { 'x-user': 'one' } }),
      );
      expect([path, (await seen!).status, (await hidden!).status]).to.deep.equal([path, 200, 404]);
    }
  });

  it('I15 each answer names the process, and the store those that write to it', async () => {
    const { node: hangs, calls } = held('Hangs');
    const flow = await flows.run(line(hangs));
    const url = await bench.serve(bench.inspector({ flows: [flow] }).handler);
    const call = flow.call(1, { traceId: 't' });
    await settle();
    const view = await get<RunView>(url, 'runs/t');
    expect(view.runner).to.include({ pid: process.pid, runner: 1 });
    expect([view.here, view.run.status]).to.deep.equal([true, 'running']);
    const store = await get<StoreView>(url, 'store');
    expect(store.runners).to.deep.equal([view.runner]);
    expect([store.runs, store.running, store.history]).to.deep.equal([1, 1, 'memory']);
    expect(store.settings).to.deep.include({ name: 'payloads', value: 'failed' });
    const refused = await ask(`${url}/api/nothing`);
    expect((refused.json as { runner: unknown }).runner).to.deep.equal(view.runner);
    expect(refused.headers['penguiflow-runner']).to.include(`pid=${process.pid}`);
    calls[0]?.resolve(1);
    await call;
  });
});
