import type { FlowHealth, FlowPart, PenguiFlow, StopOptions, StopResult } from '../../index.js';
import type { CarrierState } from '../carrier/carrier.js';
import { lagOf, type QueueLag } from '../carrier/queue-lag.js';
import { invalidOption } from '../option-check.js';
import type { EntryTaker } from './entry-taker.js';
import type { Receiver } from './receiver.js';
import type { WorkerCore } from './worker-core.js';

/** How long a session may take to hand back what it has, in milliseconds. */
const CLOSE_MS = 5_000;

/** How a worker is, for a readiness probe. */
export interface WorkerHealth extends FlowHealth {
  readonly workerId: string;
  /** The groups that run here. */
  readonly groups: readonly string[];
  /** Whether the engine can be used, and what it said; a worker is not ready while it cannot. */
  readonly carrier: CarrierState;
  /** Messages that are worked on. */
  readonly working: number;
  readonly paused: boolean;
}

/**
 * The handle of a process that serves groups of a flow. Made by `serveFlow`.
 *
 * @example
 * ```ts
 * await using worker = await serveFlow(Documents, { carrier, groups: ['cpu'] });
 * console.log(worker.health().ready);
 * ```
 */
export interface FlowWorker
  extends Pick<PenguiFlow, 'name' | 'plan' | 'state' | 'on' | 'use' | 'record' | 'snapshot'>, AsyncDisposable {
  readonly workerId: string;
  /** The groups that run here. */
  readonly groups: readonly string[];
  health(): WorkerHealth;
  /** What the queues of the flow hold, also those of other groups: the signal to scale by (D34). */
  lag(): Promise<readonly QueueLag[]>;
  /** Takes no more messages; what was taken goes on. */
  pause(): void;
  /** Takes messages again. */
  resume(): void;
  /**
   * Stops: takes no more, gives what has not begun back at once, lets the rest end for `drainS`, and interrupts it then; what was interrupted goes back, too, and runs
   * again elsewhere. Calling it again gives the same promise.
   */
  stop(options?: StopOptions): Promise<StopResult>;
}

/** A worker that serves. */
export class WorkerHandle implements FlowWorker {
  readonly #core: WorkerCore;
  readonly #receiver: Receiver;
  readonly #takers: readonly EntryTaker[];
  readonly #carrier: () => CarrierState;
  readonly groups: readonly string[];
  #isPaused = false;
  #stopped: Promise<StopResult> | undefined;

  /** @param carrier - how the engine is */
  constructor(
    core: WorkerCore,
    receiver: Receiver,
    takers: readonly EntryTaker[],
    groups: readonly string[],
    carrier: () => CarrierState,
  ) {
    this.#core = core;
    this.#receiver = receiver;
    this.#takers = takers;
    this.#carrier = carrier;
    this.groups = groups;
  }

  get workerId(): string {
    return this.#core.workerId;
  }

  get name(): string {
    return this.#part.name;
  }

  get plan(): FlowPart['plan'] {
    return this.#part.plan;
  }

  get state(): FlowPart['state'] {
    return this.#part.state;
  }

  on(...args: Parameters<FlowPart['on']>): ReturnType<FlowPart['on']> {
    return this.#part.on(...args);
  }

  use(...args: Parameters<FlowPart['use']>): ReturnType<FlowPart['use']> {
    return this.#part.use(...args);
  }

  record(...args: Parameters<FlowPart['record']>): ReturnType<FlowPart['record']> {
    return this.#part.record(...args);
  }

  snapshot(): ReturnType<FlowPart['snapshot']> {
    return this.#part.snapshot();
  }

  health(): WorkerHealth {
    const health = this.#part.health();
    const carrier = this.#carrier();
    return {
      ...health,
      ready: health.ready && carrier.state === 'up' && !this.#isPaused && this.#stopped === undefined,
      workerId: this.workerId,
      groups: this.groups,
      carrier,
      working: this.#receiver.working,
      paused: this.#isPaused,
    };
  }

  lag(): Promise<readonly QueueLag[]> {
    return lagOf(this.#core.session);
  }

  pause(): void {
    this.#isPaused = true;
    for (const taker of this.#takers) taker.stop();
  }

  resume(): void {
    if (!this.#isPaused || this.#stopped !== undefined) return;
    this.#isPaused = false;
    for (const taker of this.#takers) taker.begin();
  }

  stop(options: StopOptions = {}): Promise<StopResult> {
    // Before anything is given back: a stop that fails could not be made up for.
    for (const option of ['drainS', 'graceS', 'flushS'] as const) {
      const seconds: unknown = options[option];
      if (seconds === undefined || (typeof seconds === 'number' && seconds >= 0)) continue;
      return Promise.reject(invalidOption(option, `stop() of worker "${this.workerId}"`, '>= 0', seconds));
    }
    return (this.#stopped ??= this.#stop(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(options: StopOptions): Promise<StopResult> {
    const { cancels, full, part, registry, session, skew } = this.#core;
    skew.stop();
    for (const taker of this.#takers) taker.stop();
    // An engine that is away does not answer: what it has not heard of is redelivered when the leases are over.
    const handedBack = this.#receiver.handBack().catch(() => {});
    const result = await part.stop(options);
    await Promise.race([Promise.all([handedBack, this.#receiver.idle()]), later(part, CLOSE_MS)]);
    cancels.close();
    full.stop();
    await Promise.race([registry.close(), later(part, CLOSE_MS)]);
    // One that was killed, or hangs, is not waited for: what it holds is redelivered.
    await Promise.race([session.close(CLOSE_MS), later(part, 2 * CLOSE_MS)]);
    return result;
  }

  get #part(): FlowPart {
    return this.#core.part;
  }
}

function later({ clock }: FlowPart, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(resolve, ms).unref?.();
  });
}
