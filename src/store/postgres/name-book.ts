import { createHash } from 'node:crypto';

import { NAME, TENANT, type FindId, type IdOf, type NameKind, type TextOf } from '../sql/names.js';
import { storedText } from '../stored-text.js';
import type { Session } from './session.js';

/** Names that are kept in memory; there are few but where tenants come and go. */
const MAX_CACHED = 20_000;
/** Longer texts have a hash in their key, which is one more character long than any text that is its own. */
const LONGEST_KEY = 200;

interface Wanted {
  readonly kind: NameKind;
  readonly text: string;
}

/** Numbers of names, and names of numbers. What is looked up in the middle of rows is found out before, all at once. */
export class NameBook {
  /** By kind and text, as of this epoch: names may have been deleted since. */
  #ids = new Map<string, number>();
  #epoch = -1;
  /** A number means one name for ever. */
  readonly #texts = new Map<number, string>();

  /**
   * Makes rows whose names have numbers; those that have none get one.
   * @param epoch - how often names have been deleted, as this transaction sees it
   * @returns the rows, and what is to be called when the transaction has come to an end
   */
  async encode<Rows>(
    session: Session,
    epoch: number,
    make: (idOf: IdOf) => Rows,
  ): Promise<{ readonly rows: Rows; readonly keep: () => void }> {
    if (epoch !== this.#epoch) this.#ids = new Map();
    this.#epoch = epoch;
    const known = this.#ids;
    const found = new Map<string, number>();
    const wanted = new Map<string, Wanted>();
    const idOf: IdOf = (kind, text) => {
      const name = nameOf(kind, text);
      const id = known.get(name) ?? found.get(name);
      if (id === undefined) wanted.set(name, { kind, text });
      return id ?? 0;
    };
    let rows = make(idOf);
    if (wanted.size > 0) {
      await fetchIds(session, wanted, found);
      rows = make(idOf);
    }
    return { rows, keep: () => this.#keep(epoch, found) };
  }

  /** Not kept: a tenant that was forgotten and comes again has another number. */
  async finder(session: Session, names: readonly string[]): Promise<FindId> {
    const ids = await idsOf(session, names);
    return (kind, text) => ids.get(`${kind} ${keyOf(text)}`);
  }

  async decode<Rows>(session: Session, make: (textOf: TextOf) => Rows): Promise<Rows> {
    const unknown = new Set<number>();
    const texts = new Map<number, string>();
    const textOf: TextOf = (id) => {
      const text = this.#texts.get(id) ?? texts.get(id);
      if (text === undefined) unknown.add(id);
      return String(text);
    };
    const rows = make(textOf);
    if (unknown.size === 0) return rows;
    for (const { id, text } of await session.all('select id, text from @name where id = any(?::int4[])', [
      ...unknown,
    ])) {
      texts.set(Number(id), String(text));
    }
    const decoded = make(textOf);
    if (this.#texts.size + texts.size > MAX_CACHED) this.#texts.clear();
    for (const [id, text] of texts) this.#texts.set(id, text);
    return decoded;
  }

  #keep(epoch: number, found: ReadonlyMap<string, number>): void {
    if (epoch !== this.#epoch) return;
    if (this.#ids.size + found.size > MAX_CACHED) this.#ids.clear();
    for (const [name, id] of found) this.#ids.set(name, id);
  }
}

/** The number of a tenant; undefined where it has none. */
export async function tenantIdOf(session: Session, tenant: string): Promise<number | undefined> {
  const found = await session.get('select id from @name where kind = ? and key = ?', TENANT, keyOf(tenant));
  return found === undefined ? undefined : Number(found['id']);
}

/** All in one statement and one order: two who add the same names wait for each other once. */
async function fetchIds(
  session: Session,
  wanted: ReadonlyMap<string, Wanted>,
  found: Map<string, number>,
): Promise<void> {
  const look = async (): Promise<Wanted[]> => {
    const ids = await idsOf(
      session,
      [...wanted.values()].map(({ text }) => text),
    );
    for (const [name, { kind, text }] of wanted) {
      const id = ids.get(`${kind} ${keyOf(text)}`);
      if (id !== undefined) found.set(name, id);
    }
    return [...wanted].filter(([name]) => !found.has(name)).map(([, each]) => each);
  };
  const missing = await look();
  if (missing.length === 0) return;
  const unique = [...new Map(missing.map((each) => [`${each.kind} ${keyOf(each.text)}`, each])).values()];
  await session.run(
    `insert into @name (kind, key, text) select * from unnest(?::int2[], ?::text[], ?::text[]) as t(kind, key, text)
    order by kind, key collate "C" on conflict (kind, key) do nothing`,
    unique.map(({ kind }) => kind),
    unique.map(({ text }) => keyOf(text)),
    unique.map(({ text }) => storedText(text)),
  );
  await look();
}

/** By kind and key. */
async function idsOf(session: Session, texts: readonly string[]): Promise<Map<string, number>> {
  const found = await session.all('select kind, key, id from @name where key = any(?::text[])', texts.map(keyOf));
  return new Map(found.map(({ kind, key, id }) => [[kind, key].join(' '), Number(id)]));
}

function nameOf(kind: NameKind, text: string): string {
  return kind === NAME ? text : `\0${text}`;
}

function keyOf(text: string): string {
  const stored = storedText(text);
  if (stored.length <= LONGEST_KEY) return stored;
  return `sha256:${createHash('sha256').update(stored).digest('hex')}`.padEnd(LONGEST_KEY + 1, '.');
}
