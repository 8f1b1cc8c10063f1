/** Where a command is told to look. */
export interface SourceOptions {
  /** Of an inspector. */
  readonly url?: string;
  readonly token?: string;
  /** Title or pid of one of several applications that run here. */
  readonly app?: string;
  /** A file of SQLite, or the URL of a Postgres database. */
  readonly store?: string;
  /** Of that database. */
  readonly schema?: string;
}

/** An inspector to ask. */
export interface InspectorPlace {
  readonly kind: 'inspector';
  /** Without anything behind its path, which ends with a slash. */
  readonly url: string;
  /** Given together with the URL, and sent nowhere else. */
  readonly token: string | undefined;
}

/** A store to read. */
export interface StorePlace {
  readonly kind: 'store';
  readonly file: string | undefined;
  readonly postgres: { readonly url: string; readonly schema: string | undefined } | undefined;
}

export type Place = InspectorPlace | StorePlace;
