import { clearTimeout, setTimeout } from 'node:timers';
import type { Logger } from 'winston';
import { callLog } from './guard-transport.js';
import type { LineInfo, SinkSetup, WinstonTransport } from './log-sink.js';
import { QueuedSink, SLOW_BUFFER_CHARS } from './queued-sink.js';
import { isEnded, isFinished } from './stream-state.js';

type LogMethod = (info: unknown, next: Callback) => unknown;
type Callback = (...results: unknown[]) => void;
/** What is called back for a line that the transport's stream has. */
type LineCallback = ((error?: unknown) => void) & { [LINE]?: LineInFlight };

const LINE: unique symbol = Symbol('penguiflow:line') as never;

/** How far a line is that the transport's stream has. */
interface LineInFlight {
  /** `log` was called for it and has not called `next` yet; only known of lines in a batch. */
  isInLog: boolean;
  isDone: boolean;
}

/**
 * Feeds a winston transport from a buffer of its own, so that a slow one holds up neither the others nor the flow.
 *
 * Winston pipes all transports to one stream: the slowest sets the pace of all, and one whose `log` throws never takes
 * a line again. Here the transport's `log` is watched: what it throws is counted and the next line goes on; and a line
 * counts as written when the transport says so. (Of lines that come in a batch the stream itself says so too early, and
 * twice.)
 */
export class TransportSink extends QueuedSink<LineInfo> {
  readonly name: string;
  readonly transport: WinstonTransport;
  readonly #parent: Logger;
  readonly #originalLog: LogMethod | undefined;
  readonly #hadOwnLog: boolean;
  #inFlight = 0;
  /** Lines whose `log` threw and whose write has not been called back yet. */
  #thrown = 0;
  #isWaiting = false;
  #isPumping = false;
  readonly #onDrain = (): void => {
    this.#isWaiting = false;
    this.pump();
  };
  readonly #onLogFailure = (error: unknown, wasDone: boolean): void => {
    if (!wasDone) this.#thrown++;
    this.fail(error, wasDone ? 'it goes on with the next line' : 'the line is lost for it');
  };
  readonly #onError = (error: unknown): void => this.#transportFailed(error);
  readonly #onClose = (): void => {
    if (!this.isClosed && !this.isGone) this.abandon(this.#takeInFlight());
  };

  /** @param parent - the logger whose levels the transport compares with */
  constructor(transport: WinstonTransport, parent: Logger, setup: SinkSetup) {
    super(setup, SLOW_BUFFER_CHARS);
    const named = (transport as { readonly name?: unknown }).name;
    this.name = `transport ${typeof named === 'string' ? named : transport.constructor.name}`;
    this.transport = transport;
    this.#parent = parent;
    this.#hadOwnLog = Object.hasOwn(transport, 'log');
    // oxlint-disable-next-line typescript/unbound-method -- `#watched` calls it on the transport
    this.#originalLog = transport.log as LogMethod | undefined;
    if (this.#originalLog !== undefined) transport.log = this.#watched(this.#originalLog);
    transport.on('drain', this.#onDrain);
    transport.on('error', this.#onError);
    transport.on('close', this.#onClose);
    transport.emit('pipe', parent); // how a winston transport learns its levels
  }

  protected get inFlight(): number {
    return this.#inFlight;
  }

  protected item(_line: string, info: LineInfo): LineInfo {
    return info;
  }

  protected pump(): void {
    if (this.#isPumping || this.isGone) return;
    this.#isPumping = true;
    while (!this.#isWaiting && !this.isGone) {
      const info = this.queue.shift();
      if (info === undefined) break;
      this.#writeInfo(info);
    }
    this.#isPumping = false;
  }

  flushSync(): void {
    this.#isWaiting = false;
    this.pump();
  }

  protected async release(timeoutMs: number): Promise<void> {
    await this.#end(timeoutMs);
    this.transport.emit('unpipe', this.#parent); // how a winston transport learns that it may close
    this.transport.off('drain', this.#onDrain);
    this.transport.off('close', this.#onClose);
    if (this.#hadOwnLog && this.#originalLog !== undefined) this.transport.log = this.#originalLog;
    else delete this.transport.log;
  }

  #writeInfo(info: LineInfo): void {
    const onWritten = this.#callback();
    this.#inFlight++;
    try {
      if (!this.transport.write(info, onWritten)) this.#isWaiting = true;
    } catch (error) {
      onWritten(error);
    }
  }

  #callback(): LineCallback {
    const line: LineInFlight = { isInLog: false, isDone: false };
    const onWritten: LineCallback = (error) => this.#written(line, error);
    onWritten[LINE] = line;
    return onWritten;
  }

  #written(line: LineInFlight, error: unknown): void {
    const failed = error !== undefined && error !== null;
    // Done or given up already, or the stream is done with a batch and the transport is not.
    if (line.isDone || this.isGone || (!failed && line.isInLog)) return;
    line.isDone = true;
    this.#inFlight--;
    this.#settle(failed ? error : undefined);
  }

  #settle(error: unknown): void {
    if (error !== undefined) this.#transportFailed(error);
    else if (this.#thrown === 0) return this.succeed(1);
    else this.#thrown--;
    this.lose(1);
    this.wakeWaiters();
  }

  /** In a batch `next` is what was given to `write` with the line, else it is the stream's own. */
  #watched(log: LogMethod): LogMethod {
    return (info, next) => {
      const line = (next as LineCallback)[LINE];
      const done = line === undefined ? next : this.#leavingLog(line, next);
      return callLog((called) => log.call(this.transport, info, called), done, this.#onLogFailure);
    };
  }

  #leavingLog(line: LineInFlight, next: Callback): Callback {
    line.isInLog = true;
    return (...results) => {
      line.isInLog = false;
      next(...results);
    };
  }

  #transportFailed(error: unknown): void {
    const isFinal = this.transport.destroyed || isEnded(this.transport);
    this.fail(error, isFinal ? 'it gets no more lines' : 'it goes on with the next line');
    if (isFinal && !this.isGone) this.abandon(this.#takeInFlight());
  }

  #takeInFlight(): number {
    const count = this.#inFlight;
    this.#inFlight = 0;
    return count;
  }

  /** `finish` of a winston transport comes when its last line is with its own destination. */
  #end(timeoutMs: number): Promise<void> {
    if (this.transport.destroyed || isFinished(this.transport)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.transport.once('finish', done);
      this.transport.once('close', done);
      this.transport.once('error', done);
      this.transport.end();
    });
  }
}
