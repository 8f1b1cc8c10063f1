import { Writable } from 'node:stream';
import { redact } from '../../index.js';
import type { LineTransport } from '../../store/index.js';
import type { LineView } from '../api-live.js';
import type { LineSource } from '../inspected-flows.js';

/** Lines that are remembered, for those who come back. */
const MOST_LINES = 500;
/** Longest message and fields of a line, in characters. */
const MAX_MESSAGE = 2_000;
const MAX_FIELDS = 4_000;

/** Levels of lines, the most severe first. */
export const TAIL_LEVELS: readonly string[] = ['error', 'warn', 'info', 'debug'];

/** What has a place of its own in a line. */
const OWN: ReadonlySet<string> = new Set([
  ...['level', 'message', 'timestamp', 'logger', 'trace_id', 'tenant', 'flow_name', 'node_name', 'node_id', 'run'],
]);

/** A line of the tail, with its number. */
export interface TailLine {
  readonly number: number;
  readonly line: LineView;
}

type Info = Readonly<Record<string, unknown>>;

/** The last lines of the process, as they come; it listens only while somebody wants lines. */
export class LineTail {
  readonly #source: LineSource;
  readonly #nowMs: () => number;
  readonly #lines: TailLine[] = [];
  #level: string | undefined;
  #end: (() => void) | undefined;
  #last = 0;

  constructor(source: LineSource, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  /** Number of the newest line, from 1; 0 while there was none. */
  get last(): number {
    return this.#last;
  }

  /** Number of the oldest line that is remembered. */
  get first(): number {
    return this.#lines[0]?.number ?? this.#last + 1;
  }

  /** Wants the lines of these levels, each the lowest that somebody wants; without any, none. */
  want(levels: readonly string[]): void {
    const level = TAIL_LEVELS[Math.max(...levels.map((each) => TAIL_LEVELS.indexOf(each)))];
    if (level === this.#level) return;
    this.#level = level;
    this.#end?.();
    this.#end = level === undefined ? undefined : this.#source(this.#transport(level));
  }

  /** The lines after one, oldest first. */
  after(number: number): readonly TailLine[] {
    return this.#lines.filter((each) => each.number > number);
  }

  #transport(level: string): LineTransport {
    const lowest = TAIL_LEVELS.indexOf(level);
    const log = (info: Info, next: () => void): void => {
      if (TAIL_LEVELS.indexOf(String(info['level'])) <= lowest) this.#keep(info);
      next();
    };
    const write = (info: Info, _encoding: string, next: () => void): void => log(info, next);
    const transport = new Writable({ objectMode: true, write });
    return Object.assign(transport, { name: 'inspector', level, log }) as unknown as LineTransport;
  }

  #keep(info: Info): void {
    this.#lines.push({ number: ++this.#last, line: lineOf(info, this.#nowMs()) });
    if (this.#lines.length > MOST_LINES) this.#lines.splice(0, this.#lines.length - MOST_LINES);
  }
}

/** Once more through the redaction: a logger of the user's hands out its lines as they are. */
function lineOf(info: Info, nowMs: number): LineView {
  const fields = Object.entries(info).filter(([name]) => !OWN.has(name));
  const atMs = Date.parse(String(info['timestamp']));
  return {
    atMs: Number.isNaN(atMs) ? nowMs : atMs,
    level: String(info['level']),
    logger: textOf(info['logger']) ?? '',
    message: redact(String(info['message'])).slice(0, MAX_MESSAGE),
    flow: textOf(info['flow_name']),
    node: textOf(info['node_name']),
    traceId: textOf(info['trace_id']),
    tenant: textOf(info['tenant']),
    fields: fields.length === 0 ? null : jsonOf(redact(Object.fromEntries(fields))),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function jsonOf(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.length <= MAX_FIELDS ? text : JSON.stringify({ left_out: `${text.length} characters` });
}
