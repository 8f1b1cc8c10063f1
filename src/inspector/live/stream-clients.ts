import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, ClockTimer } from '../../index.js';
import { refused, type Answer } from '../answer.js';
import type { ActionTaken } from '../api.js';
import type { LineView, LiveSnapshot } from '../api-live.js';
import type { Caller } from '../http/gatekeeper.js';
import type { InspectedFlows } from '../inspected-flows.js';
import { LINE_LEVELS } from '../../store/line-transport.js';
import { LineTail } from './line-tail.js';
import type { LiveSampler } from './live-sampler.js';
import { StreamClient } from './stream-client.js';

const MOST_CLIENTS = 16;
const TICK_MS = 1_000;

/** What a client asked for. */
export interface StreamRequest {
  readonly caller: Caller;
  /** Undefined: all flows. */
  readonly flow: string | undefined;
  /** Lowest level of the lines; undefined: none. */
  readonly level: string | undefined;
  /** As the client knows it from before. */
  readonly lastEventId: string | undefined;
}

/** Those who look on: each gets a snapshot at once and then one a second, lines and actions as they come. */
export class StreamClients {
  readonly #flows: InspectedFlows;
  readonly #sampler: LiveSampler;
  readonly #tail: LineTail;
  readonly #clock: Clock;
  /** Of this start, so that numbers of another one are not taken for its own. */
  readonly #nonce: string;
  readonly #clients = new Set<StreamClient>();
  #timer: ClockTimer | undefined;

  constructor(flows: InspectedFlows, sampler: LiveSampler, tail: LineTail, clock: Clock, nonce: string) {
    this.#flows = flows;
    this.#sampler = sampler;
    this.#tail = tail;
    this.#clock = clock;
    this.#nonce = nonce;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Begins to stream; gives what is wrong where it cannot. */
  open(
    request: IncomingMessage,
    response: ServerResponse,
    asked: StreamRequest,
    endsAfterMs: number,
  ): Answer | undefined {
    if (asked.level !== undefined && !LINE_LEVELS.includes(asked.level)) {
      return refused(400, 'INVALID_OPTION', `Expected \`lines\` to be one of ${LINE_LEVELS.join(', ')}`);
    }
    if (this.#clients.size >= MOST_CLIENTS) {
      return refused(503, 'TOO_MANY_CLIENTS', `${MOST_CLIENTS} clients look on already`, { 'retry-after': '10' });
    }
    this.#flows.recordInMemory();
    const client = new StreamClient(response, asked, this.#clock.monotonic() + endsAfterMs);
    client.seenLine = this.#seenBy(asked.lastEventId);
    this.#clients.add(client);
    const gone = (): void => this.#gone(client);
    response.once('close', gone);
    request.once('aborted', gone);
    this.#wantLines();
    this.#snapshot(client, this.#sampler.sample());
    this.#lines(client);
    this.#timer ??= this.#tickLater();
    return undefined;
  }

  /** Tells those who may know of it of what somebody did. */
  action(taken: ActionTaken, tenant: string): void {
    for (const client of this.#clients)
      if (client.mayKnowOf(tenant)) client.send('action', taken, this.#idAt(client.seenLine));
  }

  close(): void {
    for (const client of this.#clients) client.end();
    for (const client of [...this.#clients]) this.#gone(client);
  }

  #tickLater(): ClockTimer {
    const timer = this.#clock.setTimer(() => this.#tick(), TICK_MS);
    timer.unref?.();
    return timer;
  }

  #tick(): void {
    this.#timer = this.#tickLater();
    const snapshot: LiveSnapshot = this.#sampler.sample();
    const nowMs = this.#clock.monotonic();
    for (const client of [...this.#clients]) {
      if (client.isStuck(nowMs)) {
        client.drop();
        this.#gone(client);
        continue;
      }
      if (nowMs >= client.endMs) {
        client.end();
        this.#gone(client);
        continue;
      }
      this.#snapshot(client, snapshot);
      this.#lines(client);
      client.beat(nowMs);
    }
  }

  #snapshot(client: StreamClient, snapshot: LiveSnapshot): void {
    client.snapshot(this.#sampler.for(snapshot, client.asked.caller.tenants), this.#idAt(client.seenLine));
  }

  #lines(client: StreamClient): void {
    const { last, first } = this.#tail;
    if (client.asked.level === undefined || client.isSlow || last === client.seenLine) return;
    const lost = Math.max(0, first - 1 - client.seenLine);
    const lines: readonly LineView[] = this.#tail.after(client.seenLine).map(({ line }) => line);
    client.seenLine = last;
    client.lines(lines, lost, this.#flows.runner, this.#idAt(last));
  }

  #gone(client: StreamClient): void {
    if (!this.#clients.delete(client)) return;
    this.#wantLines();
    if (this.#clients.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#sampler.end();
  }

  #wantLines(): void {
    this.#tail.want([...this.#clients].flatMap(({ asked }) => asked.level ?? []));
  }

  #idAt(line: number): string {
    return `${this.#nonce}-${line}`;
  }

  /** The lines that a client has seen; one that is new gets those that are remembered. */
  #seenBy(id: string | undefined): number {
    const [, nonce, number] = /^(.+)-(\d{1,15})$/.exec(id ?? '') ?? [];
    return nonce === this.#nonce ? Math.min(Number(number), this.#tail.last) : this.#tail.first - 1;
  }
}
