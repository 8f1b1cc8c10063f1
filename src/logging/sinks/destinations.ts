import type { Logger } from 'winston';
import { type LoggingConfig, isWritable } from './logging-config.js';
import { LEVEL_RANKS, levelRank, SILENT_RANK } from '../lines/logging-level.js';
import { FileSink } from './file-sink.js';
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

/** The open destinations of the `penguiflow` logger. */
export class Destinations {
  #open: readonly OpenSink[] = [];
  readonly #retiring = new Set<Promise<void>>();
  #lastStats: readonly DestinationStats[] = [];
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
      next.push(this.#reuse(target, setup) ?? { target, sink: openDestination(config, setup) });
    }
    for (const transport of new Set(config.transports)) {
      next.push(
        this.#reuse(transport, setup) ?? { target: transport, sink: new TransportSink(transport, parent(), setup) },
      );
    }
    const old = this.#open.filter((open) => !next.includes(open));
    this.#open = next;
    for (const { sink } of old) this.#retire(sink);
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
    }
  }

  async flush(timeoutMs: number): Promise<void> {
    await Promise.all([...this.#open.map(({ sink }) => sink.flush(timeoutMs)), ...this.#retiring]);
  }

  /** Flushes and closes everything. */
  async close(timeoutMs: number): Promise<void> {
    const open = this.#open;
    this.#open = [];
    this.#transportRank = SILENT_RANK;
    await Promise.all([...open.map(({ sink }) => sink.close(timeoutMs)), ...this.#retiring]);
    this.#lastStats = open.map(({ sink }) => sink.stats());
  }

  flushSync(): void {
    for (const { sink } of this.#open) sink.flushSync();
  }

  /** Of the open destinations, or of those that the last shutdown closed. */
  stats(): readonly DestinationStats[] {
    return this.#open.length === 0 ? this.#lastStats : this.#open.map(({ sink }) => sink.stats());
  }

  #reuse(target: unknown, setup: SinkSetup): OpenSink | undefined {
    const found = this.#open.find((open) => open.target === target && open.sink.isCurrent);
    found?.sink.configure(setup);
    return found;
  }

  #retire(sink: LogSink): void {
    const retired = sink.close(RETIRE_MS).finally(() => this.#retiring.delete(retired));
    this.#retiring.add(retired);
  }
}

function targetOf({ destination }: LoggingConfig): unknown {
  if (destination === 'stdout') return process.stdout;
  if (destination === 'stderr') return process.stderr;
  return typeof destination === 'object' && 'file' in destination ? `file ${destination.file}` : destination;
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
