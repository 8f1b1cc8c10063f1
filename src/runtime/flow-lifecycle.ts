import { describeThrown, FlowError } from '../errors/flow-error.js';
import { WheelEntry } from '../policy/timer-wheel.js';
import type { FlowCore } from './flow-core.js';
import type { FlowParts, LifecycleParticipant } from './flow-parts.js';

/** Starts and stops what has hooks: middlewares first, then the nodes, downstream before upstream; stops in reverse. */
export class FlowLifecycle {
  readonly #core: FlowCore;
  readonly #participants: readonly LifecycleParticipant[];
  readonly #started: LifecycleParticipant[] = [];

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
   * @throws FlowError `START_FAILED` when one fails; what had started is stopped again
   */
  async start(): Promise<void> {
    for (const participant of this.#participants) {
      try {
        await participant.onFlowStart?.();
        this.#started.push(participant);
      } catch (error) {
        await this.stop();
        throw new FlowError('START_FAILED', {
          message: `Flow "${this.#core.plan.flowName}" did not start: onFlowStart() of "${participant.name}" failed with ${describeThrown(error)}`,
          nodeName: participant.name,
          cause: error,
        });
      }
    }
  }

  /** Calls `onFlowStop` of everything that started; one that fails is logged and keeps nobody else from stopping. */
  async stop(): Promise<void> {
    for (const participant of this.#started.splice(0).toReversed()) {
      try {
        await participant.onFlowStop?.();
      } catch (error) {
        const reserved = { flow_name: this.#core.plan.flowName, node_name: participant.name };
        this.#core.log.write('error', 'flow_stop_hook_failed', { exception: describeThrown(error), error }, reserved);
      }
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
