import { setImmediate, setTimeout } from 'node:timers/promises';

import { resultCode, RESULT, type SqlDatabase, type SqlStatement } from './database.js';
import { storeError } from './store-error.js';

/** Waits; in a thread of its own it may block. */
export type Pause = (ms: number) => Promise<void> | void;

/** How long another process may hold the file before we say so. */
const GIVE_UP_MS = 5_000;
/** After this a transaction that reads ends, and another one begins. */
const BREATHE_MS = 100;
const MIN_PAUSE_MS = 0.3;
const MAX_PAUSE_MS = 1.3;
const BUSY: ReadonlySet<number | undefined> = new Set([RESULT.BUSY, RESULT.LOCKED, RESULT.PROTOCOL]);

/**
 * A connection to the file. SQLite's own way of waiting for a lock lets one process starve: it is turned off, and whoever finds the file
 * locked tries again after a moment that is a little different each time.
 */
export class Connection {
  readonly database: SqlDatabase;
  readonly file: string;
  readonly #pause: Pause;
  readonly #nowMs: () => number;
  #readingSinceMs = 0;
  /** What writes has come in this order, and is done in it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: SqlDatabase, file: string, pause: Pause, nowMs = (): number => performance.now()) {
    this.database = database;
    this.file = file;
    this.#pause = pause;
    this.#nowMs = nowMs;
  }

  prepare(sql: string): SqlStatement {
    return this.database.prepare(sql);
  }

  /** All of it or nothing; others write before or after it. */
  async write<Result>(body: () => Result): Promise<Result> {
    return this.#inTurn(async () => {
      await this.#retrying(() => this.database.exec('begin immediate'));
      try {
        const result = body();
        this.database.exec('commit');
        return result;
      } catch (error) {
        this.#rollBack();
        throw error;
      }
    });
  }

  /** Without a transaction around it. */
  async outside<Result>(body: () => Result): Promise<Result> {
    return this.#inTurn(() => this.#retrying(body));
  }

  /** Several statements that see the same. */
  async read<Result>(body: () => Result): Promise<Result> {
    return this.#retrying(() => {
      this.#beginReading();
      try {
        return body();
      } finally {
        this.#rollBack();
      }
    });
  }

  /** To be called between statements that need not see the same: what reads for long keeps the journal from being emptied. */
  breathe(): void {
    if (this.#nowMs() - this.#readingSinceMs < BREATHE_MS) return;
    this.#rollBack();
    this.#beginReading();
  }

  /** Between the turns of something long: what has come meanwhile is done first. */
  async letOthers(): Promise<void> {
    await setImmediate();
  }

  /** Until somebody else may be done. */
  async rest(): Promise<void> {
    await this.#pause(MIN_PAUSE_MS + Math.random() * (MAX_PAUSE_MS - MIN_PAUSE_MS));
  }

  #beginReading(): void {
    this.#readingSinceMs = this.#nowMs();
    this.database.exec('begin');
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #retrying<Result>(body: () => Result): Promise<Result> {
    const startedMs = this.#nowMs();
    for (;;) {
      try {
        return body();
      } catch (error) {
        if (!BUSY.has(resultCode(error))) throw error;
        if (this.#nowMs() - startedMs > GIVE_UP_MS) {
          throw storeError(
            'STORE_UNAVAILABLE',
            this.file,
            `another process has held its lock for ${GIVE_UP_MS / 1_000} s`,
            error,
          );
        }
      }
      await this.rest();
    }
  }

  #rollBack(): void {
    try {
      this.database.exec('rollback');
    } catch {
      // SQLite has done so itself: after a full disk, for one.
    }
  }
}

/** Blocks the thread, which has nothing else to do: a timer cannot wait for less than a millisecond. */
export function pauseThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Lets others go on: for the thread of the flow. */
export async function pauseTurn(ms: number): Promise<void> {
  await setTimeout(ms);
}
