import { describeThrown, FlowError } from '../errors/flow-error.js';
import { WheelEntry } from '../scheduling/timer-wheel.js';
import type { FlowCore } from './core/flow-core.js';
import { TimeBudget } from './time-budget.js';
import type { FlowParts, LifecycleParticipant } from './flow-parts.js';

/** How long code that was told to stop may take to return, in seconds. */
export const DEFAULT_GRACE_S = 5;
/** How long listeners and the log may take to write what they heard, in seconds. */
export const DEFAULT_FLUSH_S = 5;

/** Starts and stops what has hooks: middlewares first, then the nodes, downstream before upstream; stops in reverse. */
export class FlowLifecycle {
  readonly #core: FlowCore;
  readonly #participants: readonly LifecycleParticipant[];
  readonly #started: LifecycleParticipant[] = [];
  /** The one whose `onFlowStart` runs, and how to go on without it. */
  #starting: { readonly name: string; readonly giveUp: (error: FlowError) => void } | undefined;
  /** Whose `onFlowStart` was not waited for to its end. */
  #hanging: string | undefined;

  constructor(core: FlowCore, parts: FlowParts) {
    this.#core = core;
    const nodes = [...parts.nodes].map(([name, node]): LifecycleParticipant => ({
      name,
      onFlowStart: () => node.onFlowStart?.(),
      onFlowStop: () => node.onFlowStop?.(),
    }));
    this.#participants = [...parts.middlewares, ...nodes.toReversed()];
  }

  /**
   * Calls every `onFlowStart`, one after the other, for `timeoutS` at most.
   * @throws FlowError `START_FAILED` when one fails or the time is over; what had started is yet to be stopped
   */
  async start(timeoutS = Number.POSITIVE_INFINITY): Promise<void> {
    const { clock, plan } = this.#core;
    const time = timeoutS === Number.POSITIVE_INFINITY ? undefined : new TimeBudget(this.#core, timeoutS);
    for (const participant of this.#participants) {
      const { name } = participant;
      const beganMs = clock.monotonic();
      try {
        const returned = await this.#startOne(participant, time);
        if (returned) this.#started.push(participant);
        else this.#hanging = name;
      } catch (error) {
        throw new FlowError('START_FAILED', {
          message: `Flow "${plan.flowName}" did not start: onFlowStart() of "${name}" failed with ${describeThrown(error)}`,
          nodeName: name,
          cause: error,
        });
      }
      // Also for a hook that blocked until then: it has returned, and is stopped with the others.
      const isLate = this.#hanging !== undefined || time?.leftS === 0;
      if (isLate) throw startTimeout(plan.flowName, name, timeoutS, clock.monotonic() - beganMs);
    }
  }

  /** Waits no longer for the `onFlowStart` that runs, which makes `start` fail. */
  giveUpStart(error: FlowError): void {
    this.#hanging = this.#starting?.name;
    this.#starting?.giveUp(error);
  }

  /** Whose `onFlowStart` was given up and may run on: one at most. */
  get hanging(): readonly string[] {
    return this.#hanging === undefined ? [] : [this.#hanging];
  }

  /**
   * Calls `onFlowStop` of everything that started; one that fails, or takes longer than there is time, is logged and keeps
   * nobody else from stopping. Returns the names of those that took too long.
   */
  async stop(grace: TimeBudget): Promise<readonly string[]> {
    const { log, plan } = this.#core;
    const stuck: string[] = [];
    for (const participant of this.#started.splice(0).toReversed()) {
      const reserved = { flow_name: plan.flowName, node_name: participant.name };
      try {
        if (await grace.holds(participant.onFlowStop?.())) continue;
        stuck.push(participant.name);
        log.write('error', 'flow_stop_hook_stuck', undefined, reserved);
      } catch (error) {
        log.write('error', 'flow_stop_hook_failed', { exception: describeThrown(error), error }, reserved);
      }
    }
    return stuck;
  }

  /** Waits for the listeners to write what they heard; returns the names of those that are given up, which the log says. */
  async flush(time: TimeBudget): Promise<readonly string[]> {
    const { bus, log, plan } = this.#core;
    const flushes = bus.flushes();
    const inTime = await Promise.all(flushes.map(({ done }) => time.holds(done)));
    const stuck = flushes.filter((_, index) => inTime[index] !== true).map(({ name }) => name);
    for (const name of stuck) log.write('error', 'flow_flush_stuck', { listener: name }, { flow_name: plan.flowName });
    return stuck;
  }

  /** False when the hook did not return in time. */
  async #startOne(participant: LifecycleParticipant, time: TimeBudget | undefined): Promise<boolean> {
    const givenUp = new Promise<never>((_, reject) => {
      this.#starting = { name: participant.name, giveUp: reject };
    });
    try {
      const started = participant.onFlowStart?.();
      if (started === undefined) return true;
      const ended = Promise.race([started, givenUp]);
      if (time !== undefined) return await time.holds(ended);
      await ended;
      return true;
    } finally {
      this.#starting = undefined;
    }
  }
}

function startTimeout(flowName: string, name: string, timeoutS: number, tookMs: number): FlowError {
  return new FlowError('START_FAILED', {
    message: `Flow "${flowName}" did not start within ${timeoutS} s: onFlowStart() of "${name}" had run for ${(tookMs / 1000).toFixed(2)} s`,
    nodeName: name,
    cause: new DOMException('The start took too long', 'TimeoutError'),
    metadata: { start_timeout_s: timeoutS },
    hint: `Let onFlowStart() of "${name}" fail sooner where what it waits for does not answer, or give run({ startTimeoutS }) more time.`,
  });
}

/** Resolves with true when `condition` holds, with false after `limitS`; `onChange` is called to watch for it. */
export function waitUntil(
  core: FlowCore,
  limitS: number,
  condition: () => boolean,
  onChange: (check: () => void) => void,
): Promise<boolean> {
  if (condition()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const limit = new WheelEntry(() => resolve(false));
    core.wheel.schedule(limit, limitS * 1000);
    onChange(() => {
      if (!condition()) return;
      core.wheel.cancel(limit);
      resolve(true);
    });
  });
}
