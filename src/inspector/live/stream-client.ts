import type { ServerResponse } from 'node:http';
import type { ActionTaken, RunnerView } from '../api.js';
import type { LineView, LiveFlow, LiveLines, LiveSnapshot, StreamEvents } from '../api-live.js';
import { LINE_LEVELS } from '../../store/line-transport.js';
import type { StreamRequest } from './stream-clients.js';

/** Longest event, in characters of JSON, most of which are one byte. */
const MAX_CHARS = 1_000_000;
/** Lines and characters that go in one event; the oldest are left out. */
const MOST_LINES = 200;
const MAX_LINE_CHARS = 250_000;
const HEARTBEAT_MS = 15_000;
/** Who takes nothing for so long is gone, or stands still: the place is for somebody who looks. */
const MOST_SLOW_MS = 300_000;

/** Ways to make a snapshot that is too long shorter, the gentlest first. */
const SHORTER: readonly ((flow: LiveFlow) => LiveFlow)[] = [
  (flow) => flow,
  (flow) => ({ ...flow, nodes: flow.nodes.map((node) => ({ ...node, histogram: [] })) }),
  (flow) => ({ ...flow, nodes: [], latestFailures: [] }),
];

/** Somebody who looks on, through one open answer. */
export class StreamClient {
  /** The last line that was sent, or left out. */
  seenLine = 0;
  readonly #response: ServerResponse & { flush?: () => void };
  #waiting: string | undefined;
  #beatMs = 0;
  #slowSinceMs: number | undefined;

  /** @param endMs - when it is to come back and be let in again */
  constructor(
    response: ServerResponse,
    readonly asked: StreamRequest,
    readonly endMs: number,
  ) {
    this.#response = response;
    response.statusCode = 200;
    response.setHeader('content-type', 'text/event-stream; charset=utf-8');
    response.setHeader('cache-control', 'no-store, no-transform');
    response.setHeader('x-accel-buffering', 'no');
    response.flushHeaders();
    response.on('drain', () => this.#drained());
    this.#write(': hello\n\n');
  }

  /** Whether it has not taken yet what was sent before. */
  get isSlow(): boolean {
    return this.#response.writableNeedDrain;
  }

  /** Whether it has not taken anything for long; asked again and again. */
  isStuck(nowMs: number): boolean {
    this.#slowSinceMs = this.isSlow ? (this.#slowSinceMs ?? nowMs) : undefined;
    return this.#slowSinceMs !== undefined && nowMs - this.#slowSinceMs >= MOST_SLOW_MS;
  }

  mayKnowOf(tenant: string | null): boolean {
    const { tenants } = this.asked.caller;
    return tenants === undefined || (tenant !== null && tenants.includes(tenant));
  }

  /** Sends it, as this client may see it, or keeps it in the place of the one before until there is room. */
  snapshot(snapshot: LiveSnapshot, id: string): void {
    const event = eventOf('snapshot', this.#jsonOf(snapshot), id);
    if (this.isSlow) this.#waiting = event;
    else this.#write(event);
  }

  /** @param lost - how many lines before these are not remembered any more */
  lines(all: readonly LineView[], lost: number, runner: RunnerView, id: string): void {
    const { level, flow } = this.asked;
    const lowest = LINE_LEVELS.indexOf(level as string);
    const wanted = all.filter(
      (line) =>
        LINE_LEVELS.indexOf(line.level) <= lowest &&
        (flow === undefined || line.flow === null || line.flow === flow) &&
        this.mayKnowOf(line.tenant),
    );
    const lines: LineView[] = [];
    let chars = 0;
    for (const line of wanted.toReversed()) {
      chars += line.message.length + (line.fields?.length ?? 0) + 200;
      if (lines.length >= MOST_LINES || chars > MAX_LINE_CHARS) break;
      lines.unshift(line);
    }
    const leftOut = wanted.length - lines.length + lost;
    if (lines.length + leftOut > 0) this.send('lines', { lines, leftOut, runner } satisfies LiveLines, id);
  }

  /** Sends what is small enough to wait with the connection. */
  send(name: keyof StreamEvents, data: LiveLines | ActionTaken, id: string): void {
    this.#write(eventOf(name, JSON.stringify(data), id));
  }

  /** Says that it is there, where nothing else has for some time: what lies between must not take it for dead. */
  beat(nowMs: number): void {
    if (nowMs - this.#beatMs < HEARTBEAT_MS || this.isSlow) return;
    this.#beatMs = nowMs;
    this.#write(': here\n\n');
  }

  end(): void {
    this.#response.end();
  }

  /** Without waiting for what it has not taken. */
  drop(): void {
    this.#response.destroy();
  }

  #jsonOf(snapshot: LiveSnapshot): string {
    const { flow } = this.asked;
    const flows = snapshot.flows.filter(({ name }) => flow === undefined || name === flow);
    for (const shorter of SHORTER) {
      const json = JSON.stringify({ ...snapshot, flows: flows.map(shorter) });
      if (json.length <= MAX_CHARS) return json;
    }
    return JSON.stringify({ ...snapshot, flows: [] });
  }

  #drained(): void {
    this.#slowSinceMs = undefined;
    const event = this.#waiting;
    this.#waiting = undefined;
    if (event !== undefined) this.#write(event);
  }

  #write(text: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    this.#response.write(text);
    // A compressing middleware has one, and keeps back what is little.
    this.#response.flush?.();
  }
}

function eventOf(name: keyof StreamEvents, json: string, id: string): string {
  return `event: ${name}\nid: ${id}\ndata: ${json}\n\n`;
}
