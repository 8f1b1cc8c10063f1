import type { Writable } from 'node:stream';
import { clearInterval, setInterval } from 'node:timers';
import type { SinkSetup } from './log-sink.js';
import { QueuedSink, SLOW_BUFFER_CHARS } from './queued-sink.js';
import { isEnded } from './stream-state.js';

/** Errors after which a stream never takes a byte again, although some of them do not say so. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ECONNRESET',
  'EBADF',
]);

/** How often a stream that is empty is looked at, before its lines count as written without a callback. */
const SILENT_STEPS = 10;
const STEP_MS = 25;
/** The streams of the process have written what they no longer count, and then call back within a turn of the event loop. */
const STDIO_STEP_MS = 1;

/**
 * Writes lines to a stream, line by line, so that what was logged is out when the process dies. While the stream asks
 * to wait, lines stay here.
 */
export class StreamSink extends QueuedSink<string> {
  readonly name: string;
  readonly #stream: Writable;
  #inFlight = 0;
  #isWaiting = false;
  #isPumping = false;
  /** Runs while somebody waits for lines that the stream has and has not called back for. */
  #silenceTimer: NodeJS.Timeout | undefined;
  /** How often the stream has called back. */
  #callbacks = 0;
  readonly #onDrain = (): void => {
    this.#isWaiting = false;
    this.pump();
  };
  /** One function for all lines: Node calls back many writes at once only when they share it. */
  readonly #onWritten = (error?: unknown): void => {
    this.#callbacks++;
    if (this.#inFlight === 0) return; // given up in the meantime
    this.#inFlight--;
    if (error === undefined || error === null) return this.succeed(1);
    this.lose(1);
    this.#streamFailed(error);
    this.wakeWaiters();
  };
  readonly #onError = (error: unknown): void => this.#streamFailed(error);
  readonly #onClose = (): void => {
    if (!this.isClosed && !this.isGone) this.abandon(this.#takeInFlight());
  };

  constructor(name: string, stream: Writable, setup: SinkSetup) {
    super(setup, SLOW_BUFFER_CHARS);
    this.name = name;
    this.#stream = stream;
    stream.on('drain', this.#onDrain);
    stream.on('error', this.#onError);
    stream.on('close', this.#onClose);
  }

  protected get inFlight(): number {
    return this.#inFlight;
  }

  protected item(line: string): string {
    return line;
  }

  protected pump(): void {
    if (this.#isPumping || this.isGone) return;
    this.#isPumping = true;
    while (!this.#isWaiting && !this.isGone) {
      const line = this.queue.shift();
      if (line === undefined) break;
      this.#writeLine(line);
    }
    this.#isPumping = false;
  }

  override flush(timeoutMs?: number): Promise<void> {
    const flushed = super.flush(timeoutMs);
    if (this.#inFlight > 0) this.#silenceTimer ??= this.#watchSilence();
    return flushed;
  }

  /** A stream that has nothing left to write and calls back for nothing, like stdout under Jest, has written it. */
  #watchSilence(): NodeJS.Timeout {
    let seen = this.#callbacks;
    let silentSteps = 0;
    const stepMs = isStdio(this.#stream) ? STDIO_STEP_MS : STEP_MS;
    return setInterval(() => {
      if (this.#inFlight === 0) return this.#endWatch();
      const isSilent = (this.#stream.writableLength ?? 0) === 0 && seen === this.#callbacks;
      seen = this.#callbacks;
      silentSteps = isSilent ? silentSteps + 1 : 0;
      if (silentSteps < SILENT_STEPS) return;
      silentSteps = 0;
      this.succeed(this.#takeInFlight());
      this.#onDrain();
    }, stepMs);
  }

  #endWatch(): void {
    clearInterval(this.#silenceTimer);
    this.#silenceTimer = undefined;
  }

  flushSync(): void {
    this.#isWaiting = false; // the last chance: the stream may still write some of it at once
    this.pump();
  }

  override handOver(): void {
    while (this.queue.length > 0 && !this.isGone) this.flushSync();
  }

  protected async release(): Promise<void> {
    this.#endWatch();
    this.#stream.off('drain', this.#onDrain);
    this.#stream.off('close', this.#onClose);
    // The error listener stays for what the stream has not told yet; without it a late EPIPE would end the process.
    if (this.#stream.writableLength === 0 && !this.isGone) this.#stream.off('error', this.#onError);
  }

  #writeLine(line: string): void {
    this.#inFlight++;
    try {
      // A `write` that somebody put in its place may say nothing, which is no wish to wait.
      const hasRoom = this.#stream.write(`${line}\n`, this.#onWritten) as boolean | undefined;
      if (hasRoom === false) this.#isWaiting = true;
    } catch (error) {
      this.#onWritten(error);
    }
  }

  #streamFailed(error: unknown): void {
    const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
    const isFinal = this.#stream.destroyed || isEnded(this.#stream) || FINAL_CODES.has(code);
    this.fail(error, isFinal ? 'it gets no more lines' : 'the line is lost');
    if (isFinal && !this.isGone) this.abandon(this.#takeInFlight());
  }

  #takeInFlight(): number {
    const count = this.#inFlight;
    this.#inFlight = 0;
    return count;
  }
}

/** By the file descriptor: under Jest `process.stdout` is a copy. */
function isStdio(stream: Writable & { readonly fd?: unknown }): boolean {
  return stream.fd === 1 || stream.fd === 2;
}
