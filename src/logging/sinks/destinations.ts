import { resolve } from 'node:path';
import type { Logger } from 'winston';
import { type LoggingConfig, isWritable } from './logging-config.js';
import { LEVEL_RANKS, levelRank, SILENT_RANK } from '../lines/logging-level.js';
import { FileSink } from './file-sink.js';
import { PastCounts, plus, type LineCounts } from './destination-counts.js';
import { FOLDED, type DestinationStats, type LineInfo, type LogSink, type SinkSetup } from './log-sink.js';
import { StreamSink } from './stream-sink.js';
import { TransportSink } from './transport-sink.js';

/** How long a replaced destination may take to write what it still has, in milliseconds. */
const RETIRE_MS = 5000;

/** A destination and what tells it from others: opened once as long as configurations name the same one. */
interface OpenSink {
  readonly target: unknown;
  readonly sink: LogSink;
}

/** A destination that did not take everything in time. */
export interface UnflushedDestination {
  readonly name: string;
  /** Lines that were given up. */
  readonly dropped: number;
}

const NOTHING = { written: 0, dropped: 0, failed: 0, pending: 0 };

/** The open destinations of the `penguiflow` logger. */
export class Destinations {
  #open: readonly OpenSink[] = [];
  /** What was replaced or shut down and still writes, with its target; the oldest first. */
  readonly #closing = new Map<LogSink, unknown>();
  readonly #past = new PastCounts();
  #lastClosed: readonly LogSink[] = [];
  #isExiting = false;
  /** Rank that the destination takes; the extra transports decide by their own level. */
  #levelRank = SILENT_RANK;
  #transportRank = SILENT_RANK;

  /** Rank of the least severe line that anybody here takes. */
  get rank(): number {
    return Math.max(this.#open.length === 0 ? SILENT_RANK : this.#levelRank, this.#transportRank);
  }

  get isEmpty(): boolean {
    return this.#open.length === 0;
  }

  /** Whether someone wants the fields and not only the text. */
  get wantsFields(): boolean {
    return this.#open.some(({ sink }) => sink instanceof TransportSink);
  }

  /**
   * Opens what the configuration names, keeps what is open already, and lets go of the rest.
   * @param parent - the logger whose levels extra transports compare with; only they need winston
   * @throws FlowError `LOG_DESTINATION_FAILED`; then nothing has changed
   */
  replace(config: LoggingConfig, parent: () => Logger, setup: SinkSetup): void {
    const next: OpenSink[] = [];
    if (config.destination !== 'none') {
      const target = targetOf(config);
      next.push(this.#reuse(target, setup) ?? this.#openAgain(target, config, setup));
    }
    for (const transport of new Set(config.transports)) {
      next.push(
        this.#reuse(transport, setup) ?? { target: transport, sink: new TransportSink(transport, parent(), setup) },
      );
    }
    const old = this.#open.filter((open) => !next.includes(open));
    this.#open = next;
    for (const { sink, target } of old) void this.#close(sink, target, RETIRE_MS);
    this.setLevel(levelRank(config.level) ?? SILENT_RANK);
  }

  setLevel(rank: number): void {
    this.#levelRank = rank;
    this.#transportRank = Math.max(
      SILENT_RANK,
      ...this.#open.map(({ sink }) =>
        sink instanceof TransportSink ? (levelRank(sink.transport.level) ?? SILENT_RANK) : SILENT_RANK,
      ),
    );
  }

