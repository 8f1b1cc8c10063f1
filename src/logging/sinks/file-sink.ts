import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { describeThrown } from '../../errors/flow-error.js';
import { LogFile } from './log-file.js';
import type { SinkSetup } from './log-sink.js';
import { QueuedSink } from './queued-sink.js';

const DEFAULT_BUFFER_CHARS = 16 * 1024 * 1024;
/** Most text that goes to the file in one write: more than a program logs in a turn of the loop, and not too long to wait for. */
const BATCH_CHARS = 4 * 1024 * 1024;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
/** How long somebody who blocks waits for a write that is under way while the file does not grow. */
const PATIENCE_MS = 1000;
/** The same while it grows, which may be the doing of others. */
const MOST_PATIENCE_MS = 10_000;
/** How often the file is looked for under its name, at most. */
const ROTATION_CHECK_MS = 1000;

/**
 * Appends lines to a file in batches, one write at a time, off the event loop: as much as waits. A write that fails (disk
 * full) is tried again with growing pauses while the buffer lasts. When the buffer is full, whoever logs writes it out.
 */
export class FileSink extends QueuedSink<string> {
  readonly name: string;
  #file: LogFile;
  #batch: Buffer | undefined;
  #batchLines = 0;
  /** Size of the file before the write that is under way, in bytes. */
  #sizeBefore = 0;
  #needsLineBreak: boolean;
  #isScheduled = false;
  #isWriting = false;
  /** Numbers the writes, so that the callback of one that was waited for does nothing any more. */
  #writes = 0;
  /** The one that was waited for in vain. */
  #hangingWrite = -1;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #nextCheckMs = 0;

  /** @throws FlowError `LOG_DESTINATION_FAILED` when the file cannot be opened */
  constructor(path: string, setup: SinkSetup) {
    super(setup, DEFAULT_BUFFER_CHARS);
    this.name = `file ${path}`;
    this.#file = new LogFile(path);
    this.#needsLineBreak = this.#file.endsInHalfLine;
  }

  /** A file that was rotated away is opened anew by the next `configureLogging`. */
  override get isCurrent(): boolean {
    return super.isCurrent && !this.#file.isMoved;
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

  override async flush(timeoutMs?: number): Promise<void> {
    if (this.#retry !== undefined) this.#tryAgain();
    await super.flush(timeoutMs);
  }

  flushSync(): void {
    if (this.isClosed) return;
    try {
      if (this.#isWriting) this.#takeOver();
      while (this.#takeBatch()) this.#writeOut();
    } catch (error) {
      this.fail(error, 'the last lines of the process are lost');
    }
  }

  protected override makeRoom(): boolean {
    // What failed is tried again later, and how far a pipe has got nobody can see.
    if (this.#retry !== undefined || (this.#isWriting && this.#sizeBefore < 0)) return false;
    if (this.#isWriting) {
      // Whoever logs waits once for a write that hangs, and not with each line.
      if (this.#hangingWrite === this.#writes) return false;
      if (!this.#awaitWrite()) {
        this.#hangingWrite = this.#writes;
        return false;
      }
      this.#endWrite();
    }
    try {
      if (this.#takeBatch()) this.#writeOut();
    } catch (error) {
      this.#pause(error as NodeJS.ErrnoException);
      return false;
    }
    return true;
  }

  /** Blocks until the write that is under way is done, else takes it back: the process ends, and nobody else would do it. */
  #takeOver(): void {
    if (this.#sizeBefore < 0 || this.#awaitWrite()) return this.#endWrite();
    this.#writes++;
    this.#isWriting = false;
  }

  /**
   * Blocks until what is under way stands in the file; false when the file no longer grows and it does not. Another process may
   * append to it, so that the size alone tells only what is too little.
   */
  #awaitWrite(): boolean {
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    const batch = this.#batch!;
    const endBytes = this.#sizeBefore + batch.length;
    let seen = Number.NaN;
    for (let still = 0, waited = 0; still < PATIENCE_MS && waited < MOST_PATIENCE_MS; still++, waited++) {
      const { size } = this.#file;
      if (size !== seen) {
        if (size === endBytes) return true;
        if (size > endBytes && this.#file.holds(batch, this.#sizeBefore) !== false) return true;
        seen = size;
        still = 0;
      }
      Atomics.wait(sleeper, 0, 0, 1);
    }
    return this.#file.holds(batch, this.#sizeBefore) === true;
  }

  /** Takes the write that is under way for done; its callback finds that it is not the latest. */
  #endWrite(): void {
    this.#writes++;
    this.#isWriting = false;
    this.#settle();
  }

  /** Writes the batch while the caller waits; what the file did not take stays. @throws what the system says */
  #writeOut(): void {
    while (this.#batch!.length > 0) this.#batch = this.#batch!.subarray(this.#file.writeSync(this.#batch!));
    this.#settle();
  }

  protected async release(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#isWriting) return; // closing under a stuck write could hit another file that got the same descriptor
    this.#close(this.#file);
  }

  #close(file: LogFile): void {
    try {
      file.close();
    } catch (error) {
      this.setup.complain(`log destination ${this.name} failed to close: ${describeThrown(error)}`);
    }
  }

  #takeBatch(): boolean {
    if (this.#batch !== undefined) return true;
    const lines = this.queue.take(BATCH_CHARS);
    if (lines.length === 0) return false;
    const start = this.#needsLineBreak ? '\n' : '';
    this.#needsLineBreak = false;
    this.#batch = Buffer.from(`${start}${lines.join('\n')}\n`);
    this.#batchLines = lines.length;
    return true;
  }

  #writeBatch(): void {
    if (this.#isWriting || this.isClosed || !this.#hasLines) return;
    this.#follow();
    if (!this.#takeBatch()) return;
    const batch = this.#batch!;
    this.#isWriting = true;
    this.#sizeBefore = this.#file.size;
    const number = ++this.#writes;
    this.#file.write(batch, (error, bytes) => {
      if (number !== this.#writes) return;
      this.#isWriting = false;
      if (bytes > 0 && bytes < batch.length) this.#batch = batch.subarray(bytes);
      if (error !== null) this.#pause(error);
      else if (bytes < batch.length) this.#writeBatch();
      else this.#finish();
    });
  }

  get #hasLines(): boolean {
    return this.#batch !== undefined || this.queue.length > 0;
  }

  /** Goes on in the file that has the name now, when the one that it writes to was moved away. Nothing is under way. */
  #follow(): void {
    const nowMs = performance.now();
    if (nowMs < this.#nextCheckMs) return;
    this.#nextCheckMs = nowMs + ROTATION_CHECK_MS;
    // A rest of a batch belongs behind its beginning, and what was written before a reconfiguration to the file of before.
    if (this.#batch !== undefined || this.isClosing || !this.#file.isMoved) return;
    try {
      const moved = this.#file;
      this.#file = new LogFile(moved.path);
      this.#needsLineBreak = this.#file.endsInHalfLine;
      this.#close(moved);
    } catch (error) {
      this.fail(error, 'it goes on in the file that was moved away');
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
