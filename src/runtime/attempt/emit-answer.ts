import { AttemptContext } from './attempt-context.js';
import type { AttemptHost } from './attempt-host.js';

const AT_ONCE = Promise.resolve();

/** The answer to an emit that may be refused, or is: it knows whether somebody has asked for it. */
class EmitAnswer<T> extends Promise<T> {
  isHeard = false;

  /** What follows it is a promise of the platform. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise, and is told of whoever follows it
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isHeard = true;
    return super.then(onFulfilled, onRejected);
  }

  /** Calls back with why it was refused, if it was; that is not asking for it. */
  onRefused(callback: (reason: unknown) => void): void {
    void super.then(undefined, callback);
  }
}

/**
 * The answer to an emit. Where it is refused and nobody asks for it before the attempt is over, a line says so: the message is lost,
 * and its run looks as if it had never been.
 */
export function answerTo<T>(host: AttemptHost, context: AttemptContext, sent: Promise<T>): Promise<T> {
  const answer = new EmitAnswer<T>((resolve) => resolve(sent));
  answer.onRefused((reason) => {
    const tell = (): void => {
      if (!answer.isHeard) tellOf(host, context, reason);
    };
    if (AttemptContext.isOpen(context)) (AttemptContext.lazy(context).refused ??= []).push(tell);
    // Whoever awaits it is known a moment later.
    else void AT_ONCE.then(() => AT_ONCE).then(tell);
  });
  return answer;
}

function tellOf({ core }: AttemptHost, context: AttemptContext, reason: unknown): void {
  core.log.write('error', 'emit_refused', { error: reason }, context.logFields());
}
