import { expect } from 'chai';
import { CLOCK, type NodeContext, type NodeOptions } from '#src/index.js';
import { BlockedLoopClock } from '../support/blocked-loop-clock.js';
import { record, shortForm, useFlows, type BenchOptions, type TestFlow } from '../support/flows.js';
import { line, node, rows } from '../support/nodes.js';
import { codeOf, failureOf, settle } from '../support/settling.js';

describe('code that blocks the event loop', () => {
  const bench = useFlows();
  let clock = new BlockedLoopClock();

  beforeEach(() => {
    clock = new BlockedLoopClock();
  });

  /** A flow whose only node blocks for as many milliseconds as it gets. */
  function run(process: (ms: number) => unknown, policy: Partial<NodeOptions> = {}, options: BenchOptions = {}) {
    const work = node('Work', (ms: number) => process(ms), policy);
    return bench.run(line(work), { ...options, providers: [{ token: CLOCK, useValue: clock }] });
  }

  const blocking = (ms: number): number => {
    clock.spend(ms);
    return ms;
  };
  const blockingThenAwaiting = async (ms: number): Promise<number> => {
    clock.spend(ms);
    await Promise.resolve();
    return ms;
  };

  function blocks(flow: TestFlow): unknown[] {
    const seen: unknown[] = [];
    flow.on('loop_blocked', ({ nodeName, traceId, tenant, attempt, latencyMs, payload }) => {
      seen.push({ nodeName, traceId, tenant, attempt, latencyMs, payload });
    });
    return seen;
  }

  for (const [what, process] of [
    ['a synchronous process', blocking],
    ['what stands before the first await', blockingThenAwaiting],
  ] as const) {
    it(`R11b ${what} that takes longer than blockedMs is named, with its milliseconds`, async () => {
      const flow = await run(process);
      const seen = blocks(flow);
      await flow.call(100, { traceId: 'short' });
      await flow.call(101, { traceId: 'long', tenant: 'acme' });
      const attempt = { nodeName: 'Work', attempt: 0 };
      expect(seen).to.deep.equal([{ ...attempt, traceId: 'long', tenant: 'acme', latencyMs: 101, payload: 101 }]);
    });

    it(`R11b ${what} that takes longer than timeoutS is a timeout, although its result is there`, async () => {
      const flow = await run(process, { timeoutS: 1 });
      const events = record(flow);
      expect(await flow.call(999)).to.equal(999);
      const failure = await failureOf(flow.call(1_000));
      expect([failure.code, failure.nodeName]).to.deep.equal(['NODE_TIMEOUT', 'Work']);
      expect(shortForm(events).slice(-4)).to.deep.equal([
        'Work:node_start',
        'Work:loop_blocked',
        'Work:node_timeout',
        'Work:node_failed',
      ]);
      expect(flow.snapshot().nodes[0]).to.include({ late: 0, inFlight: 0, timedOut: 1 });
    });
  }

  it('R11b code that blocks and then throws is named, and a timeout when it took longer than that', async () => {
    const flow = await run(
      (ms) => {
        clock.spend(ms);
        throw new Error('no');
      },
      { timeoutS: 1 },
    );
    const seen = blocks(flow);
    expect(await codeOf(flow.call(500))).to.equal('NODE_EXCEPTION');
    expect(await codeOf(flow.call(5_000))).to.equal('NODE_TIMEOUT');
    expect(seen).to.have.length(2);
  });

  it('R11b a timeout by blocking is retried as any other', async () => {
    let tries = 0;
    const flow = await run((ms) => (tries++ === 0 ? blocking(ms) : 'second'), {
      timeoutS: 1,
      maxRetries: 1,
      backoffBaseS: 0,
    });
    expect(await flow.call(2_000)).to.equal('second');
  });

  it('R11b what a node waits for does not block', async () => {
    const flow = await run(async (ms) => {
      await Promise.resolve();
      clock.spend(ms);
      return ms;
    });
    const seen = blocks(flow);
    expect(await flow.call(5_000)).to.equal(5_000);
    expect(seen).to.deep.equal([]);
  });

  it('R11b a listener of node_start that blocks is not taken for its node', async () => {
    const flow = await run(blocking, { timeoutS: 1 });
    const seen = blocks(flow);
    flow.on('node_start', () => clock.spend(5_000));
    expect(await flow.call(10)).to.equal(10);
    expect(seen).to.deep.equal([]);
  });

  /** Blocks with each of so many messages, the others take no time; gives the numbers of those that were seen. */
  async function seenOf(numbers: ReadonlySet<number>, count: number): Promise<number[]> {
    let at = 0;
    const flow = await run((ms) => blocking(numbers.has(++at) ? 200 : ms));
    const seen: number[] = [];
    flow.on('loop_blocked', () => void seen.push(at));
    for (let n = 0; n < count; n++) await flow.call(0);
    return seen;
  }

  it('R11b the first 64 starts of a node are timed', async () => {
    expect(await seenOf(new Set([64]), 64)).to.deep.equal([64]);
    expect(await seenOf(new Set([65 + 20]), 128)).to.deep.equal([]);
  });

  it('R11b of the later ones every 64th is timed', async () => {
    // One of any 64 in a row; once it was seen, all are timed for a second.
    const [first = 0] = await seenOf(new Set(Array.from({ length: 64 }, (_, n) => 200 + n)), 264);
    expect(first).to.be.within(200, 263);
    expect(await seenOf(new Set([first + 64]), 400)).to.deep.equal([first + 64]);
    expect(await seenOf(new Set([first + 1]), 400)).to.deep.equal([]);
  });

  it('R11b all starts are timed for a second after a block was seen', async () => {
    let at = 0;
    const flow = await run((ms) => {
      at++;
      return blocking(ms);
    });
    const seen: number[] = [];
    flow.on('loop_blocked', () => void seen.push(at));
    for (let n = 0; n < 70; n++) await flow.call(0);
    const start = at;
    // Whichever of these is the one that is timed.
    while (seen.length === 0) await flow.call(200);
    const first = at;
    expect(first - start).to.be.at.most(64);
    for (let n = 0; n < 4; n++) await flow.call(200);
    expect(seen).to.deep.equal([first, first + 1, first + 2, first + 3, first + 4]);
    clock.spend(1_001);
    await flow.call(0);
    const before = seen.length;
    await flow.call(200);
    expect(seen).to.have.length(before);
  });

  it('R11b where latencies are listened to, every start is timed', async () => {
    const flow = await run(blocking);
    flow.on('node_success', () => {});
    const seen = blocks(flow);
    for (let n = 0; n < 100; n++) await flow.call(0);
    clock.spend(2_000);
    await flow.call(101);
    expect(seen).to.have.length(1);
  });

  it('R11b blockedMs of the flow is how long is too long, and 0 turns it off', async () => {
    const patient = await run(blocking, {}, { blockedMs: 1_000 });
    const off = await run(blocking, { timeoutS: 1 }, { blockedMs: 0 });
    const seen = [...[patient, off].map((flow) => blocks(flow))];
    await patient.call(1_000);
    await patient.call(1_001);
    expect(await off.call(5_000)).to.equal(5_000);
    expect(seen.map((each) => each.length)).to.deep.equal([1, 0]);
  });

  it('R11b a listener of loop_blocked may cancel the run', async () => {
    const flow = await run(blockingThenAwaiting, { timeoutS: 1 });
    flow.on('loop_blocked', ({ traceId }) => void flow.cancel(traceId as string));
    expect(await codeOf(flow.call(2_000))).to.equal('TRACE_CANCELLED');
    expect(flow.snapshot()).to.include({ traces: 0 });
  });

  for (const [what, end] of [
    ['returns', () => 'late'],
    ['returns a promise', () => Promise.resolve('late')],
    [
      'throws',
      () => {
        throw new Error('late');
      },
    ],
  ] as const) {
    it(`R11b R16 a run that is cancelled inside the code that then blocks and ${what} is over, and the node goes on`, async () => {
      const work = node('Work', (ms: number, ctx: NodeContext) => {
        flow.cancel(ctx.traceId);
        clock.spend(ms);
        return end();
      });
      const flow: TestFlow = await bench.run(line(work), { providers: [{ token: CLOCK, useValue: clock }] });
      const seen = blocks(flow);
      for (let n = 0; n < 20; n++) expect(await codeOf(flow.call(500))).to.equal('TRACE_CANCELLED');
      await settle();
      expect(seen).to.have.length(20);
      expect(flow.snapshot().nodes[0]).to.include({ late: 0, inFlight: 0 });
    });
  }

  it('R11b a start that follows code that was not timed and blocked is timed from itself on', async () => {
    const names: unknown[] = [];
    let blockNow = false;
    // Its first starts are over, so that only a sample is timed.
    const old = node('Old', (n: number) => {
      if (blockNow) clock.spend(200);
      return n;
    });
    const young = node('Young', (n: number) => n, { timeoutS: 0.15 });
    const flow = await bench.run(
      rows([
        [node('First', (n: number) => n, {}), [old, young]],
        [old, []],
        [young, []],
      ]),
      { providers: [{ token: CLOCK, useValue: clock }] },
    );
    for (let n = 0; n < 70; n++) await flow.emit(n, {}).then(() => Promise.all([flow.fetch(), flow.fetch()]));
    flow.on('loop_blocked', ({ nodeName }) => void names.push(nodeName));
    blockNow = true;
    await flow.emit(1);
    expect(await Promise.all([flow.fetch(), flow.fetch()])).to.deep.equal([1, 1]);
    expect(names.filter((name) => name === 'Young')).to.deep.equal([]);
  });

  for (const [timeoutS, blockedMs, ms] of [
    [0.02, 100, 90],
    [0.2, 5_000, 1_000],
  ] as const) {
    it(`R11b a timeoutS of ${timeoutS} below blockedMs ${blockedMs} ends an attempt that blocked for ${ms} ms`, async () => {
      const flow = await run(blocking, { timeoutS }, { blockedMs });
      const seen = blocks(flow);
      expect(await codeOf(flow.call(ms))).to.equal('NODE_TIMEOUT');
      expect(seen).to.deep.equal([]);
    });
  }
});
