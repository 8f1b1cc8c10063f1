import { expect } from 'chai';

import { createFlow, FlowError, type EmitOptions, type PenguiFlow } from '#src/index.js';
import { heapAfterGc } from '../support/heap-after-gc.js';
import { Job, Stress } from './graph.js';

/** A small generator with a seed, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const FATES = ['fail', 'flaky', 'book', 'bookFails', 'slow'] as const;

function jobOf(n: number, dice: () => number): Job {
  const roll = dice();
  if (roll < 0.0005) return new Job(n, 'hang');
  return new Job(n, roll < 0.2 ? (FATES[Math.floor(dice() * FATES.length)] ?? 'succeed') : 'succeed');
}

/** How a trace ended, for its caller: with its own number, or with the code of its error. */
async function outcome(flow: PenguiFlow<Job, number>, job: Job, options: EmitOptions): Promise<string> {
  try {
    return (await flow.call(job, options)) === job.n ? 'result' : 'the result of another trace';
  } catch (error) {
    return FlowError.is(error) ? error.code : String(error);
  }
}

class Round {
  readonly outcomes = new Map<string, number>();
  readonly #dice: () => number;
  #next = 0;
  #ended = 0;

  constructor(
    readonly flow: PenguiFlow<Job, number>,
    readonly traces: number,
    seed: number,
  ) {
    this.#dice = random(seed);
  }

  get ended(): number {
    return this.#ended;
  }

  /** Keeps 256 callers busy; `stopAt` stops the flow in the middle. */
  async run(stopAt: number): Promise<void> {
    await Promise.all(Array.from({ length: 256 }, () => this.#caller(stopAt)));
  }

  async #caller(stopAt: number): Promise<void> {
    while (this.#next < this.traces) {
      const n = this.#next++;
      if (n === stopAt) void this.flow.stop();
      const end = await this.#one(n);
      this.#ended++;
      this.outcomes.set(end, (this.outcomes.get(end) ?? 0) + 1);
    }
  }

  #one(n: number): Promise<string> {
    const dice = this.#dice;
    const job = jobOf(n, dice);
    const roll = dice();
    if (roll < 0.02) return this.#cancelled(job);
    if (roll < 0.03) return this.#aborted(job);
    if (roll < 0.04) return outcome(this.flow, job, { timeoutS: 0.001 });
    return outcome(this.flow, job, {});
  }

  async #cancelled(job: Job): Promise<string> {
    const traceId = `trace-${job.n}`;
    const end = outcome(this.flow, job, { traceId });
    if (this.#dice() < 0.5) await Promise.resolve();
    if (this.flow.state === 'running') this.flow.cancel(traceId);
    return end;
  }

  async #aborted(job: Job): Promise<string> {
    const controller = new AbortController();
    const end = outcome(this.flow, job, { signal: controller.signal });
    setImmediate(() => {
      controller.abort();
    });
    return end;
  }
}

const EXPECTED = new Set([
  'result',
  'NODE_EXCEPTION',
  'NODE_TIMEOUT',
  'TRACE_CANCELLED',
  'ABORTED',
  'DEADLINE_EXCEEDED',
  'FLOW_STOPPED',
]);

describe('200,000 traces under stress', () => {
  it('R3 R8 R16 R17 end in exactly one way each, and leave nothing behind', async function () {
    this.timeout(60_000);
    const events = { started: 0, finished: 0 };
    let before = 0;
    let ended = 0;
    for (let round = 0; round < 10; round++) {
      const flow = createFlow(Stress);
      flow.on('trace_cancel_start', () => {
        events.started++;
      });
      flow.on('trace_cancel_finish', () => {
        events.finished++;
      });
      await flow.run();
      const stress = new Round(flow, 20_000, round + 1);
      // Every third round is stopped with its callers still at work.
      await stress.run(round % 3 === 2 ? 15_000 : -1);
      expect([...stress.outcomes.keys()].filter((end) => !EXPECTED.has(end))).to.deep.equal([]);
      expect(stress.outcomes.get('result') ?? 0).to.be.greaterThan(10_000);
      ended += stress.ended;
      const snapshot = flow.snapshot();
      expect(snapshot).to.include({ traces: 0, results: 0, discardedResults: 0 });
      for (const node of snapshot.nodes) expect(node).to.include({ queued: 0, inFlight: 0, waitingForRoom: 0 });
      expect((await flow.stop({ drainS: 5 })).stuckNodes).to.deep.equal([]);
      // The first round has loaded and compiled what there is to load and compile.
      if (round === 0) before = heapAfterGc();
    }
    expect(ended).to.equal(200_000);
    expect(events.finished).to.equal(events.started);
    expect(heapAfterGc() - before).to.be.lessThan(5 * 1024 * 1024);
  });
});
