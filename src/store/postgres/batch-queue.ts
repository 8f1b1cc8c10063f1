import { FlowError } from '../../index.js';
import type { WriteOutcome } from '../flow-store.js';
import type { StoreBatch } from '../rows.js';

/** What a transaction may hold of batches that wait: beyond this it gets no faster, and others wait for its locks. */
const MAX_ROWS = 4_000;
const MAX_BYTES = 4 * 2 ** 20;

/** Writes batches of one runner in one transaction, all of them or none. */
type Write = (batches: readonly StoreBatch[]) => Promise<readonly WriteOutcome[]>;

interface Waiting {
  readonly batch: StoreBatch;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Batches of a runner are written in the order in which they came; those that wait go into one transaction, which costs little more than one
 * of them. When one cannot be written, so cannot those that wait behind it, and come again in their order. Batches of several runners are
 * written at a time.
 */
export class BatchQueue {
  readonly #write: Write;
  readonly #waiting = new Map<number, Waiting[]>();
  readonly #working = new Set<Promise<void>>();

  constructor(write: Write) {
    this.#write = write;
  }

  async write(batch: StoreBatch): Promise<WriteOutcome> {
    return new Promise((resolve, reject) => {
      const mine = { batch, resolve, reject };
      const before = this.#waiting.get(batch.runner);
      if (before !== undefined) {
        before.push(mine);
        return;
      }
      this.#waiting.set(batch.runner, [mine]);
      const working = this.#work(batch.runner).finally(() => this.#working.delete(working));
      this.#working.add(working);
    });
  }

  /** Resolves when what waits now has been answered. */
  async settled(): Promise<void> {
    await Promise.all(this.#working);
  }

  async #work(runner: number): Promise<void> {
    const waiting = this.#waiting.get(runner)!;
    /** So many go one by one, to find the one with a row that is refused. */
    let singly = 0;
    while (waiting.length > 0) {
      const group = waiting.splice(0, singly > 0 ? 1 : howManyTogether(waiting));
      singly = Math.max(0, singly - 1);
      try {
        const outcomes = await this.#write(group.map(({ batch }) => batch));
        for (const [index, { resolve }] of group.entries()) resolve(outcomes[index]!);
      } catch (error) {
        if (!FlowError.is(error, 'STORE_ROW_REFUSED')) {
          // Stored before it, what waits behind would make it one that is repeated.
          for (const { reject } of [...group, ...waiting.splice(0)]) reject(error);
        } else if (group.length === 1) group[0]!.reject(error);
        else {
          waiting.unshift(...group);
          singly = group.length;
        }
      }
    }
    this.#waiting.delete(runner);
  }
}

/** Batches under one epoch whose numbers go up. */
function howManyTogether(waiting: readonly Waiting[]): number {
  let [rows, bytes, count] = [0, 0, 0];
  for (; count < waiting.length; count += 1) {
    const { batch } = waiting[count]!;
    const before = waiting[count - 1]?.batch;
    if (before !== undefined && (batch.epoch !== before.epoch || batch.number <= before.number)) break;
    rows += rowsOf(batch);
    bytes += bytesOf(batch);
    if (count > 0 && (rows > MAX_ROWS || bytes > MAX_BYTES)) break;
  }
  return count;
}

function rowsOf({ runs, labels, attempts, messages, payloads, events, lines }: StoreBatch): number {
  const tables = [runs, labels, attempts, messages, payloads, events, lines];
  return tables.reduce((sum, rows) => sum + (rows?.length ?? 0), 0);
}

function bytesOf({ payloads = [] }: StoreBatch): number {
  return payloads.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
}
