import type { AttemptSpan, TracedMessage } from '../../ports/flow-tracer.js';

/** So many messages before it a message remembers; those before are summed up in a key. */
const LONGEST_CHAIN = 32;

/** A message of a run that somebody follows, on its way: one for all nodes and attempts that it comes to. */
export class SentMessage implements TracedMessage {
  /** Of one from outside its id, or how to find it; else what it came from, or the key of that: few are ever read. */
  #parent: SentMessage | string | (() => string) | undefined;
  /** Which one it is of those that an attempt sends, or the key that the node gave it. */
  readonly #which: number | string;
  /** How many before it are remembered. */
  readonly #depth: number;

  private constructor(
    readonly number: number,
    readonly sentMs: number,
    readonly payload: unknown,
    /** The attempt that sent it. */
    readonly sender: AttemptSpan | undefined,
    readonly from: string | undefined,
    parent: SentMessage | string | (() => string) | undefined,
    which: number | string,
    depth: number,
  ) {
    this.#parent = parent;
    this.#which = which;
    this.#depth = depth;
  }

  /** One that comes from outside; without an id it gets one when somebody asks. */
  static fromOutside(
    number: number,
    sentMs: number,
    payload: unknown,
    id: string | (() => string) | undefined,
  ): SentMessage {
    return new SentMessage(number, sentMs, payload, undefined, undefined, id, 0, 0);
  }

  /**
   * One that is sent by a node.
   *
   * @param parent - the message that the node works on
   * @param which - its place among those that the attempt sends, or the key that the node gave it
   */
  static fromNode(
    number: number,
    sentMs: number,
    payload: unknown,
    sender: AttemptSpan | undefined,
    from: string,
    parent: SentMessage,
    which: number | string,
  ): SentMessage {
    const depth = parent.#depth + 1;
    if (depth < LONGEST_CHAIN) return new SentMessage(number, sentMs, payload, sender, from, parent, which, depth);
    return new SentMessage(number, sentMs, payload, sender, from, parent.keyAt(from), which, 0);
  }

  /** What the work of a node on it is known by. */
  keyAt(node: string): string {
    const parent = this.#parent;
    if (this.from === undefined) return this.#ownId();
    const parentKey = parent instanceof SentMessage ? parent.keyAt(this.from) : parent;
    // As JSON, so that no two lists of parts look alike.
    const parts = JSON.stringify([parentKey, this.from, node, this.#which]);
    // Not loaded before: a program that asks for no key needs no OpenSSL.
    const { createHash } = process.getBuiltinModule('node:crypto');
    return createHash('sha256').update(parts).digest('hex').slice(0, 32);
  }

  #ownId(): string {
    const id = (this.#parent ??= crypto.randomUUID()) as string | (() => string);
    if (typeof id === 'string') return id;
    return (this.#parent = id());
  }
}
