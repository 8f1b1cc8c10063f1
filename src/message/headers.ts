/** Routing facts about a message that every hop keeps. */
export interface MessageHeaders {
  /** Who the work is for. @defaultValue `'default'` */
  readonly tenant: string;
  /** What the message is about, for routing policies. */
  readonly topic?: string;
  /** Free for routing policies; the runtime keeps FIFO whatever it says. @defaultValue 0 */
  readonly priority: number;
}

/** The tenant of a message that names none. */
export const DEFAULT_TENANT = 'default';

/** Those of most messages. */
export const PLAIN_HEADERS: MessageHeaders = Object.freeze({ tenant: DEFAULT_TENANT, priority: 0 });

/** The meta of what comes without: one object that all of them share. */
export const NO_META: Readonly<Record<string, unknown>> = Object.freeze({});

/** A frozen shallow copy of a meta, unless it is frozen: whoever gave it may go on writing to it, and nobody else. */
export function frozenMeta(meta: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.isFrozen(meta) ? meta : Object.freeze({ ...meta });
}
