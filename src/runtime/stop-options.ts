import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';

/** How to stop. */
export interface StopOptions {
  /** How long queued and in-flight work may go on, in seconds. @defaultValue 0 */
  readonly drainS?: number;
  /**
   * How long to wait for interrupted code to return, playbooks to stop, `onFlowStop` hooks and the `dispose()` of services, all
   * together, in seconds. @defaultValue 5
   */
  readonly graceS?: number;
  /** How long listeners and the log may take to write what they heard, in seconds. @defaultValue 5 */
  readonly flushS?: number;
}

/** How a stop went. */
export interface StopResult {
  /** Whether all work was finished: nothing was dropped and no node was stuck. */
  readonly drained: boolean;
  /** Messages that were queued, in flight or waiting to be fetched, and are lost. */
  readonly dropped: number;
  /** Whose code still runs although it was told to stop: nodes, those with hooks, and services by the name of their class. */
  readonly stuckNodes: readonly string[];
  /** Listeners that had not written what they heard when `flushS` was over; the log is called `log`. */
  readonly unflushed: readonly string[];
}

const OPTIONS = ['drainS', 'graceS', 'flushS'] as const;

/** @throws FlowError `INVALID_OPTION` */
export function checkStopOptions(options: StopOptions, owner: string): void {
  rejectUnknownOptions(options, OPTIONS, owner);
  for (const option of OPTIONS) {
    const value: unknown = options[option];
    if (value !== undefined && !(typeof value === 'number' && value >= 0)) {
      throw invalidOption(option, owner, '>= 0', value);
    }
  }
}
