import type { StoredDocument } from '../../carrier/records.js';
import type { SqlRecord } from '../../../store/sql/sql-value.js';
import type { CarrierFile } from './carrier-file.js';
import { textIn, textOut } from './text-column.js';

const WRITE = `insert into document (ns, key, body, rev, until) values (?, ?, ?, ?, ?)
  on conflict (ns, key) do update set body = excluded.body, rev = excluded.rev, until = excluded.until`;

/** Documents with compare-and-set. */
export class DocumentTable {
  readonly #file: CarrierFile;
  readonly #ns: string;

  constructor(file: CarrierFile, ns: string) {
    this.#file = file;
    this.#ns = ns;
  }

  read(key: string, nowMs: number): StoredDocument | undefined {
    const found = this.#file
      .prepare('select key, body, rev from document where ns = ? and key = ? and (until is null or until > ?)')
      .get(this.#ns, key, nowMs);
    return found === undefined ? undefined : documentOf(found);
  }

  write(key: string, body: string, rev: number, untilMs: number | undefined, nowMs: number): boolean {
    if ((this.read(key, nowMs)?.rev ?? 0) !== rev) return false;
    const next = this.#file.prepare('update revision set rev = rev + 1 returning rev').get()?.['rev'] ?? 0;
    this.#file.prepare(WRITE).run(this.#ns, key, textIn(body), next, untilMs ?? null);
    return true;
  }

  delete(key: string, rev: number, nowMs: number): boolean {
    if (this.read(key, nowMs)?.rev !== rev) return false;
    return this.#file.prepare('delete from document where ns = ? and key = ?').run(this.#ns, key) === 1;
  }

  list(prefix: string, nowMs: number): readonly StoredDocument[] {
    const rows = this.#file
      .prepare(
        'select key, body, rev from document where ns = ? and key >= ? and key < ? and (until is null or until > ?) order by key',
      )
      .all(this.#ns, prefix, endOf(prefix), nowMs);
    return rows.map(documentOf);
  }
}

/** What comes after all keys that begin so. */
export function endOf(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

function documentOf(row: SqlRecord): StoredDocument {
  return Object.freeze({ key: String(row['key']), body: textOut(row['body']), rev: Number(row['rev']) });
}
