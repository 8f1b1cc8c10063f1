import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A line of the JSON log. */
export interface LogLine {
  readonly message: string;
  readonly timestamp: string;
  readonly level: string;
  readonly trace_id?: string;
  readonly flow_name?: string;
  readonly node_name?: string | null;
  readonly ts?: number;
  readonly attempt?: number;
  readonly latency_ms?: number | null;
  readonly sleep_s?: number;
  readonly exception?: string;
  readonly reason?: string;
  readonly status?: string;
  readonly recorded?: boolean;
  readonly cents?: number;
  readonly card?: string;
}

/** The lines of one trace, in the order of their time. */
export async function linesOf(file: string, traceId: string): Promise<readonly LogLine[]> {
  const found: LogLine[] = [];
  for await (const text of createInterface({ input: createReadStream(file) })) {
    const line = JSON.parse(text) as LogLine;
    // The node says itself that it begins.
    if (line.trace_id === traceId && line.message !== 'node_start') found.push(line);
  }
  // What the flight recorder writes out comes late, with its own time.
  return found.toSorted((one, other) => timeOf(one) - timeOf(other));
}

/** When it happened, in milliseconds. */
export function timeOf({ ts, timestamp }: LogLine): number {
  return typeof ts === 'number' ? ts * 1000 : Date.parse(timestamp);
}

/** What a line says, in words. */
export function wordsOf(line: LogLine): string {
  const [took, attempt] = [`${ms(line.latency_ms ?? 0)} ms`, `attempt ${(line.attempt ?? 0) + 1}`];
  const reason = (line.exception ?? '').replace('FlowError: ', '');
  switch (line.message) {
    case 'trace_start':
      return 'the order comes in';
    case 'node_success':
      return `done in ${took}`;
    case 'dependency_error':
      return `the bank: ${reason}`;
    case 'dependency_rejected':
      return `the bank was not asked: ${line.reason ?? ''}`;
    case 'node_error':
    case 'node_timeout':
      return `${attempt} failed after ${took}`;
    case 'node_retry':
      return `waits ${ms((line.sleep_s ?? 0) * 1000)} ms`;
    case 'node_failed':
      return `gives up: ${reason}`;
    case 'trace_end':
      return `${line.status ?? ''} after ${took}`;
    default:
      return `${line.message}${extras(line)}`;
  }
}

/** Where it happened. */
export function placeOf(line: LogLine): string {
  return line.node_name ?? line.flow_name ?? '';
}

function ms(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}

/** What a node has written beside its text. */
function extras({ cents, card }: LogLine): string {
  return card === undefined ? '' : ` for ${cents} cents, card ${card}`;
}
