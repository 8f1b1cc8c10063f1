import { readdirSync, readFileSync, statSync } from 'node:fs';

import { FlowError } from '../../../index.js';
import type { CarrierFile } from './carrier-file.js';
import { DeadLetterUpkeep } from './dead-letter-upkeep.js';
import type { Transaction } from './transaction.js';

const EVERY_MS = 1_000;
/** While there is more to forget than goes into one transaction. */
const SOON_MS = 20;
const ROWS = 500;
/** So many places in the order of messages are looked at in one transaction. */
const WINDOW = 2_000;
const CAST_MS = 5_000;
const LARGE_JOURNAL = 256 * 1_024 * 1_024;
/** SQLite's locks of those who read, in the file of shared memory: see https://www.sqlite.org/walformat.html */
const FIRST_READ_LOCK = 123;

/** Forgets what has had its time, a little at a time, and looks after the journal. */
export class Upkeep {
  readonly #file: CarrierFile;
  readonly #letters: DeadLetterUpkeep;
  #nextMs = 0;
  /** Ids up to this message have been looked at. */
  #cursor = 0;
  #isJournalLarge = false;

  constructor(file: CarrierFile) {
    this.#file = file;
    this.#letters = new DeadLetterUpkeep(file);
  }

  isDue(monotonicMs: number): boolean {
    return monotonicMs >= this.#nextMs || this.#letters.isDue(monotonicMs);
  }

  /** What is to be told, of a flow where it is of one. */
  problems(monotonicMs: number): readonly { readonly flow?: string; readonly error: FlowError }[] {
    const error = this.journalProblem();
    return [...(error === undefined ? [] : [{ error }]), ...this.#letters.problems(monotonicMs)];
  }

  /** In a transaction. */
  run(tx: Transaction): void {
    if (this.#letters.isDue(tx.monotonicMs)) this.#letters.run(tx);
    const { nowMs } = tx;
    const forgotten = this.#forgetIds(nowMs);
    const others =
      this.#forget('record', 'record', 'until', nowMs) +
      this.#forget('cast_text', 'n', 'at', nowMs - CAST_MS) +
      this.#file.prepare('delete from document where until <= ?').run(nowMs);
    const isMore = forgotten || others >= ROWS;
    tx.after(() => (this.#nextMs = tx.monotonicMs + (isMore ? SOON_MS : EVERY_MS * (0.8 + Math.random() * 0.4))));
  }

  /** The problem with the journal, once each time that it gets large. */
  journalProblem(): FlowError | undefined {
    const { file } = this.#file;
    const bytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    const wasLarge = this.#isJournalLarge;
    this.#isJournalLarge = bytes > LARGE_JOURNAL;
    return this.#isJournalLarge && !wasLarge ? largeJournal(file, bytes) : undefined;
  }

  /** @returns whether there is more */
  #forgetIds(nowMs: number): boolean {
    const to = this.#cursor + WINDOW;
    this.#file
      .prepare(
        `delete from message where seq > ? and seq <= ? and holder = -2 and until <= ?
        and (arrival is null or not exists (select 1 from message a where a.seq = message.arrival and a.holder > -2))`,
      )
      .run(this.#cursor, to, nowMs);
    const next = this.#file.prepare('select seq, until from message where seq > ? order by seq limit 1').get(to);
    const isMore = next !== undefined && Number(next['until']) <= nowMs;
    this.#cursor = isMore
      ? Number(next['seq']) - 1
      : Number(this.#file.prepare('select min(seq) as seq from message').get()?.['seq'] ?? 1) - 1;
    return isMore;
  }

  #forget(table: string, key: string, time: string, beforeMs: number): number {
    return this.#file
      .prepare(
        `delete from ${table} where ${key} in (select ${key} from ${table} where ${time} <= ? order by ${time} limit ${ROWS})`,
      )
      .run(beforeMs);
  }
}

function largeJournal(file: string, bytes: number): FlowError {
  const readers = readersOf(`${file}-shm`);
  const who = readers.length === 0 ? 'nobody who can be named reads it' : `it is read by ${readers.join(', ')}`;
  return new FlowError('CARRIER_JOURNAL_LARGE', {
    message: `The journal of the file ${JSON.stringify(file)} has ${Math.round(bytes / 1_048_576)} MB, as somebody reads in it for long: ${who}`,
    metadata: { file, bytes, readers },
  });
}

/** The processes that read right now, as far as the system tells. */
function readersOf(sharedMemory: string): readonly string[] {
  try {
    const { ino } = statSync(sharedMemory);
    const pids = new Set<string>();
    // 1: POSIX ADVISORY READ 4711 fd:01:12345 123 123
    for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
      const [, , , kind, pid = '', place = '', start = ''] = line.split(/\s+/);
      const isReader = kind === 'READ' && Number(start) >= FIRST_READ_LOCK;
      if (isReader && place.endsWith(`:${ino}`)) pids.add(pid);
    }
    return [...pids].map((pid) => `process ${pid}${nameOf(pid)}`);
  } catch {
    return [];
  }
}

function nameOf(pid: string): string {
  if (!readdirSync('/proc').includes(pid)) return '';
  return ` (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`;
}
