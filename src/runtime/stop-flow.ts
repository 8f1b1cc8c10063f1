import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import { DEFAULT_GRACE_S, waitUntil } from './flow-lifecycle.js';
import type { FlowEngine } from './flow-engine.js';
import type { FlowState } from './flow-snapshot.js';
import { haltFlow } from './control/halt-flow.js';

/** How to stop. */
export interface StopOptions {
  /** How long queued and in-flight work may go on, in seconds. @defaultValue 0 */
  readonly drainS?: number;
  /** How long to wait for interrupted code to return, in seconds. @defaultValue 5 */
  readonly graceS?: number;
}

/** How a stop went. */
export interface StopResult {
  /** Whether all work was finished: nothing was dropped and no node was stuck. */
  readonly drained: boolean;
  /** Messages that were queued, in flight or waiting to be fetched, and are lost. */
  readonly dropped: number;
  /** Nodes whose code still runs although it was told to stop. */
  readonly stuckNodes: readonly string[];
}

/** @throws FlowError `INVALID_OPTION` */
export function checkStopOptions(options: StopOptions, owner: string): void {
  rejectUnknownOptions(options, ['drainS', 'graceS'], owner);
  for (const option of ['drainS', 'graceS'] as const) {
    const value: unknown = options[option];
    if (value !== undefined && !(typeof value === 'number' && value >= 0)) {
      throw invalidOption(option, owner, '>= 0', value);
    }
  }
}

/** Lets the work finish for `drainS`, then ends the rest and waits for its code to return. */
export async function stopFlow(
  engine: FlowEngine,
  options: StopOptions,
  enter: (state: FlowState) => void,
): Promise<StopResult> {
  const { drainS = 0, graceS = DEFAULT_GRACE_S } = options;
  const { core, workers } = engine;
  if (drainS > 0) {
    enter('draining');
    core.draining = true;
    await waitUntil(
      core,
      drainS,
      () => engine.idle,
      (check) => (core.onFreed = core.egress.onTaken = check),
    );
    core.egress.onTaken = undefined;
    core.draining = false;
  }
  enter('stopping');
  const dropped = haltFlow(engine);
  const returned = (): boolean => workers.every((worker) => worker.late.size === 0);
  await waitUntil(core, graceS, returned, (check) => (core.onLateSettled = check));
  const stuckNodes = workers.filter((worker) => worker.late.size !== 0).map((worker) => worker.name);
  return { drained: dropped === 0 && stuckNodes.length === 0, dropped, stuckNodes };
}
