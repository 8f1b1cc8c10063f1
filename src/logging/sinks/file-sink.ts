import { closeSync, constants, fstatSync, mkdirSync, openSync, statSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FlowError, describeThrown } from '../../errors/flow-error.js';
import type { SinkSetup } from './log-sink.js';
import { QueuedSink } from './queued-sink.js';

/** Text that goes to the file in one write. */
const BATCH_CHARS = 256 * 1024;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
/** How long the end of the process waits for the write that is under way. */
const LAST_WRITE_MS = 1000;
/** Never blocks on a named pipe: without a reader opening it fails, and a full one answers EAGAIN. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);

/**
 * Appends lines to a file in batches, one write at a time, off the event loop. A write that fails (disk full) is
 * tried again with growing pauses while the buffer lasts.
 */
export class FileSink extends QueuedSink<string> {
  readonly name: string;
  readonly #path: string;
  readonly #descriptor: number;
  #batch: Buffer | undefined;
  #batchLines = 0;
  /** Size of the file before the write that is under way, in bytes. */
  #sizeBefore = 0;
  #isScheduled = false;
  #isWriting = false;
  /** Numbers the writes, so that the callback of one that was waited for does nothing any more. */
  #writes = 0;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;

  /** @throws FlowError `LOG_DESTINATION_FAILED` when the file cannot be opened */
  constructor(path: string, setup: SinkSetup) {
    super(setup);
    this.name = `file ${path}`;
    this.#path = path;
    this.#descriptor = openForAppend(path);
  }

  /** A file that was rotated away is opened anew by the next `configureLogging`. */
  override get isCurrent(): boolean {
    try {
      return super.isCurrent && statSync(this.#path).ino === fstatSync(this.#descriptor).ino;
    } catch {
      return false;
    }
  }

  protected get inFlight(): number {
    return this.#batchLines;
  }

  protected item(line: string): string {
    return line;
  }

  protected pump(): void {
    if (this.#isScheduled || this.#isWriting || this.#retry !== undefined || this.isClosed) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#writeBatch();
    });
  }

  override async flush(timeoutMs: number): Promise<void> {
    if (this.#retry !== undefined) this.#tryAgain();
    await super.flush(timeoutMs);
  }

  flushSync(): void {
    if (this.isClosed) return;
    try {
      if (this.#isWriting) {
        this.#awaitWrite();
        this.#endWrite();
      }
      while (this.#takeBatch()) {
        const batch = this.#batch!;
        for (let from = 0; from < batch.length;) from += writeSync(this.#descriptor, batch, from);
        this.#settle();
      }
    } catch (error) {
      this.fail(error, 'the last lines of the process are lost');
    }
  }

  protected override makeRoom(): boolean {
    // What failed is tried again later, and how far a pipe has got nobody can see.
    if (this.#retry !== undefined || (this.#isWriting && this.#sizeBefore < 0)) return false;
    if (this.#isWriting) {
      if (!this.#awaitWrite()) return false;
      this.#endWrite();
    }
    if (!this.#takeBatch()) return true;
    let written = 0;
    const batch = this.#batch!;
    try {
      while (written < batch.length) written += writeSync(this.#descriptor, batch, written);
    } catch (error) {
      this.#batch = batch.subarray(written);
      this.#pause(error as NodeJS.ErrnoException);
      return false;
    }
    this.#settle();
    return true;
  }

  /** Blocks until the write that is under way has made the file as long as it will; false when that takes too long. */
  #awaitWrite(): boolean {
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    const endBytes = this.#sizeBefore + this.#batch!.length;
    for (let waitedMs = 0; waitedMs < LAST_WRITE_MS; waitedMs++) {
      if (fstatSync(this.#descriptor).size >= endBytes) return true;
      Atomics.wait(sleeper, 0, 0, 1);
    }
    return false;
  }

  /** Takes the write that is under way for done; its callback finds that it is not the latest. */
  #endWrite(): void {
    this.#writes++;
    this.#isWriting = false;
    this.#settle();
  }

  protected async release(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#isWriting) return; // closing under a stuck write could hit another file that got the same descriptor
    try {
      closeSync(this.#descriptor);
    } catch (error) {
      this.setup.complain(`log destination ${this.name} failed to close: ${describeThrown(error)}`);
    }
  }

  #takeBatch(): boolean {
    if (this.#batch !== undefined) return true;
    const before = this.queue.length;
    this.#batch = this.#nextBatch();
    this.#batchLines = before - this.queue.length;
    return this.#batch !== undefined;
  }

  #nextBatch(): Buffer | undefined {
    let text = '';
    while (text.length < BATCH_CHARS) {
      const line = this.queue.shift();
      if (line === undefined) break;
      text += `${line}\n`;
    }
    return text === '' ? undefined : Buffer.from(text);
  }

  #writeBatch(): void {
    if (this.#isWriting || this.isClosed || !this.#takeBatch()) return;
    const batch = this.#batch!;
    this.#isWriting = true;
    this.#sizeBefore = this.#size();
    const number = ++this.#writes;
    write(this.#descriptor, batch, 0, batch.length, null, (error, bytes) => {
      if (number !== this.#writes) return;
      this.#isWriting = false;
      if (bytes > 0 && bytes < batch.length) this.#batch = batch.subarray(bytes);
      if (error !== null) this.#pause(error);
      else if (bytes < batch.length) this.#writeBatch();
      else this.#finish();
    });
  }

  /** Minus infinity for what has no size, like a named pipe: there the last write is not waited for. */
  #size(): number {
    try {
      const stats = fstatSync(this.#descriptor);
      return stats.isFile() ? stats.size : Number.NEGATIVE_INFINITY;
    } catch {
      return Number.NEGATIVE_INFINITY;
    }
  }

  #finish(): void {
    this.#retryMs = FIRST_RETRY_MS;
    this.#settle();
    this.#writeBatch();
  }

  #settle(): void {
    const lines = this.#batchLines;
    this.#batch = undefined;
    this.#batchLines = 0;
    this.succeed(lines);
  }

  #pause(error: NodeJS.ErrnoException): void {
    if (this.isClosed) return;
    if (error.code !== 'EAGAIN') this.fail(error, 'lines are kept and tried again while there is room');
    this.#retry = setTimeout(() => this.#tryAgain(), this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #tryAgain(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#writeBatch();
  }
}

function openForAppend(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, FLAGS, 0o644);
  } catch (error) {
    throw new FlowError('LOG_DESTINATION_FAILED', {
      message: `The log file ${JSON.stringify(path)} cannot be opened: ${describeThrown(error)}`,
      cause: error,
      metadata: { path },
    });
  }
}
