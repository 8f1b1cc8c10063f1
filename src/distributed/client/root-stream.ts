import type { PortStream, StreamChunk, StreamRestart } from '../../index.js';
import { Fifo } from '../memory/fifo.js';

type Piece<Out> = StreamChunk | StreamRestart | Out;
type Step<Out> = IteratorResult<Piece<Out>, Out | undefined>;

/** How a stream is over. */
export type StreamEnd =
  | { readonly kind: 'end'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A piece that waits for the reader. */
interface Item {
  readonly piece: unknown;
  readonly onTaken: () => void;
}

interface Ask<Out> {
  readonly resolve: (step: Step<Out> | Promise<never>) => void;
}

function ignore(): void {}

/** What `stream()` of a client returns: its reader takes piece after piece, and its inbox puts them there. */
export class RootStream<Out> implements PortStream<Out> {
  readonly traceId: string;
  /** Pieces that the reader has taken. */
  taken = 0;
  readonly #items = new Fifo<Item>();
  readonly #asks = new Fifo<Ask<Out>>();
  readonly #onLeft: () => void;
  /** Known, though pieces may wait before it. */
  #end: StreamEnd | undefined;
  /** The reader has had it. */
  #isOver = false;
  #result: Promise<Out | undefined> | undefined;
  #settle: ((end: StreamEnd) => void) | undefined;

  /** @param onLeft - told when the reader leaves before the end */
  constructor(traceId: string, onLeft: () => void) {
    this.traceId = traceId;
    this.#onLeft = onLeft;
  }

  /** Whether its end is known. */
  get hasEnd(): boolean {
    return this.#end !== undefined;
  }

  /** Pieces that wait for the reader. */
  get waiting(): number {
    return this.#items.size;
  }

  get result(): Promise<Out | undefined> {
    if (this.#result === undefined) {
      this.#result = new Promise<Out | undefined>((resolve, reject) => {
        this.#settle = (end) => {
          if (end.kind === 'end') resolve(end.value as Out | undefined);
          else reject(end.error as Error);
        };
      });
      // Whoever reads the loop hears of a failure there; `result` is for those who ask.
      this.#result.catch(ignore);
      this.#checkResult();
    }
    return this.#result;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step<Out>> {
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#checkResult();
      return Promise.resolve(this.#handOut(item));
    }
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    if (this.#end !== undefined) return this.#finish(this.#end);
    return new Promise((resolve) => {
      this.#asks.push({ resolve });
    });
  }

  return(value?: Out | PromiseLike<Out>): Promise<Step<Out>> {
    const given = Promise.resolve(value);
    given.catch(ignore);
    if (!this.#isOver) {
      const isEarly = this.#end === undefined;
      this.#isOver = true;
      this.#end = { kind: 'end', value: given };
      this.drop();
      this.#endAsks();
      this.#checkResult();
      if (isEarly) this.#onLeft();
    }
    return given.then((settled) => ({ done: true, value: settled }));
  }

  /** @param onTaken - told when the reader takes it */
  push(piece: unknown, onTaken: () => void): void {
    if (this.#end !== undefined) return;
    const ask = this.#asks.shift();
    if (ask === undefined) this.#items.push({ piece, onTaken });
    else ask.resolve(this.#handOut({ piece, onTaken }));
  }

  /** Nothing comes any more. */
  end(end: StreamEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#checkResult();
    const first = this.#asks.shift();
    if (first === undefined) return;
    first.resolve(this.#finish(end) as Promise<never>);
    this.#endAsks();
  }

  /** Throws away what waits for the reader. */
  drop(): void {
    while (this.#items.shift() !== undefined);
  }

  #handOut({ piece, onTaken }: Item): Step<Out> {
    this.taken++;
    onTaken();
    return { done: false, value: piece as Piece<Out> };
  }

  #finish(end: StreamEnd): Promise<Step<Out>> {
    this.#isOver = true;
    if (end.kind === 'end') return Promise.resolve({ done: true, value: end.value as Out | undefined });
    return Promise.reject(end.error as Error);
  }

  /** A value is known when the pieces before it were read, a failure at once. */
  #checkResult(): void {
    const end = this.#end;
    if (end !== undefined && (end.kind === 'failed' || this.#items.size === 0)) this.#settle?.(end);
  }

  #endAsks(): void {
    for (let ask = this.#asks.shift(); ask !== undefined; ask = this.#asks.shift()) {
      ask.resolve({ done: true, value: undefined });
    }
  }
}
