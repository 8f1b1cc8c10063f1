import { FlowError } from '../errors/flow-error.js';
import { checkSignal, invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import { isThenable } from '../message/is-thenable.js';

/** Options of {@link mapConcurrent}. */
export interface MapConcurrentOptions {
  /** Items worked on at a time. @defaultValue 8 */
  readonly maxConcurrency?: number;
  /** Ends the whole when it aborts; pass `ctx.signal`. @defaultValue none */
  readonly signal?: AbortSignal;
  /**
   * `first` rejects with the first error, aborts the signal of the workers that run and starts no more. `all` works on
   * every item and rejects with one error that has them all. @defaultValue 'first'
   */
  readonly errors?: 'first' | 'all';
}

const OPTIONS = ['maxConcurrency', 'signal', 'errors'] as const;

/**
 * Works on many items at a time, at most `maxConcurrency`, and gives the results in the order of the items.
 *
 * @param items - taken one by one, only when there is room for another
 * @param worker - its signal aborts when the outcome is settled: another worker failed, or `signal` aborted
 * @throws what the worker threw, with `errors: 'first'`; FlowError `MAP_FAILED` whose `cause` is an `AggregateError`, with
 * `errors: 'all'`; FlowError `ABORTED` when the signal aborts; FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const pages = await mapConcurrent(urls, (url, { signal }) => fetchPage(url, signal), { maxConcurrency: 4, signal: ctx.signal });
 * ```
 */
export async function mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  worker: Worker<T, R>,
  options: MapConcurrentOptions = {},
): Promise<R[]> {
  const { maxConcurrency = 8, signal, errors = 'first' } = checked(options);
  if (!isIterable(items)) throw invalidOption('items', 'mapConcurrent()', 'iterable', items);
  if (typeof worker !== 'function') throw invalidOption('worker', 'mapConcurrent()', 'a function', worker);
  return new Promise((resolve, reject) => {
    new ConcurrentMap(iteratorOf(items), worker, { maxConcurrency, signal, errors, resolve, reject }).start();
  });
}

type Worker<T, R> = (item: T, call: { readonly index: number; readonly signal: AbortSignal }) => R | Promise<R>;

interface Outcome<R> {
  readonly maxConcurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly errors: 'first' | 'all';
  readonly resolve: (results: R[]) => void;
  readonly reject: (error: unknown) => void;
}

/** One run of {@link mapConcurrent}. */
class ConcurrentMap<T, R> {
  readonly #items: Items<T>;
  readonly #worker: Worker<T, R>;
  readonly #outcome: Outcome<R>;
  readonly #controller = new AbortController();
  readonly #results: R[] = [];
  readonly #failures: Failure[] = [];
  #running = 0;
  #next = 0;
  #pulling = false;
  #exhausted = false;
  #settled = false;

  constructor(items: Items<T>, worker: Worker<T, R>, outcome: Outcome<R>) {
    this.#items = items;
    this.#worker = worker;
    this.#outcome = outcome;
  }

  start(): void {
    const { signal } = this.#outcome;
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
    void this.#pull();
  }

  readonly #onAbort = (): void => {
    const cause: unknown = this.#outcome.signal?.reason;
    this.#fail(new FlowError('ABORTED', { message: 'mapConcurrent() was aborted by its signal', cause }));
  };

  /** Takes items while there is room; one at a time, because an async iterable must not be asked twice at once. */
  async #pull(): Promise<void> {
    if (this.#pulling) return;
    this.#pulling = true;
    try {
      while (!this.#settled && !this.#exhausted && this.#running < this.#outcome.maxConcurrency) {
        const pulled = this.#items.next();
        const { done, value } = isThenable(pulled) ? await pulled : pulled;
        if (done === true) this.#exhausted = true;
        else if (!this.#settled) void this.#work(value, this.#next++);
      }
    } catch (error) {
      // The items themselves failed: there is nothing to go on with.
      this.#exhausted = true;
      this.#fail(error);
    }
    this.#pulling = false;
    if (!this.#exhausted || this.#running !== 0) return;
    if (this.#failures.length === 0) this.#settle(() => this.#outcome.resolve(this.#results));
    else this.#fail(mapFailed(this.#failures, this.#next));
  }

  async #work(item: T, index: number): Promise<void> {
    this.#running++;
    try {
      this.#results[index] = await this.#worker(item, { index, signal: this.#controller.signal });
    } catch (error) {
      if (this.#outcome.errors === 'first') this.#fail(error);
      else this.#failures.push({ index, error });
    }
    this.#running--;
    await this.#pull();
  }

  #fail(error: unknown): void {
    this.#settle(() => {
      this.#controller.abort(error);
      this.#outcome.reject(error);
    });
  }

  #settle(end: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#stopListening();
    if (!this.#exhausted) void closed(this.#items);
    end();
  }

  #stopListening(): void {
    try {
      this.#outcome.signal?.removeEventListener('abort', this.#onAbort);
    } catch {
      // A signal of the user's own; the outcome is settled all the same.
    }
  }
}

interface Failure {
  readonly index: number;
  readonly error: unknown;
}

type Items<T> = Iterator<T, unknown> | AsyncIterator<T, unknown>;

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Items<T> {
  // A string is iterable and no object.
  const source = Object(items) as Iterable<T> | AsyncIterable<T>;
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

async function closed(iterator: Items<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // The outcome is settled; how the source closes does not change it.
  }
}

function checked(options: MapConcurrentOptions): MapConcurrentOptions {
  const owner = 'mapConcurrent()';
  rejectUnknownOptions(options, OPTIONS, owner);
  const { maxConcurrency = 8, errors = 'first', signal } = options;
  checkSignal(signal, owner);
  if (!((Number.isSafeInteger(maxConcurrency) || maxConcurrency === Number.POSITIVE_INFINITY) && maxConcurrency >= 1)) {
    throw invalidOption('maxConcurrency', owner, 'a whole number >= 1', maxConcurrency);
  }
  if (errors !== 'first' && errors !== 'all') throw invalidOption('errors', owner, "'first' or 'all'", errors);
  return options;
}

function mapFailed(failures: readonly Failure[], total: number): FlowError {
  const inOrder = failures.toSorted((one, other) => one.index - other.index);
  return new FlowError('MAP_FAILED', {
    message: `${failures.length} of ${total} items of mapConcurrent() failed`,
    cause: new AggregateError(inOrder.map(({ error }) => error)),
    metadata: { failed: inOrder.map(({ index }) => index), total },
  });
}

function isIterable(items: unknown): boolean {
  return (
    items !== null && items !== undefined && (Symbol.iterator in Object(items) || Symbol.asyncIterator in Object(items))
  );
}
