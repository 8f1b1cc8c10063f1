import { fieldsText, lineTransport, MAX_MESSAGE, type LineInfo, type LineTransport } from '../line-transport.js';
import type { RecordedRun } from './recorded-run.js';

/** Runs that have ended, of which lines may still come. */
const MOST_ENDED = 256;
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
    return lineTransport('history', level, (info) => this.#keep(info));
  }

  #keep(info: LineInfo): void {
    const run = this.#runOf(info);
    if (run === undefined) return;
    const { level, message, logger, node_name: node } = info;
    // The line has been through the redaction, and is JSON already but for its form.
    const text = fieldsText(info);
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
