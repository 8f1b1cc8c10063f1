import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';

/** How to start. */
export interface RunOptions {
  /**
   * Longest time of all `onFlowStart` hooks together, in seconds, on the flow's clock. @defaultValue no limit
   * @example
   * ```ts
   * await flow.run({ startTimeoutS: 20 });
   * ```
   */
  readonly startTimeoutS?: number;
}

/** @throws FlowError `INVALID_OPTION` */
export function checkRunOptions(options: RunOptions, owner: string): void {
  rejectUnknownOptions(options, ['startTimeoutS'], owner);
  const value: unknown = options.startTimeoutS;
  if (value !== undefined && !(typeof value === 'number' && value > 0)) {
    throw invalidOption('startTimeoutS', owner, '> 0', value);
  }
}
