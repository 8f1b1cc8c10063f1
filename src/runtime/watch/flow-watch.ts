import type { WiredFlow } from '../control/wired-flow.js';
import type { NodeWorker } from '../node/node-worker.js';
import { AttemptAges } from './attempt-ages.js';
import { watchOf, type ClockWatch, type Watched } from './clock-watch.js';
import { forgetExit, watchExit } from './exit-watch.js';
import type { FlowStall } from './flow-stall.js';
import { StallWatch } from './stall-watch.js';
import { LooksBetween } from './looks-between.js';
import { LoopLateness } from './loop-lateness.js';
import { LongWaits } from './long-waits.js';
import { StalledReaders } from './stalled-readers.js';
import { isStuck, tellStuck } from './stuck-attempts.js';

/** How old what a node works on is, and what waits before it, in seconds. */
export interface NodeAges {
  readonly oldestAttemptS: number;
  readonly oldestQueuedS: number;
}

/**
 * Sees what only time shows of one flow: how old attempts and queued messages are, and what hangs. It looks once a second while
 * the flow has a run, or interrupted code that still runs; nothing on the way of a message knows of it.
 */
export class FlowWatch implements Watched {
  isWorking = true;
  readonly #flow: WiredFlow;
  /** Runs that had begun at the last look. */
  #started = 0;
  readonly #watch: ClockWatch;
  readonly #ages: ReadonlyMap<NodeWorker, AttemptAges>;
  readonly #stalls: StallWatch;
  readonly #readers: StalledReaders;
  readonly #waits: LongWaits;
  readonly #lateness: LoopLateness;
  readonly #between: LooksBetween;

  constructor(flow: WiredFlow) {
    this.#flow = flow;
    this.#ages = new Map(flow.workers.map((worker) => [worker, new AttemptAges(worker)]));
    this.#stalls = new StallWatch(flow);
    this.#readers = new StalledReaders(flow);
    this.#waits = new LongWaits(flow);
    this.#lateness = new LoopLateness(flow);
    const { clock, plan } = flow.core;
    const limitsS = [plan.stuckAfterS, plan.stallS, plan.chunkStallS];
    this.#between = new LooksBetween(clock, limitsS, () => this.#lookBetween());
    this.#watch = watchOf(clock);
    flow.core.traces.onFirst = () => this.#watch.wake(this);
    flow.core.onBlocked = (ms) => this.#watch.noteBlock(ms);
  }

  /** The flow runs: looks from its first run on. */
  start(): void {
    this.#flow.core.traces.asleep = true;
    watchExit(this.#flow);
  }

  stop(): void {
    this.#flow.core.traces.asleep = false;
    forgetExit(this.#flow);
    this.#watch.forget(this);
    this.#between.cancel();
  }

  look(): boolean {
    const { core, workers } = this.#flow;
    const nowMs = core.clock.monotonic();
    core.runQueue.enter();
    try {
      for (const worker of workers) for (const floe of worker.inputs) floe.mark(nowMs);
      this.#waits.look(nowMs);
      this.#lookForLimits(nowMs);
    } finally {
      core.runQueue.leave();
    }
    const { started } = core.traces;
    this.isWorking = started !== this.#started || workers.some(({ inFlight }) => inFlight !== 0);
    this.#started = started;
    const isBusy = core.traces.size !== 0 || workers.some(({ late }) => late.size !== 0);
    // The next run is to wake it, also while it is looked at for what is left of others.
    if (!isBusy || !this.isWorking) core.traces.asleep = true;
    if (isBusy) this.#between.arm();
    return isBusy;
  }

  /** Looks for what has lasted for as long as a limit of the flow says. */
  #lookForLimits(nowMs: number): void {
    for (const [worker, ages] of this.#ages) tellStuck(worker, ages, nowMs);
    this.#stalls.look(nowMs);
    this.#readers.look(nowMs);
  }

  #lookBetween(): void {
    const { clock, runQueue } = this.#flow.core;
    runQueue.enter();
    try {
      this.#lookForLimits(clock.monotonic());
    } finally {
      runQueue.leave();
    }
  }

  get seesLateness(): boolean {
    return this.#lateness.isOn;
  }

  lookAtLoop(lateMs: number): void {
    this.#lateness.look(lateMs);
  }

  /** What the flow waits for while it is stalled. */
  get stall(): FlowStall | undefined {
    return this.#stalls.at(this.#flow.core.clock.monotonic());
  }

  /** Ages of what is at a node and before it. */
  agesOf(worker: NodeWorker): NodeAges {
    const nowMs = this.#flow.core.clock.monotonic();
    let attemptMs = 0;
    this.#ages.get(worker)?.each(nowMs, ({ ageMs }) => (attemptMs = Math.max(attemptMs, ageMs)));
    const queuedMs = Math.max(0, ...worker.inputs.map((floe) => floe.headAgeMs(nowMs)));
    return { oldestAttemptS: Math.round(attemptMs) / 1000, oldestQueuedS: Math.round(queuedMs) / 1000 };
  }

  /** Nodes with an attempt that hangs, or with interrupted code that still runs. */
  stuckNodes(): string[] {
    const nowMs = this.#flow.core.clock.monotonic();
    const stuck: string[] = [];
    for (const [worker, ages] of this.#ages) {
      let hangs = worker.late.size !== 0;
      ages.each(nowMs, (seen, _, late) => (hangs ||= isStuck(worker, seen, late !== undefined)));
      if (hangs) stuck.push(worker.name);
    }
    return stuck;
  }
}
