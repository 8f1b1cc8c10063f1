import type { AttemptSpan, TracedMessage } from '../../ports/flow-tracer.js';

/** So many messages before it a message remembers; those before are summed up in a key. */
const LONGEST_CHAIN = 32;

/** What a message is known by from one run of the same work to the next. */
interface Lineage {
  /** The key of what it came from, or how to find it: few are ever read. */
  readonly parent: SentMessage | string;
  readonly from: string;
  /** Which one it is of those that an attempt sends, or the key that the node gave it. */
  readonly which: number | string;
  /** How many before it are remembered. */
  readonly depth: number;
}

/** A message of a run that somebody follows, on its way: one for all nodes and attempts that it comes to. */
export class SentMessage implements TracedMessage {
  #id: string | (() => string) | undefined;
  readonly #lineage: Lineage | undefined;

  private constructor(
    readonly number: number,
    readonly sentMs: number,
    readonly payload: unknown,
    /** The attempt that sent it. */
    readonly sender: AttemptSpan | undefined,
    readonly from: string | undefined,
    id: string | (() => string) | undefined,
    lineage: Lineage | undefined,
  ) {
    this.#id = id;
    this.#lineage = lineage;
  }

  /** One that comes from outside; without an id it gets one when somebody asks. */
  static fromOutside(
    number: number,
    sentMs: number,
    payload: unknown,
    id: string | (() => string) | undefined,
  ): SentMessage {
    return new SentMessage(number, sentMs, payload, undefined, undefined, id, undefined);
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
    const lineage =
      depth < LONGEST_CHAIN ? { parent, from, which, depth } : { parent: parent.keyAt(from), from, which, depth: 0 };
    return new SentMessage(number, sentMs, payload, sender, from, undefined, lineage);
  }

  get #depth(): number {
    return this.#lineage?.depth ?? 0;
  }

  /** What the work of a node on it is known by. */
  keyAt(node: string): string {
    if (this.#lineage === undefined) return this.#ownId();
    const { parent, from, which } = this.#lineage;
    const parentKey = typeof parent === 'string' ? parent : parent.keyAt(from);
    // As JSON, so that no two lists of parts look alike.
    const parts = JSON.stringify([parentKey, from, node, which]);
    // Not loaded before: a program that asks for no key needs no OpenSSL.
    const { createHash } = process.getBuiltinModule('node:crypto');
    return createHash('sha256').update(parts).digest('hex').slice(0, 32);
  }

  #ownId(): string {
    const id = (this.#id ??= crypto.randomUUID());
    if (typeof id === 'string') return id;
    return (this.#id = id());
  }
}
