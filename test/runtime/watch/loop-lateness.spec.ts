import { expect } from 'chai';
import { CLOCK } from '#src/index.js';
import { BlockedLoopClock } from '../../support/blocked-loop-clock.js';
import { useFlows, type BenchOptions, type TestFlow } from '../../support/flows.js';
import { held, line, node, pass, rows } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';

describe('an event loop that something else holds', () => {
  const bench = useFlows();
  let clock = new BlockedLoopClock();

  beforeEach(() => {
    clock = new BlockedLoopClock();
  });

  afterEach(() => clock.block(100_000));

  function run(graph: Parameters<typeof bench.run>[0], options: BenchOptions = {}): Promise<TestFlow> {
    return bench.run(graph, { ...options, providers: [{ token: CLOCK, useValue: clock }] });
  }

  /** Lets time go on as it should. */
  function pass50Ms(times: number): void {
    for (let n = 0; n < times; n++) clock.block(50);
  }

  function blocksOf(flow: TestFlow): unknown[] {
    const seen: unknown[] = [];
    flow.on('loop_blocked', ({ nodeName, traceId, latencyMs, extra }) => {
      seen.push({ nodeName, traceId, latencyMs, ...extra });
    });
    return seen;
  }

  it('R11b R36 is told of once, with the nodes that ran meanwhile', async () => {
    const work = held('Work');
    const flow = await run(line(pass('First'), work.node));
    const seen = blocksOf(flow);
    await flow.emit(1);
    await settle();
    pass50Ms(10);
    clock.block(350);
    pass50Ms(10);
    expect(seen).to.deep.equal([{ nodeName: null, traceId: null, latencyMs: 300, suspects: ['Work'] }]);
    work.calls[0]?.resolve();
    await settle();
  });

  it('R11b R36 is not told of while it is no later than blockedMs, or while that is 0', async () => {
    const [patient, off] = [held('Patient'), held('Off')];
    const flows = [await run(line(patient.node), { blockedMs: 500 }), await run(line(off.node), { blockedMs: 0 })];
    const seen = flows.map(blocksOf);
    for (const flow of flows) await flow.emit(1);
    clock.block(550);
    clock.block(50);
    expect(seen).to.deep.equal([[], []]);
    clock.block(551);
    expect(seen.map((each) => each.length)).to.deep.equal([1, 0]);
    for (const { calls } of [patient, off]) calls[0]?.resolve();
    await settle();
  });

  it('R11b R36 is not told of twice: not when a node has been named for it', async () => {
    const work = held('Work');
    const blocking = node('Blocking', (ms: number) => clock.spend(ms));
    const [waiting, flow] = [await run(line(work.node)), await run(line(blocking))];
    const seen = [waiting, flow].map(blocksOf);
    await waiting.emit(1);
    pass50Ms(3);
    await flow.emit(400);
    pass50Ms(10);
    expect(seen.map((each) => each.length)).to.deep.equal([0, 1]);
    clock.block(400);
    expect(seen.map((each) => each.length)).to.deep.equal([1, 1]);
    work.calls[0]?.resolve();
    await settle();
  });

  it('R36 nobody looks while nothing runs', async () => {
    const flow = await run(line(pass('A')));
    const seen = blocksOf(flow);
    await flow.call(1);
    for (let n = 0; n < 60; n++) clock.block(50);
    clock.block(5_000);
    expect(seen).to.deep.equal([]);
    expect(clock.pending).to.equal(0);
  });

  it('R11b R36 names nodes whose attempts have ended meanwhile: the one that blocked after an await, too', async () => {
    let goOn: () => void = () => {};
    const work = node('Work', async (ms: number) => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      clock.spend(ms);
      return ms;
    });
    const flow = await run(line(work, pass('Idle')));
    const seen = blocksOf(flow);
    const call = flow.call(600);
    pass50Ms(3);
    goOn();
    expect(await call).to.equal(600);
    clock.block(50);
    expect(seen).to.have.length(1);
    expect(seen[0]).to.deep.include({ latencyMs: 600, suspects: ['Work', 'Idle'] });
  });

  it('R11b R36 a block that a node was named for hides no longer one', async () => {
    const blocking = node('Blocking', (ms: number) => clock.spend(ms));
    const work = held('Work');
    const flow = await run(
      rows([
        [blocking, []],
        [work.node, []],
      ]),
    );
    const seen = blocksOf(flow);
    await flow.emit(1, { to: work.node });
    pass50Ms(3);
    await flow.emit(101, { to: blocking });
    clock.block(5_000);
    expect(seen).to.deep.include({ nodeName: null, traceId: null, latencyMs: 4_950, suspects: ['Blocking', 'Work'] });
    work.calls[0]?.resolve();
    await settle();
  });

  it('R36 looks again as soon as something runs, also while results wait', async () => {
    const flow = await run(line(pass('A')));
    const seen = blocksOf(flow);
    await flow.emit('untaken');
    pass50Ms(100);
    await flow.emit('untaken, too');
    clock.block(750);
    expect(seen).to.have.length(1);
  });

  it('R11b R36 with blockedMs 0 nothing is timed', async () => {
    const work = held('Work');
    const flow = await run(line(work.node), { blockedMs: 0 });
    await flow.emit(1);
    // The watch alone.
    expect(clock.pending).to.equal(1);
    pass50Ms(60);
    expect(clock.pending).to.equal(1);
    work.calls[0]?.resolve();
    await settle();
  });
});
