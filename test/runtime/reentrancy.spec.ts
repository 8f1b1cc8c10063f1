import { expect } from 'chai';
import { FLOW_EVENT_TYPES, type FlowEventType } from '#src/index.js';
import { record, useFlows, type TestFlow } from '../support/flows.js';
import { line, node, rows, pass } from '../support/nodes.js';
import { isPending, settle } from '../support/settling.js';

/** What a listener may do to the flow while the flow tells it something. */
const deeds: ReadonlyArray<readonly [what: string, act: (flow: TestFlow, traceId: string) => void]> = [
  ['cancels the trace', (flow, traceId) => void flow.cancel(traceId)],
  ['cancels another trace', (flow) => void flow.cancel('other')],
  ['stops the flow', (flow) => void flow.stop({ graceS: 0 })],
  ['emits into the same trace', (flow, traceId) => void flow.emit('more', { traceId }).catch(() => {})],
  ['emits and waits for a result', (flow) => void flow.call('more').catch(() => {})],
  ['reads the snapshot', (flow) => void flow.snapshot()],
];

describe('listeners that act on the flow', () => {
  const bench = useFlows();

  /** A flow in which every kind of event happens, with queues that are full. */
  async function busy(): Promise<TestFlow> {
    const top = node('Top', (payload: unknown) => payload);
    const flaky = node(
      'Flaky',
      async (payload: unknown, ctx) => {
        if (ctx.attempt === 0) throw new Error('no');
        return payload === 'hangs' ? new Promise<never>(() => {}) : payload;
      },
      { maxRetries: 1, timeoutS: 1, concurrency: 2, ordered: true },
    );
    return bench.run(
      rows([
        [top, [flaky, pass('Side')]],
        [flaky, [node('Last', () => undefined)]],
      ]),
      { queueMaxsize: 1 },
    );
  }

  for (const [what, act] of deeds) {
    for (const eventType of FLOW_EVENT_TYPES.filter((type) => /^(node_|deadline_|trace_cancel_)/.test(type))) {
      it(`R21 one that ${what} at ${eventType} leaves the flow whole`, async () => {
        const flow = await busy();
        let done = 0;
        flow.on(eventType as FlowEventType, ({ traceId }) => {
          if (++done > 3 || flow.state !== 'running') return;
          act(flow, traceId ?? '');
        });
        const events = record(flow);
        const emits = [
          flow.emit('works', { traceId: 'other' }),
          flow.emit('hangs', { traceId: 'b', timeoutS: 4 }),
          flow.emit('works', { traceId: 'c' }),
          flow.emit('works', { traceId: 'c', timeoutS: 1 }),
          flow.emit('hangs', { traceId: 'd' }),
        ];
        const calls = [flow.call('works'), flow.call('hangs', { timeoutS: 3 })];
        for (const promise of [...emits, ...calls]) promise.catch(() => {});
        const reading = (async () => {
          for await (const result of flow.results()) void result;
        })();
        await bench.clock.advance(500);
        if (flow.state === 'running') flow.cancel('c');
        await bench.clock.advance(20_000);
        expect(await isPending(Promise.allSettled([...emits, ...calls]))).to.equal(false);
        expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
        for (const { queued, waitingForRoom, inFlight } of flow.snapshot().nodes) {
          expect([queued, waitingForRoom, inFlight]).to.deep.equal([0, 0, 0]);
        }
        for (const { tracePending, traceInflight } of events) {
          expect(tracePending).to.be.at.least(0);
          expect(traceInflight).to.be.at.least(0);
        }
        const stopping = flow.stop({ graceS: 0 });
        await bench.clock.advance(1_000);
        await stopping;
        await reading;
      });
    }
  }

  it('R21 a listener that emits on every success makes no deep stack', async () => {
    const sent = { count: 0 };
    const flow = await bench.run(line(node('A', () => undefined)));
    flow.on('node_success', () => {
      if (sent.count < 20_000) flow.tryEmit(sent.count++);
    });
    await flow.emit(1);
    for (let turn = 0; turn < 2_000 && sent.count < 20_000; turn++) await settle();
    await settle();
    expect(sent.count).to.equal(20_000);
    expect(flow.snapshot().traces).to.equal(0);
  });
});
