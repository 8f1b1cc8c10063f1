import { toPromise } from './is-thenable.js';

/** A value that was waited for, in a box: it may have a `then` of its own, which nobody is to call. */
export interface Settled {
  readonly value: unknown;
}

/** A value that is not known yet. No promise, so that it cannot be taken for a value that happens to be one. */
export class Later {
  readonly settled: Promise<Settled>;

  constructor(settled: Promise<Settled>) {
    this.settled = settled;
  }

  /** What is made of the answer of a promise, of whatever make. */
  static of(promise: PromiseLike<unknown>, proceed: (answer: unknown) => unknown): Later {
    return new Later(toPromise(promise).then((answer) => settle(proceed(answer))));
  }

  /** The values in their order, once each of them is known. */
  static all(values: readonly unknown[], proceed: (known: readonly unknown[]) => unknown): Later {
    return new Later(Promise.all(values.map(settle)).then((all) => settle(proceed(all.map(({ value }) => value)))));
  }

  /** What is made of the value. */
  next(proceed: (value: unknown) => unknown): Later {
    return new Later(this.settled.then(({ value }) => settle(proceed(value))));
  }
}

/** Goes on with a value at once, or when it is known. */
export function andThen(value: unknown, proceed: (value: unknown) => unknown): unknown {
  return value instanceof Later ? value.next(proceed) : proceed(value);
}

async function settle(value: unknown): Promise<Settled> {
  return value instanceof Later ? value.settled : { value };
}
