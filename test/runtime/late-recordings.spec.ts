import { expect } from 'chai';
import { CLOCK, Flow, type FlowRecorder, type NodeContext, type RecordedFlow } from '#src/index.js';
import { FlowHistory, memoryStore } from '#src/store/index.js';
import { BlockedLoopClock } from '../support/blocked-loop-clock.js';
import { useFlows } from '../support/flows.js';
import { held, line, node, pass } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('a recording of a flow that exists already', () => {
  const bench = useFlows();
  const open: FlowHistory[] = [];

  function historyOf(): FlowHistory {
    const history = new FlowHistory(memoryStore(), { payloads: 'none' });
    open.push(history);
    return history;
  }

  async function tracesOf(history: FlowHistory): Promise<readonly string[]> {
    await history.flush();
    const { runs } = await history.list();
    return runs.map(({ traceId, flow, status }) => `${traceId} ${flow.replace(/\d+/, 'N')} ${status}`).toSorted();
  }

  afterEach(async () => {
    await bench.stopAll();
    for (const history of open.splice(0)) await history.close();
  });

  it('I1 has the runs that begin from then on, whole, until it is ended', async () => {
    const history = historyOf();
    const { node: hangs, calls } = held('Hangs', { timeoutS: 60 });
    const flow = await bench.run(line(pass('First'), hangs));
    const before = flow.call(1, { traceId: 'before' });
    await settle();
    const recording = flow.record(history);
    const during = flow.call(1, { traceId: 'during' });
    await settle();
    expect(calls).to.have.length(1);
    await bench.clock.advance(2_000);
    calls[0]?.resolve(1);
    await before;
    await settle();
    recording.dispose();
    const after = flow.call(1, { traceId: 'after' });
    await bench.clock.advance(3_000);
    calls[1]?.resolve(1);
    await during;
    await settle();
    calls[2]?.resolve(1);
    await after;
    expect(await tracesOf(history)).to.deep.equal(['during flow-N succeeded']);
    const attempts = (await history.run({ traceId: 'during' }))?.attempts ?? [];
    const spans = attempts.map(({ node: name, sentMs, startedMs, endedMs }) => [
      name,
      startedMs - sentMs,
      (endedMs as number) - startedMs,
    ]);
    expect(spans).to.deep.equal([
      ['First', 0, 0],
      ['Hangs', 2_000, 3_000],
    ]);
  });

  it('I1 knows how long the code of a node blocked, also where nobody timed it before', async () => {
    const clock = new BlockedLoopClock();
    let blockMs = 0;
    const blocks = node('Blocks', (payload) => {
      clock.spend(blockMs);
      return payload;
    });
    const flow = await bench.run(line(blocks), { providers: [{ token: CLOCK, useValue: clock }], blockedMs: 0 });
    for (let run = 0; run < 10; run++) await flow.call(run);
    const history = historyOf();
    flow.record(history);
    blockMs = 500;
    await flow.call(1, { traceId: 't' });
    await history.flush();
    const [attempt] = (await history.run({ traceId: 't' }))?.attempts ?? [];
    expect((attempt?.endedMs as number) - (attempt?.startedMs as number)).to.equal(500);
    await flow.stop();
  });

  it('I1 stands beside the history that the flow was made with, which is not asked twice', async () => {
    const [own, other] = [historyOf(), historyOf()];
    const flow = await bench.run(line(pass('One')), { history: own });
    flow.record(own).dispose();
    flow.record(other);
    const again = flow.record(other);
    await flow.call(1, { traceId: 'a' });
    again.dispose();
    await flow.call(1, { traceId: 'b' });
    const both = ['a flow-N succeeded', 'b flow-N succeeded'];
    expect([await tracesOf(own), await tracesOf(other)]).to.deep.equal([both, both]);
  });

  it('I1 has the playbooks of the flow too, those that run already and those that come', async () => {
    const [first, second] = [historyOf(), historyOf()];
    class Inner {
      readonly graph = line(pass('Inside'));
    }
    Flow({ name: 'late-recorded-inner' })(Inner);
    const flow = await bench.run(line(node('Calls', (p, ctx: NodeContext) => ctx.call(Inner as never, p as never))));
    flow.record(first);
    await flow.call('x', { traceId: 'a' });
    flow.record(second);
    await flow.call('x', { traceId: 'b' });
    const [a, b] = ['a', 'b'].map((id) => [`${id} flow-N succeeded`, `${id} late-recorded-inner succeeded`]);
    expect(await tracesOf(first)).to.deep.equal([...a!, ...b!]);
    expect(await tracesOf(second)).to.deep.equal(b);
  });

  it('I1 is waited for when the flow stops, is told of its end, and fails no run', async () => {
    const told: string[] = [];
    const recorder: FlowRecorder = {
      record: ({ plan }: RecordedFlow) => ({
        tracer: {
          startTrace: () => {
            throw new Error('no room');
          },
        },
        opened: (handle) => told.push(`opened ${String(handle.name === plan.flowName)}`),
        flush: async () => {
          told.push('flush');
        },
        closed: () => told.push('closed'),
      }),
    };
    const flow = await bench.run(line(pass('One')));
    flow.record(recorder);
    expect(await flow.call('x')).to.equal('x');
    await flow.stop();
    expect(told.splice(0)).to.deep.equal(['opened true', 'flush', 'closed']);
    const other = await bench.run(line(pass('One')));
    const recording = other.record(recorder);
    recording.dispose();
    recording.dispose();
    await other.stop();
    expect(told).to.deep.equal(['opened true', 'closed']);
  });

  it('I1 needs a recorder, and a flow that has not stopped', async () => {
    const flow = await bench.run(line(pass('One')));
    expect(thrownBy(() => flow.record({} as never)).code).to.equal('INVALID_OPTION');
    await flow.stop();
    expect(thrownBy(() => flow.record(historyOf())).code).to.equal('FLOW_STOPPED');
  });
});
