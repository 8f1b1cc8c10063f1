import type { Logger } from 'winston';
import type { WinstonLevel } from '../lines/logging-level.js';

/** A winston 3 transport, as winston's own types name it nowhere by a usable name. */
export type WinstonTransport = Logger['transports'][number];

/** On an info: its line is part of another one in the lines for people. */
export const FOLDED: unique symbol = Symbol('penguiflow:folded');

/** A line on its way through winston: the text under `Symbol.for('message')`, and the fields when someone wants them. */
export interface LineInfo {
  level: WinstonLevel;
  message: string;
  [key: string | symbol]: unknown;
}

/** What became of the lines of one destination. */
export interface DestinationStats {
  /** `stdout`, `file /var/log/orders.log`, `transport Console` … */
  readonly name: string;
  /** Lines the destination took. */
  readonly written: number;
  /** Lines that were given up: the buffer was full, or the destination was gone. */
  readonly dropped: number;
  /** Writes that the destination refused with an error; those that were retried are in `written` too. */
  readonly failed: number;
  /** Lines that wait in the buffer. */
  readonly pending: number;
}

/** Where lines end up. None of its methods throws, and `write` never waits. */
export interface LogSink {
  readonly name: string;
  /** Takes a line: keeps it, writes it, or counts it as dropped. */
  write(line: string, info: LineInfo): void;
  /** Takes over a new bound of the buffer, in characters. */
  configure(setup: Pick<SinkSetup, 'bufferChars' | 'overflow'>): void;
  /** False when the destination must be opened anew: it broke, or its file was moved away. */
  readonly isCurrent: boolean;
  /** Resolves when what was written before has been handed over, or after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
  /**
   * Flushes, then lets go of the destination. Lines that are still there after `timeoutMs` are counted as dropped; gives their
   * number. Called again, by somebody who has less time, it ends sooner.
   */
  close(timeoutMs: number): Promise<number>;
  /** Writes what it can before the process ends; called on `exit`, where nothing asynchronous runs any more. */
  flushSync(): void;
  /** Somebody else writes to the same destination from now on: what waits here goes before that. */
  handOver(): void;
  stats(): DestinationStats;
}

/** Makes a line of the library's own (`lines were dropped`) in the configured format. */
type NoticeLine = (
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => { readonly line: string; readonly info: LineInfo };

/** What every destination needs from the outside. */
export interface SinkSetup {
  /** Most text that waits for a slow destination, in characters; undefined for what the destination takes for right. */
  readonly bufferChars: number | undefined;
  /** What happens to a line that does not fit into the buffer. */
  readonly overflow: 'drop' | 'wait';
  readonly notice: NoticeLine;
  /** Says something on stderr. */
  readonly complain: (text: string) => void;
}
