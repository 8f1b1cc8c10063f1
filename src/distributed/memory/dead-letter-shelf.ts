import type { FlowError } from '../../index.js';
import { DEAD_MS, DroppedLetters, MOST_DEAD } from '../carrier/dead-letter-limits.js';
import type { DeadLetter, DeadLetterQuery } from '../carrier/messages.js';
import { invalidOption } from '../option-check.js';
import type { MemoryEngine } from './memory-engine.js';
import type { Row } from './row.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** The dead letters of a flow, oldest first. */
export class DeadLetterShelf {
  readonly #engine: Pick<MemoryEngine, 'nowMs' | 'elapsedMs'>;
  readonly #dropped: DroppedLetters;
  readonly #onProblem: (problem: FlowError) => void;
  readonly #letters = new Map<number, DeadLetter>();
  readonly #counts = new Map<string, number>();
  #last = 0;

  /** @param onProblem - told how many had to go */
  constructor(
    flow: string,
    engine: Pick<MemoryEngine, 'nowMs' | 'elapsedMs'>,
    onProblem: (problem: FlowError) => void,
  ) {
    this.#engine = engine;
    this.#dropped = new DroppedLetters(flow);
    this.#onProblem = onProblem;
  }

  add({ message }: Pick<Row, 'message'>, reason: string, deadMs: number): void {
    const { id, queue, head, body } = message;
    this.#last += 1;
    this.#letters.set(this.#last, { id: String(this.#last), messageId: id, queue, head, body, reason, deadMs });
    this.#counts.set(queue, this.#count(queue) + 1);
    this.#trim();
  }

  count(queue: string): number {
    this.#trim();
    return this.#count(queue);
  }

  list({ queue, after = '0', limit = DEFAULT_LIMIT }: DeadLetterQuery): readonly DeadLetter[] {
    const from = Number(after);
    if (!Number.isInteger(from)) throw invalidOption('after', 'dead.list()', 'the id of a dead letter', after);
    if (!(limit >= 1)) throw invalidOption('limit', 'dead.list()', '>= 1', limit);
    this.#trim();
    const found: DeadLetter[] = [];
    for (const [number, letter] of this.#letters) {
      if (found.length >= Math.min(limit, MAX_LIMIT)) break;
      if (number > from && (queue ?? letter.queue) === letter.queue) found.push(letter);
    }
    return found;
  }

  read(id: string): DeadLetter | undefined {
    this.#trim();
    return this.#letters.get(Number(id));
  }

  discard(ids: readonly string[]): number {
    const found = ids.filter((id) => this.#discard(id));
    return found.length;
  }

  #discard(id: string): boolean {
    const letter = this.#letters.get(Number(id));
    if (letter === undefined) return false;
    this.#letters.delete(Number(id));
    this.#counts.set(letter.queue, this.#count(letter.queue) - 1);
    return true;
  }

  #count(queue: string): number {
    return this.#counts.get(queue) ?? 0;
  }

  /** The oldest ones go when their time is over, or when there are too many. */
  #trim(): void {
    const agedMs = this.#engine.nowMs - DEAD_MS;
    for (const [number, { deadMs }] of this.#letters) {
      if (deadMs > agedMs && this.#letters.size <= MOST_DEAD) break;
      this.#discard(String(number));
      this.#dropped.add(1);
    }
    const problem = this.#dropped.problem(this.#engine.elapsedMs);
    if (problem !== undefined) this.#onProblem(problem);
  }
}
