import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Flow, type NodeContext } from '#src/index.js';
import { FlowHistory, memoryStore, type RunDetail } from '#src/store/index.js';
import { useFlows } from '../support/flows.js';
import { held, line, node, pass } from '../support/nodes.js';
import { codeOf, settle } from '../support/settling.js';

describe('what history keeps of a run besides its attempts', () => {
  const bench = useFlows();
  let history: FlowHistory;
  const store = memoryStore();

  beforeEach(() => {
    history = new FlowHistory(store);
  });

  afterEach(async () => {
    await bench.stopAll();
    await history.close();
  });

  async function detailOf(traceId: string): Promise<RunDetail> {
    await history.flush();
    return (await history.run({ traceId })) as RunDetail;
  }

  it('H3 a message that no attempt was made on, since its deadline had passed before its turn', async () => {
    const { node: hangs, calls } = held('Hangs', { concurrency: 1 });
    const flow = await bench.run(line(hangs), { history });
    void flow.call('first', { traceId: 'first' }).catch(() => {});
    const late = codeOf(flow.call('late', { traceId: 'late', timeoutS: 1 }));
    const deadlineS = bench.clock.now() / 1_000 + 1;
    await settle();
    await bench.clock.advance(1_500);
    expect(await late).to.equal('DEADLINE_EXCEEDED');
    calls[0]?.resolve('done');
    const { events, attempts, run } = await detailOf('late');
    expect([run.status, attempts]).to.deep.equal(['deadline', []]);
    expect(events.map(({ seq, type, node: at, attemptSeq }) => [seq, type, at, attemptSeq])).to.deep.equal([
      [1, 'skip', 'Hangs', undefined],
    ]);
    expect(JSON.parse(events[0]?.detail as string)).to.deep.equal({ deadline_s: deadlineS });
    expect((await detailOf('first')).events).to.deep.equal([]);
  });

  it('H3 one in a playbook with the run of the playbook, and once', async () => {
    const { node: hangs } = held('Hangs', { concurrency: 1 });
    class Inner {
      readonly graph = line(hangs);
    }
    Flow({ name: 'inner-of-events' })(Inner);
    const calls = node(
      'Calls',
      async (payload: unknown, ctx: NodeContext) =>
        Promise.allSettled([
          ctx.call(Inner as never, payload as never),
          ctx.call(Inner as never, payload as never, { timeoutS: 1 } as never),
        ]),
      { timeoutS: 60 },
    );
    const flow = await bench.run(line(calls), { history });
    void flow.call('x', { traceId: 'outer' }).catch(() => {});
    await settle();
    await bench.clock.advance(2_000);
    await history.flush();
    const { runs } = await history.list({ traceId: 'outer' });
    const skips: string[] = [];
    for (const { runId, flow: name } of runs) {
      const { events } = (await history.run({ runId })) as RunDetail;
      skips.push(...events.filter(({ type }) => type === 'skip').map(({ node: at }) => `${name} ${at}`));
    }
    expect(skips).to.deep.equal(['inner-of-events Hangs']);
  });

  it('H11 says which version of the package it is', async () => {
    await bench.run(line(pass('Only')), { history });
    await history.flush();
    const { others } = await store.heartbeat({ runner: 0, epoch: 0, instance: '' });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    expect(others.map((other) => other.version)).to.deep.equal([version]);
  });
});
