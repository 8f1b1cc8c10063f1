import type { FieldList } from './field-list.js';
import type { WinstonLevel } from './logging-level.js';

/** One line before it is text. Everything in it has been redacted. */
export interface LogRecord {
  /** When the line was written, in milliseconds since the epoch. */
  readonly timeMs: number;
  readonly level: WinstonLevel;
  /** Name of the logger (`penguiflow.flow`). */
  readonly logger: string;
  readonly message: string;
  readonly fields: FieldList;
}

/** Turns a record into one line of text, without the newline at its end. */
export type LineFormat = (record: LogRecord) => string;

/** Names the line itself uses; a call-site field of that name gets an underscore at its end. */
export const LINE_KEYS: ReadonlySet<string> = new Set(['timestamp', 'level', 'logger', 'message', 'left_out']);
