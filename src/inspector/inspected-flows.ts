import { hostname } from 'node:os';
import type { Logger } from 'winston';
import { addLogTransport, type Clock, type ClockTimer, type ListenerHandle, type PenguiFlow } from '../index.js';
import { FlowHistory, memoryStore, type LineTransport } from '../store/index.js';
import type { Hello, RunnerView } from './api.js';

/** Has a transport take lines; what it gives ends that. */
export type LineSource = (transport: LineTransport) => () => void;

/** The lines of a logger of the user's, else of ours. */
export function lineSource(logger: Logger | undefined): LineSource {
  return (transport) => {
    if (logger === undefined) {
      const added = addLogTransport(transport as never);
      return () => added[Symbol.dispose]();
    }
    logger.add(transport as never);
    return () => {
      if (logger.transports.includes(transport as never)) logger.remove(transport as never);
    };
  };
}

/** How long an answer waits for what is on its way into the store. */
const FRESH_MS = 1_000;

/** The flows that are shown, and where their runs are. */
export class InspectedFlows {
  readonly #given: FlowHistory | undefined;
  readonly #lines: LineSource;
  readonly #clock: Clock;
  readonly #flows = new Map<string, PenguiFlow>();
  readonly #startedMs = Date.now() - Math.round(process.uptime() * 1000);
  readonly #recordings = new Map<PenguiFlow, ListenerHandle>();
  #memory: FlowHistory | undefined;
  #endLines: (() => void) | undefined;

  constructor(flows: readonly PenguiFlow[], history: FlowHistory | undefined, lines: LineSource, clock: Clock) {
    this.#clock = clock;
    this.#given = history;
    this.#lines = lines;
    for (const flow of flows) this.add(flow);
  }

  /** Of two with one name the later one is shown: it was made when the other had stopped. */
  add(flow: PenguiFlow): void {
    const before = this.#flows.get(flow.name);
    if (before === flow) return;
    if (before !== undefined) this.#endRecording(before);
    this.#flows.set(flow.name, flow);
    if (this.#memory !== undefined) this.#record(flow, this.#memory);
  }

  get all(): readonly PenguiFlow[] {
    return [...this.#flows.values()];
  }

  get(name: string): PenguiFlow | undefined {
    return this.#flows.get(name);
  }

  get history(): FlowHistory | undefined {
    return this.#given ?? this.#memory;
  }

  get kind(): Hello['history'] {
    if (this.#given !== undefined) return 'store';
    return this.#memory === undefined ? 'none' : 'memory';
  }

  /** This process. */
  get runner(): RunnerView {
    const host = hostname();
    const [own] = this.history?.facts.runners ?? [];
    const isOwn = own !== undefined && own.pid === process.pid && own.host === host;
    return { host, pid: process.pid, startedMs: this.#startedMs, runner: isOwn ? own.runner : null };
  }

  /** Those of the store, this process first. */
  get runners(): readonly RunnerView[] {
    const { runner: own } = this;
    const others = (this.history?.facts.runners ?? []).filter(({ runner }) => runner !== own.runner);
    return [own, ...others.map(({ host, pid, startedMs, runner }) => ({ host, pid, startedMs, runner }))];
  }

  /** Where nobody keeps the runs, they are kept in memory from now on. */
  recordInMemory(): void {
    if (this.history !== undefined) return;
    const memory = new FlowHistory(memoryStore());
    this.#memory = memory;
    this.#endLines = this.#lines(memory.logTransport());
    for (const flow of this.all) this.#record(flow, memory);
  }

  /** Waits until the store has what has just happened; where it takes too long, or is away, what it has is shown. */
  async fresh(): Promise<void> {
    const { history } = this;
    if (history === undefined || history.facts.degraded !== undefined) return;
    let timer: ClockTimer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#clock.setTimer(resolve, FRESH_MS);
    });
    await Promise.race([history.flush().catch(() => {}), late]);
    timer?.cancel();
  }

  async close(): Promise<void> {
    for (const flow of this.all) this.#endRecording(flow);
    this.#endLines?.();
    await this.#memory?.close();
  }

  #record(flow: PenguiFlow, memory: FlowHistory): void {
    if (flow.state !== 'stopped') this.#recordings.set(flow, flow.record(memory));
  }

  #endRecording(flow: PenguiFlow): void {
    this.#recordings.get(flow)?.dispose();
    this.#recordings.delete(flow);
  }
}
