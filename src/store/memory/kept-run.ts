import type { RowOf, TABLES_OF_A_RUN } from '../check-batch.js';
import type { MessageRow, PayloadRow, RunRow, StoredRun } from '../rows.js';
import { storedCopy } from '../stored-text.js';

/** What a row weighs besides its texts and bytes, roughly. */
const ROW_BYTES = 200;

type RowsOfARun = { readonly [table in (typeof TABLES_OF_A_RUN)[number]]: Map<string | number, RowOf<table>> };

/** A run with its rows, by their keys in the order in which they came. */
export class KeptRun implements RowsOfARun {
  readonly labels = new Map<string | number, RowOf<'labels'>>();
  readonly attempts = new Map<string | number, RowOf<'attempts'>>();
  readonly messages = new Map<string | number, MessageRow>();
  readonly payloads = new Map<string | number, PayloadRow>();
  readonly events = new Map<string | number, RowOf<'events'>>();
  readonly lines = new Map<string | number, RowOf<'lines'>>();
  payloadBytes = 0;
  bytes: number;
  #row: StoredRun;

  constructor(row: RunRow) {
    this.#row = Object.freeze({ ...storedCopy(row), pinned: false });
    this.bytes = weigh(row);
  }

  get row(): StoredRun {
    return this.#row;
  }

  /** The run that decides when this one is deleted. */
  get root(): number {
    return this.#row.rootRun ?? this.#row.runId;
  }

  /** What says which run it is stays as it was first. */
  update(row: RunRow): void {
    const { flow, traceId, tenant, startedMs, rootRun, pinned } = this.#row;
    this.#row = Object.freeze({ ...storedCopy(row), flow, traceId, tenant, startedMs, rootRun, pinned });
  }

  pin(pinned: boolean): void {
    this.#row = Object.freeze({ ...this.#row, pinned });
  }

  add(table: 'labels', row: RowOf<'labels'>): void;
  add(table: 'attempts', row: RowOf<'attempts'>): void;
  add(table: 'messages', row: MessageRow): void;
  add(table: 'payloads', row: PayloadRow): void;
  add(table: 'events', row: RowOf<'events'>): void;
  add(table: 'lines', row: RowOf<'lines'>): void;
  /** Rows that are there stay as they are, but labels, and attempts that are under way. */
  add(table: (typeof TABLES_OF_A_RUN)[number], row: object): void {
    const copy = Object.freeze(storedCopy(row));
    const rows = this[table] as Map<string | number, object>;
    const key = keyOf(copy as never);
    const before = rows.get(key);
    const open = table === 'labels' || (table === 'attempts' && (before as RowOf<'attempts'>)?.outcome === 'running');
    if (before !== undefined && !open) return;
    rows.set(key, copy);
    this.bytes += weigh(copy) - (before === undefined ? 0 : weigh(before));
    if (table === 'payloads') this.payloadBytes += (copy as PayloadRow).bytes.length;
  }
}

function keyOf(row: { readonly seq?: number; readonly messageId?: string; readonly name?: string }): string | number {
  // An attempt has both.
  return row.seq ?? row.messageId ?? row.name ?? '';
}

function weigh(row: object): number {
  let bytes = ROW_BYTES;
  for (const value of Object.values(row) as unknown[]) {
    if (typeof value === 'string') bytes += 2 * value.length;
    else if (value instanceof Uint8Array) bytes += value.length;
  }
  return bytes;
}
