import { redact } from '../../index.js';
import { fieldsText, LINE_LEVELS, lineTransport, MAX_MESSAGE, type LineInfo } from '../../store/line-transport.js';
import type { LineView } from '../api-live.js';
import type { LineSource } from '../inspected-flows.js';

/** Lines that are remembered, for those who come back. */
const MOST_LINES = 500;
/** A line of the tail, with its number. */
export interface TailLine {
  readonly number: number;
  readonly line: LineView;
}

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
    const level = LINE_LEVELS[Math.max(...levels.map((each) => LINE_LEVELS.indexOf(each)))];
    if (level === this.#level) return;
    this.#level = level;
    this.#end?.();
    this.#end =
      level === undefined ? undefined : this.#source(lineTransport('inspector', level, (info) => this.#keep(info)));
  }

  /** The lines after one, oldest first. */
  after(number: number): readonly TailLine[] {
    return this.#lines.filter((each) => each.number > number);
  }

  #keep(info: LineInfo): void {
    this.#lines.push({ number: ++this.#last, line: lineOf(info, this.#nowMs()) });
    if (this.#lines.length > MOST_LINES) this.#lines.splice(0, this.#lines.length - MOST_LINES);
  }
}

/** Once more through the redaction: a logger of the user's hands out its lines as they are. */
function lineOf(info: LineInfo, nowMs: number): LineView {
  const atMs = Date.parse(String(info['timestamp']));
  return {
    atMs: Number.isNaN(atMs) ? nowMs : atMs,
    level: info.level,
    logger: textOf(info['logger']) ?? '',
    message: redact(String(info['message'])).slice(0, MAX_MESSAGE),
    flow: textOf(info['flow_name']),
    node: textOf(info['node_name']),
    traceId: textOf(info['trace_id']),
    tenant: textOf(info['tenant']),
    fields: fieldsText(info, redact) ?? null,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
