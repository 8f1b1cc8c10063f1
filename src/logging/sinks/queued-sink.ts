import { clearTimeout, setTimeout } from 'node:timers';
import { describeThrown } from '../../errors/flow-error.js';
import { LineQueue } from './line-queue.js';
import type { DestinationStats, LineInfo, LogSink, SinkSetup } from './log-sink.js';

/** Most text that waits for what cannot be waited for. */
export const SLOW_BUFFER_CHARS = 64 * 1024 * 1024;

/** Waits for the queue to be empty. */
interface Waiter {
  readonly done: () => void;
  timer: NodeJS.Timeout | undefined;
}

/**
 * What all destinations share: a bounded buffer, the counters, one report on stderr per trouble, and the notice about
 * lost lines once the destination takes lines again.
 */
export abstract class QueuedSink<T> implements LogSink {
  abstract readonly name: string;
  protected readonly queue: LineQueue<T>;
  protected readonly setup: SinkSetup;
  /** It only writes what it has. */
  protected isClosing = false;
  protected isClosed = false;
  #written = 0;
  #dropped = 0;
  #failed = 0;
  #lastError: unknown;
  #overflowed = 0;
  #isInTrouble = false;
  #waits: boolean;
  #isGone = false;
  #waiters: Waiter[] = [];
  #closing: Promise<number> | undefined;
  readonly #defaultBufferChars: number;

  constructor(setup: SinkSetup, defaultBufferChars: number) {
    this.setup = setup;
    this.#defaultBufferChars = defaultBufferChars;
    this.queue = new LineQueue<T>(setup.bufferChars ?? defaultBufferChars);
    this.#waits = setup.overflow === 'wait';
  }

  /** Starts to move lines to the destination, if it is not at it already. */
  protected abstract pump(): void;
  /** Lines that left the queue and are not written yet. */
  protected abstract get inFlight(): number;
  protected abstract item(line: string, info: LineInfo): T;
  /** Lets go of the destination; nothing is in flight any more, or the time is up. */
  protected abstract release(timeoutMs: number): Promise<void>;
  abstract flushSync(): void;

  write(line: string, info: LineInfo): void {
    if (this.#isGone || this.isClosed) {
      this.#dropped++;
    } else if (this.#push(line, info)) {
      this.pump();
      if (this.queue.length > 0) flatten(line);
    } else {
      this.#overflowed++;
      this.#dropped++;
    }
  }

  /** Somebody else writes to the same from now on: what waits here goes before that. */
  handOver(): void {
    this.flushSync();
  }

  configure({ bufferChars, overflow }: Pick<SinkSetup, 'bufferChars' | 'overflow'>): void {
    this.queue.maxChars = bufferChars ?? this.#defaultBufferChars;
    this.#waits = overflow === 'wait';
  }

  /** Whether the destination is still what its name says. */
  get isCurrent(): boolean {
    return !this.#isGone;
  }

  stats(): DestinationStats {
    return {
      name: this.name,
      written: this.#written,
      dropped: this.#dropped,
      failed: this.#failed,
      pending: this.#pending,
    };
  }

  flush(timeoutMs?: number): Promise<void> {
    this.pump();
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter: Waiter = { done: resolve, timer: undefined };
      if (timeoutMs !== undefined) waiter.timer = setTimeout(() => this.#stopWaiting(waiter), timeoutMs);
      this.#waiters.push(waiter);
    });
  }

  close(timeoutMs: number): Promise<number> {
    const endMs = Date.now() + timeoutMs;
    // Of those who wait for it to close, the least patient decides.
    const timer = setTimeout(() => this.#stopAllWaiting(), timeoutMs);
    this.isClosing = true;
    this.#closing ??= this.#close(endMs);
    return this.#closing.finally(() => clearTimeout(timer));
  }

  async #close(endMs: number): Promise<number> {
    await this.flush();
    this.isClosed = true;
    const left = this.queue.clear() + this.inFlight;
    if (left > 0) {
      this.#dropped += left;
      this.setup.complain(`log destination ${this.name} took too long to close; ${left} lines are lost`);
    }
    await this.release(Math.max(100, endMs - Date.now()));
    return left;
  }

  /** Blocks until the destination has taken some of what waits; false when it cannot be waited for, or takes nothing. */
  protected makeRoom(): boolean {
    return false;
  }

  /**
   * Counts lines that the destination took; ends a trouble, and says how many lines it cost. What was in flight when the time to
   * close was up counts as lost already, whatever becomes of it.
   */
  protected succeed(lines: number): void {
    if (this.isClosed) return;
    this.#written += lines;
    this.#isInTrouble = false;
    if (this.#overflowed > 0 && this.queue.isRelaxed) this.#tellOverflow();
    this.wakeWaiters();
  }

  /** Lets `flush` go on when nothing waits any more. */
  protected wakeWaiters(): void {
    if (this.#waiters.length > 0 && this.#pending === 0) this.#stopAllWaiting();
  }

  /** Counts a write that failed; the first one of a series is reported. */
  protected fail(error: unknown, consequence: string): void {
    if (error === this.#lastError) return; // streams tell one error twice, to the callback and as an event
    this.#lastError = error;
    this.#failed++;
    if (this.#isInTrouble) return;
    this.#isInTrouble = true;
    this.setup.complain(`log destination ${this.name} failed: ${describeThrown(error)}; ${consequence}`);
  }

  /** The destination will never take a line again. */
  protected abandon(linesInFlight: number): void {
    this.#isGone = true;
    this.lose(this.queue.clear() + linesInFlight);
    this.#stopAllWaiting();
  }

  protected get isGone(): boolean {
    return this.#isGone;
  }

  /** Counts lines that were in flight and that the destination did not take. */
  protected lose(lines: number): void {
    if (!this.isClosed) this.#dropped += lines;
  }

  #push(line: string, info: LineInfo): boolean {
    const item = this.item(line, info);
    if (this.queue.push(item, line.length)) return true;
    return this.#waits && this.makeRoom() && this.queue.push(item, line.length);
  }

  #tellOverflow(): void {
    const { line, info } = this.setup.notice('log lines were dropped', {
      destination: this.name,
      dropped: this.#overflowed,
    });
    this.#overflowed = 0;
    this.write(line, info);
  }

  get #pending(): number {
    return this.queue.length + this.inFlight;
  }

  #stopAllWaiting(): void {
    for (const waiter of this.#waiters.slice()) this.#stopWaiting(waiter);
  }

  #stopWaiting(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    waiter.done();
  }
}

const ANY = /^/;

/** Makes V8 keep a text in one piece: docs/performance.md, "trees of text". A regular expression reads no tree. */
function flatten(line: string): void {
  ANY.test(line);
}