  /** Gives a line to every destination. */
  receive(line: string, info: LineInfo): void {
    const rank = LEVEL_RANKS[info.level];
    for (const { sink } of this.#open) {
      if (info[FOLDED] === true && !(sink instanceof TransportSink)) continue;
      if (rank <= this.#levelRank || (sink instanceof TransportSink && rank <= this.#transportRank))
        sink.write(line, info);
      if (this.#isExiting) sink.flushSync();
    }
  }

  async flush(timeoutMs: number): Promise<void> {
    const sinks = [...this.#closing.keys(), ...this.#open.map(({ sink }) => sink)];
    await Promise.all(sinks.map((sink) => sink.flush(timeoutMs)));
  }

  /** Flushes and closes everything, what others are closing included. Gives what took too long. */
  async close(timeoutMs: number): Promise<readonly UnflushedDestination[]> {
    const open = this.#open;
    this.#open = [];
    this.#transportRank = SILENT_RANK;
    if (open.length > 0) this.#lastClosed = open.map(({ sink }) => sink);
    const all = [...[...this.#closing].map(([sink, target]) => ({ sink, target })), ...open];
    const left = await Promise.all(all.map(({ sink, target }) => this.#close(sink, target, timeoutMs)));
    return all.flatMap(({ sink: { name } }, index) => (left[index] === 0 ? [] : [{ name, dropped: left[index]! }]));
  }

  /** The process ends: writes what waits, and from now on each line at once. */
  flushSync(): void {
    this.#isExiting = true;
    for (const sink of this.#closing.keys()) sink.flushSync();
    for (const { sink } of this.#open) sink.flushSync();
  }

  /** Of the open destinations, or of those that were closed last. */
  stats(): readonly DestinationStats[] {
    const shown = this.#open.length > 0 ? this.#open.map(({ sink }) => sink) : this.#lastClosed;
    return shown.map((sink) => this.#past.withPast(this.#present(sink)));
  }

  /** What became of lines since the destination was opened, and of those of others of its name that still write. */
  #present(sink: LogSink): DestinationStats {
    const isOpen = this.#open.some((open) => open.sink === sink);
    const before = [...this.#closing.keys()].filter(({ name }) => name === sink.name).map((each) => each.stats());
    return before.reduce<DestinationStats>(
      (all, stats) => ({ ...all, ...plus(all, stats), pending: all.pending + stats.pending }),
      isOpen ? sink.stats() : { ...NOTHING, name: sink.name },
    );
  }

  /** Over all destinations that there have been. */
  get total(): LineCounts {
    const sinks = [...this.#closing.keys(), ...this.#open.map(({ sink }) => sink)];
    return sinks.reduce((total, sink) => plus(total, sink.stats()), this.#past.total);
  }

  /** Of what waits for the same file or stream from before, all goes first. */
  #openAgain(target: unknown, config: LoggingConfig, setup: SinkSetup): OpenSink {
    for (const [earlier, its] of this.#closing) if (its === target) earlier.handOver();
    return { target, sink: openDestination(config, setup) };
  }

  #reuse(target: unknown, setup: SinkSetup): OpenSink | undefined {
    const found = this.#open.find((open) => open.target === target && open.sink.isCurrent);
    found?.sink.configure(setup);
    return found;
  }

  #close(sink: LogSink, target: unknown, timeoutMs: number): Promise<number> {
    const closed = sink.close(timeoutMs);
    if (!this.#closing.has(sink)) {
      this.#closing.set(sink, target);
      void closed.finally(() => {
        this.#closing.delete(sink);
        this.#past.add(sink.stats());
      });
    }
    return closed;
  }
}

function targetOf({ destination }: LoggingConfig): unknown {
  if (destination === 'stdout') return process.stdout;
  if (destination === 'stderr') return process.stderr;
  return typeof destination === 'object' && 'file' in destination ? `file ${resolve(destination.file)}` : destination;
}

function openDestination({ destination }: LoggingConfig, setup: SinkSetup): LogSink {
  if (destination === 'stdout' || destination === 'stderr')
    return new StreamSink(destination, process[destination], setup);
  if (isWritable(destination)) return new StreamSink(`stream ${destination.constructor.name}`, destination, setup);
  return new FileSink((destination as { readonly file: string }).file, setup);
}

/** Whether lines end on a terminal that shows colours (https://no-color.org). */
export function showsColours({ destination }: LoggingConfig, env: NodeJS.ProcessEnv): boolean {
  const stream: unknown = destination === 'stdout' || destination === 'stderr' ? process[destination] : destination;
  return (
    isWritable(stream) &&
    (stream as { readonly isTTY?: boolean }).isTTY === true &&
    (env['NO_COLOR'] ?? '') === '' &&
    env['TERM'] !== 'dumb'
  );
}
