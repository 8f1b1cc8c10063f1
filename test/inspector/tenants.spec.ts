import { expect } from 'chai';
import type { LiveSnapshot } from '#src/inspector/api-live.js';
import type { RunList, RunView, StoreView } from '#src/inspector/api.js';
import type { InspectorAccess } from '#src/inspector/inspector-options.js';
import { FlowHistory, memoryStore } from '#src/store/index.js';
import { ManualClock } from '#src/testing/index.js';
import { useFlows, type TestFlow } from '../support/flows.js';
import { failing, line } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import { useLogging } from '../support/use-logging.js';
import { openStream, type EventStream } from './support/event-stream.js';
import { ask, useInspectors } from './support/inspectors.js';
import { aRun, INIT } from '../store/support/rows.js';

/** Who may see what, by the name that they give. */
const ACCESS = new Map<string, InspectorAccess>([
  ['acme', { subject: 'ada', tenants: ['acme'] }],
  ['two', { subject: 'bob', tenants: ['acme', 'umbrella'] }],
  ['all', { subject: 'root' }],
]);
const authorize = ({ headers }: { headers: Record<string, unknown> }): InspectorAccess | undefined =>
  ACCESS.get(String(headers['x-user']));

describe('whoever sees some tenants only', () => {
  const flows = useFlows();
  const bench = useInspectors();
  useLogging();
  const open: EventStream[] = [];

  afterEach(() => {
    for (const stream of open.splice(0)) stream.close();
  });

  const fail = (flow: TestFlow, traceId: string, tenant: string): Promise<unknown> =>
    flow.call(1, { traceId, tenant }).catch(() => {});
  const as = (user: string): { headers: Record<string, string> } => ({ headers: { 'x-user': user } });

  async function streamAs(user: string, url: string): Promise<EventStream> {
    const stream = await openStream(`${url}/api/stream`, { 'x-user': user });
    open.push(stream);
    await stream.until(() => stream.of('snapshot').length > 0);
    return stream;
  }

  it('I10 sees the latest failures of those, however many others have failed since', async () => {
    const clock = new ManualClock();
    const flow = await flows.run(line(failing('Bad')));
    const url = await bench.serve(bench.inspector({ flows: [flow], authorize: authorize as never }, clock).handler);
    await fail(flow, 'mine', 'acme');
    for (let index = 0; index < 30; index++) {
      await flows.clock.advance(10);
      await fail(flow, `other-${index}`, 'umbrella');
    }
    const streams = {
      acme: await streamAs('acme', url),
      two: await streamAs('two', url),
      all: await streamAs('all', url),
    };
    const traces = (stream: EventStream): string[] =>
      ((stream.of('snapshot') as readonly LiveSnapshot[]).at(-1)?.flows[0]?.latestFailures ?? []).map(
        ({ traceId }) => traceId,
      );
    for (const stream of Object.values(streams)) {
      while (traces(stream).length === 0) {
        const { length } = stream.of('snapshot');
        await clock.advance(1_000);
        await stream.until(() => stream.of('snapshot').length > length);
        await settle();
      }
    }
    expect(traces(streams.acme)).to.deep.equal(['mine']);
    expect([traces(streams.two).length, traces(streams.all).length]).to.deep.equal([20, 20]);
    expect(traces(streams.two)[0]).to.equal('other-29');
  });

  it('I10 finds a run by its trace id, where a newer one of another tenant has the same', async () => {
    const flow = await flows.run(line(failing('Bad')));
    const url = await bench.serve(bench.inspector({ flows: [flow], authorize: authorize as never }).handler);
    await fail(flow, 'order-17', 'acme');
    await flows.clock.advance(10);
    await fail(flow, 'order-17', 'umbrella');
    const tenantFor = async (user: string): Promise<string> =>
      ((await ask(`${url}/api/runs/order-17`, as(user))).json as RunView).run.tenant;
    expect([await tenantFor('acme'), await tenantFor('two'), await tenantFor('all')]).to.deep.equal([
      'acme',
      'umbrella',
      'umbrella',
    ]);
  });

  it('I10 sees neither what a run of another tenant called it, nor what it called of another', async () => {
    const store = memoryStore();
    const runner = await store.open(INIT);
    const outer = aRun(runner.runner, 1, { traceId: 'outer', tenant: 'umbrella', errorMessage: 'umbrella is broke' });
    const below = { parentRun: outer.runId, rootRun: outer.runId };
    const mine = aRun(runner.runner, 2, { ...below, traceId: 'mine', tenant: 'acme' });
    const inner = aRun(runner.runner, 3, { traceId: 'inner', tenant: 'umbrella', parentRun: mine.runId });
    const replay = aRun(runner.runner, 4, { traceId: 'again', tenant: 'acme', replayOf: mine.runId });
    await store.write({ ...runner, number: 1, runs: [outer, mine, inner, replay] });
    const history = new FlowHistory(store);
    const url = await bench.serve(bench.inspector({ history, authorize: authorize as never }).handler);
    const family = async (user: string): Promise<unknown> => {
      const answer = await ask(`${url}/api/runs/mine`, as(user));
      const { parent, children } = answer.json as RunView;
      return [parent?.traceId, children.map(({ traceId }) => traceId), answer.text.includes('umbrella')];
    };
    expect(await family('all')).to.deep.equal(['outer', ['inner', 'again'], true]);
    expect(await family('acme')).to.deep.equal([undefined, ['again'], false]);
    await history.close();
  });

  it('I10 is told neither how much a store holds of all tenants, nor who else writes to it', async () => {
    const flow = await flows.run(line(failing('Bad')));
    const url = await bench.serve(bench.inspector({ flows: [flow], authorize: authorize as never }).handler);
    await fail(flow, 'a', 'umbrella');
    // Asking for lists waits until the store has what has just happened.
    expect(((await ask(`${url}/api/runs`, as('acme'))).json as RunList).byStatus).to.equal(null);
    const store = async (user: string): Promise<StoreView> =>
      (await ask(`${url}/api/store`, as(user))).json as StoreView;
    const { runs, attempts, bytes, interrupted, runners, settings } = await store('acme');
    expect([runs, attempts, bytes, interrupted, runners.length]).to.deep.equal([null, null, null, null, 1]);
    expect(settings.length).to.be.greaterThan(0);
    expect((await store('all')).runs).to.equal(1);
  });
});
