/** What goes into a column. */
export type SqlValue = string | number | Uint8Array | null;

/** A row as a database gives it, by column. */
export type SqlRecord = Readonly<Record<string, SqlValue>>;

/** A term of a `where`, with a `?` for each value. */
export interface SqlTerm {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}
