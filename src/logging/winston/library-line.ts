import type { WinstonLevel } from '../lines/logging-level.js';

/** A line of the library's before redaction: an event, what a node writes with `ctx.logger`, a word of the runtime. */
export interface LibraryLine {
  readonly level: WinstonLevel;
  readonly message: string;
  /** Where its fields are; where they have a key in common, the first one wins. */
  readonly sources: readonly object[];
  /** The source whose reserved fields are written as they are: those of the attempt or the event that the line is about. */
  readonly reserved?: object | undefined;
  /** When it happened, in milliseconds since the epoch. @defaultValue now */
  readonly timeMs?: number | undefined;
}

/** On an info that goes through a winston logger: the line it stands for; what is beside it are the fields of child loggers. */
export const LIBRARY_LINE: unique symbol = Symbol.for('penguiflow:library-line') as never;
