import { FlowError } from '../../index.js';
import type { PayloadCodec } from '../codec/payload-codec.js';
import { Fifo } from '../memory/fifo.js';

/** One item of `results()` of a client. */
export type ClientResult<Out> = {
  readonly traceId: string;
  readonly rootId: string;
} & ({ readonly value: Out; readonly error?: undefined } | { readonly error: FlowError; readonly value?: undefined });

interface About {
  readonly traceId: string;
  readonly rootId: string;
}

type Item = ClientResult<unknown>;
type Next = IteratorResult<Item, undefined>;

/** What comes of the emits of a client, for those who read `results()`; while nobody does it is not kept here. */
export class ClientResults {
  readonly #codec: PayloadCodec;
  readonly #items = new Fifo<Item>();
  readonly #readers = new Set<Reader>();
  readonly #asks = new Map<Reader, ((next: Next) => void)[]>();
  #isClosed = false;

  constructor(codec: PayloadCodec) {
    this.#codec = codec;
  }

  addValue(about: About, text: string): void {
    if (this.#readers.size === 0) return;
    try {
      this.#add({ ...about, value: this.#codec.decode(text) });
    } catch (error) {
      this.#add({ ...about, error: error as FlowError });
    }
  }

  addError(about: About, error: FlowError): void {
    if (this.#readers.size > 0) this.#add({ ...about, error });
  }

  open(): AsyncIterableIterator<Item> {
    const reader = new Reader(this);
    if (!this.#isClosed) this.#readers.add(reader);
    return reader;
  }

  next(reader: Reader): Promise<Next> {
    if (!this.#readers.has(reader)) return Promise.resolve({ done: true, value: undefined });
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve({ done: false, value: item });
    if (this.#isClosed) return this.leave(reader);
    return new Promise((resolve) => {
      const asks = this.#asks.get(reader) ?? [];
      asks.push(resolve);
      this.#asks.set(reader, asks);
    });
  }

  leave(reader: Reader): Promise<IteratorReturnResult<undefined>> {
    this.#readers.delete(reader);
    this.#endAsks(reader);
    // What nobody reads is not kept.
    if (this.#readers.size === 0) while (this.#items.shift() !== undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The client has stopped: what has come is still handed out. */
  close(): void {
    this.#isClosed = true;
    for (const reader of [...this.#asks.keys()]) this.#endAsks(reader);
  }

  #add(item: Item): void {
    for (const [reader, asks] of this.#asks) {
      const resolve = asks.shift();
      if (asks.length === 0) this.#asks.delete(reader);
      if (resolve === undefined) continue;
      resolve({ done: false, value: item });
      return;
    }
    this.#items.push(item);
  }

  #endAsks(reader: Reader): void {
    for (const resolve of this.#asks.get(reader) ?? []) resolve({ done: true, value: undefined });
    this.#asks.delete(reader);
  }
}

class Reader implements AsyncIterableIterator<Item> {
  readonly #results: ClientResults;

  constructor(results: ClientResults) {
    this.#results = results;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Next> {
    return this.#results.next(this);
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    return this.#results.leave(this);
  }
}
