import type { DeadLetter, DeadLetterQuery } from '../carrier/messages.js';
import { invalidOption } from '../option-check.js';
import type { Row } from './row.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** The dead letters of a flow, oldest first. */
export class DeadLetterShelf {
  readonly #letters = new Map<number, DeadLetter>();
  readonly #counts = new Map<string, number>();
  #last = 0;

  add({ message }: Row, reason: string, deadMs: number): void {
    const { id, queue, head, body } = message;
    this.#last += 1;
    this.#letters.set(this.#last, { id: String(this.#last), messageId: id, queue, head, body, reason, deadMs });
    this.#counts.set(queue, this.count(queue) + 1);
  }

  count(queue: string): number {
    return this.#counts.get(queue) ?? 0;
  }

  list({ queue, after = '0', limit = DEFAULT_LIMIT }: DeadLetterQuery): readonly DeadLetter[] {
    const from = Number(after);
    if (!Number.isInteger(from)) throw invalidOption('after', 'dead.list()', 'the id of a dead letter', after);
    if (!(limit >= 1)) throw invalidOption('limit', 'dead.list()', '>= 1', limit);
    const found: DeadLetter[] = [];
    for (const [number, letter] of this.#letters) {
      if (found.length >= Math.min(limit, MAX_LIMIT)) break;
      if (number > from && (queue ?? letter.queue) === letter.queue) found.push(letter);
    }
    return found;
  }

  read(id: string): DeadLetter | undefined {
    return this.#letters.get(Number(id));
  }

  discard(ids: readonly string[]): number {
    const found = ids.filter((id) => this.#discard(id));
    return found.length;
  }

  #discard(id: string): boolean {
    const letter = this.read(id);
    if (letter === undefined) return false;
    this.#letters.delete(Number(id));
    this.#counts.set(letter.queue, this.count(letter.queue) - 1);
    return true;
  }
}
