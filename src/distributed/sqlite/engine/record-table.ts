import type { RecordTopic, StoredRecord } from '../../carrier/records.js';
import type { SqlRecord } from '../../../store/sql/sql-value.js';
import type { CarrierFile } from './carrier-file.js';
import { endOf } from './document-table.js';
import type { Listener } from './thread-session.js';
import { textIn, textOut } from './text-column.js';

const ADD = `insert into record (ns, topic, key, id, body, stored, until) values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing`;
const FORGET = 'delete from record where ns = ? and topic = ? and key = ? and id = ? and until <= ?';
const AFTER = `select record, key, id, body, stored from record
  where record > ? and ns = ? and topic = ? and key >= ? and key < ? and until > ? order by record limit ?`;
const OF_KEY = `select record, key, id, body, stored from record where ns = ? and topic = ? and key = ? and until > ? order by record`;
const CASTS_AFTER = `select n, topic, body from cast_text where n > ? and ns = ? and topic >= ? and topic < ? order by n limit ?`;

/** Read at a time. */
const PAGE = 256;

/** Records, which are heard by all who want to, and casts, which are there for a moment only. */
export class RecordTable {
  readonly #file: CarrierFile;
  readonly #ns: string;

  constructor(file: CarrierFile, ns: string) {
    this.#file = file;
    this.#ns = ns;
  }

  add(topic: RecordTopic, key: string, id: string, body: string, ttlS: number, nowMs: number): void {
    this.#file.prepare(FORGET).run(this.#ns, topic, key, id, nowMs);
    this.#file.prepare(ADD).run(this.#ns, topic, key, id, textIn(body), nowMs, nowMs + ttlS * 1_000);
  }

  of(topic: RecordTopic, key: string, nowMs: number): readonly StoredRecord[] {
    return this.#file.prepare(OF_KEY).all(this.#ns, topic, key, nowMs).map(recordOf);
  }

  cast(topic: string, body: string, nowMs: number): void {
    this.#file
      .prepare('insert into cast_text (ns, topic, body, at) values (?, ?, ?, ?)')
      .run(this.#ns, topic, textIn(body), nowMs);
  }

  /** Tells what has come since a listener was told last. */
  tell(listener: Listener, topic: RecordTopic, nowMs: number, on: (record: StoredRecord) => void): void {
    const { prefix } = listener;
    const last = this.#last('record');
    listener.cursor ??= last;
    for (;;) {
      const rows = this.#file.prepare(AFTER).all(listener.cursor, this.#ns, topic, prefix, endOf(prefix), nowMs, PAGE);
      for (const row of rows) {
        on(recordOf(row));
        listener.cursor = Number(row['record']);
      }
      if (rows.length < PAGE) break;
    }
    listener.cursor = Math.max(listener.cursor, last);
  }

  tellCasts(listener: Listener, on: (topic: string, body: string) => void): void {
    const { prefix } = listener;
    const last = this.#last('cast_text');
    listener.cursor ??= last;
    for (;;) {
      const rows = this.#file.prepare(CASTS_AFTER).all(listener.cursor, this.#ns, prefix, endOf(prefix), PAGE);
      for (const row of rows) {
        on(String(row['topic']), textOut(row['body']));
        listener.cursor = Number(row['n']);
      }
      if (rows.length < PAGE) break;
    }
    listener.cursor = Math.max(listener.cursor, last);
  }

  /** That of the last record, or cast, that there has been. */
  #last(table: 'record' | 'cast_text'): number {
    return Number(this.#file.prepare('select seq from sqlite_sequence where name = ?').get(table)?.['seq'] ?? 0);
  }
}

function recordOf(row: SqlRecord): StoredRecord {
  return Object.freeze({
    key: String(row['key']),
    id: String(row['id']),
    body: textOut(row['body']),
    storedMs: Number(row['stored']),
  });
}
