import type { Message } from '../../message/message.js';
import { invalidOption, rejectUnknownOptions } from '../../errors/option-error.js';

/** Options of the joins. */
export interface JoinOptions {
  /** How long the first arrival waits for the rest, in seconds; it holds no slot. @defaultValue as long as its trace lives */
  readonly timeoutS?: number;
  /**
   * When `timeoutS` is over: `fail` ends the trace with `JOIN_TIMEOUT`, `emit` sends on what has arrived, and does so at once when
   * nothing can bring the rest any more.
   *
   * @defaultValue 'fail'
   */
  readonly onTimeout?: 'fail' | 'emit';
  /**
   * With `timeoutS`: while so many lists of a `joinFrom` wait, it takes only from the nodes that one of them lacks a part of. `joinK`
   * takes whatever comes.
   *
   * @defaultValue 1024
   */
  readonly maxWaiting?: number;
}

/**
 * Options of {@link joinFrom}.
 *
 * @typeParam P - what the joined nodes send
 */
export interface JoinFromOptions<P = unknown> extends JoinOptions {
  /**
   * Which messages belong together: `origin`, what descends from one emission of the nearest node that all come through; `order`, the
   * nth of each node; or those of one key, compared as in a map. The key is made at once: a promise is an error.
   *
   * @defaultValue 'origin'
   */
  readonly by?: 'origin' | 'order' | ((payload: P, message: Message) => unknown);
}

/** {@link JoinOptions}, checked, with the defaults. */
export interface JoinLimits {
  readonly timeoutS: number | undefined;
  readonly onTimeout: 'fail' | 'emit';
  readonly maxWaiting: number;
}

/** Names of the options that every join has. */
export const JOIN_OPTIONS = ['timeoutS', 'onTimeout', 'maxWaiting'] as const;

/** @throws FlowError `INVALID_OPTION` */
export function joinLimits(options: JoinOptions, owner: string): JoinLimits {
  rejectUnknownOptions(options, JOIN_OPTIONS, owner);
  const { timeoutS, onTimeout = 'fail', maxWaiting = 1024 } = options;
  if (timeoutS !== undefined && !(Number.isFinite(timeoutS) && timeoutS > 0)) {
    throw invalidOption('timeoutS', owner, '> 0', timeoutS);
  }
  if (onTimeout !== 'fail' && onTimeout !== 'emit')
    throw invalidOption('onTimeout', owner, "'fail' or 'emit'", onTimeout);
  if (!Number.isSafeInteger(maxWaiting) || maxWaiting < 1) {
    throw invalidOption('maxWaiting', owner, 'a whole number >= 1', maxWaiting);
  }
  if (timeoutS === undefined) {
    // Without a time nothing waits for it: whoever says what happens then has left it out by mistake.
    for (const option of ['onTimeout', 'maxWaiting'] as const) {
      if (options[option] === undefined) continue;
      throw invalidOption(
        option,
        owner,
        'given together with `timeoutS`',
        options[option],
        'Say how long a part waits, or leave it out.',
      );
    }
  }
  return { timeoutS, onTimeout, maxWaiting };
}
