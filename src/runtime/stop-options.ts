import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';

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
