import { describeThrown, FlowError } from '../errors/flow-error.js';
import { WheelEntry } from '../scheduling/timer-wheel.js';
import type { FlowCore } from './core/flow-core.js';
import type { TimeBudget } from './time-budget.js';
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

  constructor(core: FlowCore, parts: FlowParts) {
    this.#core = core;
    const nodes = parts.plan.nodes.map(({ name }): LifecycleParticipant => {
      const node = parts.nodes.get(name);
      return { name, onFlowStart: () => node?.onFlowStart?.(), onFlowStop: () => node?.onFlowStop?.() };
    });
    this.#participants = [...parts.middlewares, ...nodes.toReversed()];
  }

  /**
   * Calls every `onFlowStart`, one after the other.
   * @throws FlowError `START_FAILED` when one fails; what had started is yet to be stopped
   */
  async start(): Promise<void> {
    for (const participant of this.#participants) {
      try {
        await this.#startOne(participant);
        this.#started.push(participant);
      } catch (error) {
        throw new FlowError('START_FAILED', {
          message: `Flow "${this.#core.plan.flowName}" did not start: onFlowStart() of "${participant.name}" failed with ${describeThrown(error)}`,
          nodeName: participant.name,
          cause: error,
        });
      }
    }
  }

  /** Waits no longer for the `onFlowStart` that runs, which makes `start` fail; returns whose it is, if one runs. */
  giveUpStart(error: FlowError): string | undefined {
    const starting = this.#starting;
    starting?.giveUp(error);
    return starting?.name;
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

  async #startOne(participant: LifecycleParticipant): Promise<void> {
    const givenUp = new Promise<never>((_, reject) => {
      this.#starting = { name: participant.name, giveUp: reject };
    });
    try {
      await Promise.race([participant.onFlowStart?.(), givenUp]);
    } finally {
      this.#starting = undefined;
    }
  }
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
