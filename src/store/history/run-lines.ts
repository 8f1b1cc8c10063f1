import { Writable } from 'node:stream';
import type { RecordedRun } from './recorded-run.js';

/** Runs that have ended, of which lines may still come. */
const MOST_ENDED = 256;
/** Longest message and fields of a line, in characters. */
const MAX_MESSAGE = 2_000;
const MAX_FIELDS = 4_000;

/** Levels of lines, the most severe first. */
export const LINE_LEVELS: readonly string[] = ['error', 'warn', 'info', 'debug'];

/** What is no field of a line, but said elsewhere in its row, or in that of its run. */
const OWN: ReadonlySet<string> = new Set([
  ...['level', 'message', 'timestamp', 'logger', 'trace_id', 'tenant', 'flow_name', 'node_name', 'node_id', 'run'],
]);

/** A line on its way through winston. */
interface LineInfo {
  readonly level: string;
  readonly message: unknown;
  readonly [key: string]: unknown;
}

/** A winston transport: a stream of lines with a level. */
export interface LineTransport extends Writable {
  level: string;
  readonly name: string;
  log(info: LineInfo, next: () => void): void;
}

/** Finds the run of a line by the ids that the line has. */
export class RunLines {
  /** By the number that the process knows a run by, as the lines of events have it. */
  readonly #byNumber = new Map<number, RecordedRun>();
  /** By flow, tenant and trace id: the one that began last. */
  readonly #byIds = new Map<string, RecordedRun>();
  readonly #ended = new Set<number>();
  /** Whether anybody sends lines. */
  #isAsked = false;

  begun(number: number, run: RecordedRun): void {
    if (!this.#isAsked) return;
    this.#byNumber.set(number, run);
    this.#byIds.set(keyOf(run), run);
  }

  ended(number: number): void {
    if (!this.#byNumber.has(number)) return;
    this.#ended.add(number);
    if (this.#ended.size <= MOST_ENDED) return;
    const [oldest] = this.#ended as Iterable<number> as [number];
    this.#ended.delete(oldest);
    const run = this.#byNumber.get(oldest) as RecordedRun;
    this.#byNumber.delete(oldest);
    if (this.#byIds.get(keyOf(run)) === run) this.#byIds.delete(keyOf(run));
  }

  /** @param level - the lowest that is kept */
  transport(level: string): LineTransport {
    this.#isAsked = true;
    const lowest = LINE_LEVELS.indexOf(level);
    const log = (info: LineInfo, next: () => void): void => {
      // One that nobody knows is kept.
      if (LINE_LEVELS.indexOf(info.level) <= lowest) this.#keep(info);
      next();
    };
    const write = (info: LineInfo, _encoding: string, next: () => void): void => log(info, next);
    return Object.assign(new Writable({ objectMode: true, write }), { name: 'history', level, log });
  }

  #keep(info: LineInfo): void {
    const run = this.#runOf(info);
    if (run === undefined) return;
    const { level, message, logger, node_name: node } = info;
    const fields = Object.entries(info).filter(([name]) => !OWN.has(name));
    const text = fields.length === 0 ? undefined : jsonOf(Object.fromEntries(fields));
    run.line(
      level,
      textOf(logger),
      textOf(message).slice(0, MAX_MESSAGE),
      typeof node === 'string' ? node : undefined,
      text,
    );
  }

  #runOf({ run, flow_name: flow, tenant, trace_id: traceId }: LineInfo): RecordedRun | undefined {
    if (typeof run === 'number') return this.#byNumber.get(run);
    if (typeof traceId !== 'string') return undefined;
    return this.#byIds.get(keyOf({ flow: textOf(flow), tenant: textOf(tenant), traceId }));
  }
}

function keyOf({
  flow,
  tenant,
  traceId,
}: {
  readonly flow: string;
  readonly tenant: string;
  readonly traceId: string;
}): string {
  return JSON.stringify([flow, tenant, traceId]);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The line has been through the redaction, and is JSON already but for its form. */
function jsonOf(fields: object): string {
  try {
    const text = JSON.stringify(fields);
    return text.length <= MAX_FIELDS ? text : JSON.stringify({ left_out: `${text.length} characters` });
  } catch {
    return JSON.stringify({ left_out: 'what is no JSON' });
  }
}
