import { FlowError } from '../../index.js';
import { notDecodable, notEncodable, tooLarge } from './codec-error.js';
import { PayloadDecoder } from './payload-decoder.js';
import { PayloadEncoder } from './payload-encoder.js';
import type { TypeBook } from './type-book.js';

/** What the `meta` of a message may have, in bytes. */
const META_BYTES = 16_384;

/**
 * Payloads as text and back: JSON in which what JSON does not know stands in objects with one key, which begins with `$`. Equal text is
 * made of equal values, and of values whose fields, elements and entries stand in the same order; what is shared is written twice.
 */
export class PayloadCodec {
  readonly #types: TypeBook;
  readonly #maxBytes: number;

  /** @param maxBytes - that a text may have, in UTF-8 */
  constructor(types: TypeBook, maxBytes: number) {
    this.#types = types;
    this.#maxBytes = maxBytes;
  }

  /** @throws FlowError `NOT_ENCODABLE`, `MESSAGE_TOO_LARGE` */
  encode(payload: unknown): string {
    return this.#encode(payload, this.#maxBytes, 'A payload');
  }

  /**
   * The `meta` of a message, which has a limit of its own: it goes with every message of its trace.
   *
   * @throws FlowError `NOT_ENCODABLE`, `MESSAGE_TOO_LARGE`
   */
  encodeMeta(meta: Readonly<Record<string, unknown>>): string {
    return this.#encode(meta, Math.min(META_BYTES, this.#maxBytes), '`meta` of a message');
  }

  /** @throws FlowError `NOT_DECODABLE`, `UNKNOWN_TYPE` */
  decode(text: string): unknown {
    if (text.length > this.#maxBytes) throw notDecodable([], `larger than ${this.#maxBytes} bytes`);
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      // What the platform says quotes the text.
      throw notDecodable([], 'no JSON');
    }
    return new PayloadDecoder(this.#types).fromJson(json);
  }

  #encode(value: unknown, maxBytes: number, what: string): string {
    const text = textOf(value, new PayloadEncoder(this.#types, maxBytes, what));
    const bytes = Buffer.byteLength(text);
    if (bytes > maxBytes) throw tooLarge(maxBytes, what, bytes);
    return text;
  }
}

function textOf(value: unknown, encoder: PayloadEncoder): string {
  try {
    return JSON.stringify(encoder.toJson(value));
  } catch (cause) {
    if (FlowError.is(cause)) throw cause;
    // A getter or a proxy of the user's; or a text longer than the platform can make.
    const what = 'something that cannot be read to its end';
    throw notEncodable([], { what, kind: 'unreadable', hint: 'Read `cause` for what was thrown.', cause });
  }
}
