import { sendError } from '../../../store/thread/thread-protocol.js';
import type { Call, Report } from '../thread-protocol.js';
import type { ThreadSession } from './thread-session.js';

/** What goes on in one transaction; all that is to be known outside of the file happens when it has been stored. */
export class Transaction {
  /** By the wall clock, which is that of the engine. */
  readonly nowMs = Date.now();
  readonly monotonicMs = performance.now();
  readonly #effects: (() => void)[] = [];
  readonly #undoings: (() => void)[] = [];
  /** Says something at once: for what happens after the transaction. */
  readonly post: (report: Report) => void;
  /** Sessions whose lease was found to be over in it. */
  readonly lost = new Set<ThreadSession>();
  /** When the first of what was put off in it is due; Infinity when nothing was. */
  dueMs = Infinity;
  hasRecords = false;
  hasCasts = false;

  constructor(post: (report: Report) => void) {
    this.post = post;
  }

  after(effect: () => void): void {
    this.#effects.push(effect);
  }

  /** What is to be done when it fails. */
  undo(undoing: () => void): void {
    this.#undoings.push(undoing);
  }

  say(report: Report): void {
    this.#effects.push(() => this.post(report));
  }

  answer({ session, id }: Call, value: unknown): void {
    this.say({ kind: 'answer', session, id, value });
  }

  refuse({ session, id }: Call, error: unknown): void {
    this.say({ kind: 'refusal', session, id, error: sendError(error) });
  }

  /** It is stored. */
  done(): void {
    for (const effect of this.#effects) effect();
  }

  /** Nothing of it is. */
  failed(): void {
    for (const undoing of this.#undoings.toReversed()) undoing();
  }
}
