import type { SqlDatabase } from './database.js';
import { storedText } from '../stored-text.js';
import type { NameKind } from '../sql/names.js';

/** Names that are kept in memory; there are few but where tenants come and go. */
const MAX_CACHED = 20_000;

/** Numbers of names, for the connection that writes. */
export class NameWriter {
  readonly #database: SqlDatabase;
  readonly #ids: readonly [Map<string, number>, Map<string, number>] = [new Map(), new Map()];
  #epoch = -1;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** To be called in each transaction: names may have been deleted, or never been written after all. */
  refresh(): void {
    const epoch = Number(this.#database.prepare("select value from meta where key = 'names_epoch'").get()?.['value']);
    if (epoch !== this.#epoch) this.forget();
    this.#epoch = epoch;
  }

  /** After a transaction that came to nothing. */
  forget(): void {
    this.#epoch = -1;
    for (const ids of this.#ids) ids.clear();
  }

  readonly idOf = (kind: NameKind, text: string): number => {
    const ids = this.#ids[kind];
    return ids.get(text) ?? this.#add(ids, kind, text);
  };

  #add(ids: Map<string, number>, kind: NameKind, text: string): number {
    const stored = storedText(text);
    const find = this.#database.prepare('select id from name where kind = ? and text = ?');
    let found = find.get(kind, stored);
    if (found === undefined) {
      this.#database.prepare('insert into name (kind, text) values (?, ?)').run(kind, stored);
      found = find.get(kind, stored);
    }
    const id = Number(found?.['id']);
    if (ids.size >= MAX_CACHED) ids.clear();
    ids.set(text, id);
    return id;
  }
}

/** Names of numbers, for a connection that reads. A number means one name for ever. */
export class NameReader {
  readonly #database: SqlDatabase;
  readonly #texts = new Map<number, string>();

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Not kept: a tenant that was forgotten and comes again has another number. */
  readonly findId = (kind: NameKind, text: string): number | undefined => {
    const found = this.#database.prepare('select id from name where kind = ? and text = ?').get(kind, storedText(text));
    return found === undefined ? undefined : Number(found['id']);
  };

  readonly textOf = (id: number): string => {
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    const text = String(this.#database.prepare('select text from name where id = ?').get(id)?.['text']);
    if (this.#texts.size >= MAX_CACHED) this.#texts.clear();
    this.#texts.set(id, text);
    return text;
  };
}
