import type { NodeContext } from '../../ports/node-context.js';
import type { TimedWait } from '../../trace-local/timed-wait.js';

function nothing(): void {}

/**
 * The wait of a join whose context has only its public side, as in a test of the node alone: the first arrival waits in its attempt,
 * and sends on what has come.
 */
export class AttemptWait implements TimedWait {
  /** The time is up, or nobody waits any more. */
  readonly over: Promise<void>;
  #wake = nothing;

  constructor(ctx: NodeContext, timeoutS: number) {
    const ended = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.over = Promise.race([ended, ctx.sleep(timeoutS)]);
  }

  readonly leftS = undefined;

  arrived(): void {}

  expire(): void {}

  end(): void {
    this.#wake();
  }
}
