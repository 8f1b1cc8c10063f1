import { FlowError, type ClockTimer } from '../../index.js';
import { READER_GONE_MS } from '../protocol/channels.js';
import type { ResultAnswer } from '../protocol/answer.js';
import { ChunkInbox, type InboxPlace } from './chunk-inbox.js';
import type { RootSink } from './root-sink.js';
import { RootStream, type StreamEnd } from './root-stream.js';

/** What comes next in a stream when the chunks before it are here. */
type Step = { readonly answer: ResultAnswer } | { readonly end: StreamEnd };

/** What a stream asks of its root. */
export interface StreamOwner {
  readonly traceId: string;
  /** After so many seconds without a reader it is ended; 0 = never. */
  readonly chunkStallS: number;
  /** The reader left. */
  left(): void;
  /** The reader has taken nothing for too long. */
  stalled(error: FlowError): void;
}

const LOOK_MS = 1_000;

/** Brings the results of a root to the reader of its stream, each after the chunks that were sent before it. */
export class StreamSink<Out> implements RootSink {
  readonly stream: RootStream<Out>;
  readonly #place: InboxPlace;
  readonly #owner: StreamOwner;
  readonly #inbox: ChunkInbox;
  /** In the order in which they came. */
  readonly #steps: Step[] = [];
  #timer: ClockTimer | undefined;
  /** Since when the first step waits for chunks, and since when pieces wait for the reader: monotonic. */
  #blockedMs: number | undefined;
  #unreadMs: number | undefined;
  #takenBefore = 0;
  #hasFinal = false;

  constructor(place: InboxPlace, owner: StreamOwner) {
    this.#place = place;
    this.#owner = owner;
    this.stream = new RootStream<Out>(owner.traceId, () => {
      this.#close();
      owner.left();
    });
    this.#inbox = new ChunkInbox(place, this.stream, () => this.#goOn());
    this.#look();
  }

  result(answer: ResultAnswer): boolean {
    if (this.#hasFinal) return true;
    this.#hasFinal = !answer.piece;
    this.#add({ answer });
    return this.#hasFinal;
  }

  failure(error: FlowError): boolean {
    if (this.#hasFinal) return false;
    this.#hasFinal = true;
    this.#add({ end: { kind: 'failed', error } });
    return true;
  }

  accepted(): void {}

  over(isUncertain: boolean): boolean {
    if (this.#hasFinal) return true;
    if (isUncertain) return false;
    this.#hasFinal = true;
    this.#add({ end: { kind: 'end', value: undefined } });
    return true;
  }

  /** What came before is still read. */
  fails(error: FlowError): void {
    this.#hasFinal = true;
    this.#steps.length = 0;
    this.#end({ kind: 'failed', error });
  }

  #add(step: Step): void {
    this.#steps.push(step);
    this.#goOn();
  }

  #goOn(): void {
    for (let step = this.#steps[0]; step !== undefined; step = this.#steps[0]) {
      if ('answer' in step && this.#waitsForChunks(step.answer)) return;
      this.#blockedMs = undefined;
      this.#steps.shift();
      if ('end' in step) this.#end(step.end);
      else this.#deliver(step.answer);
    }
  }

  /** For so long as somebody may still send them: chunks are never durable. */
  #waitsForChunks(answer: ResultAnswer): boolean {
    if (this.#inbox.hasAllBefore(answer)) return false;
    const nowMs = this.#place.clock.monotonic();
    if (this.#blockedMs === undefined) this.#inbox.askBefore(answer);
    this.#blockedMs ??= nowMs;
    return nowMs - this.#blockedMs < READER_GONE_MS;
  }

  #deliver({ value: text, piece }: ResultAnswer): void {
    let value: unknown;
    try {
      value = this.#place.codec.decode(text);
    } catch (error) {
      this.#hasFinal = true;
      this.#end({ kind: 'failed', error });
      return;
    }
    if (piece) this.stream.push(value, () => {});
    else this.#end({ kind: 'end', value });
  }

  #end(end: StreamEnd): void {
    this.stream.end(end);
    this.#close();
  }

  #close(): void {
    this.#timer?.cancel();
    this.#inbox.close();
  }

  /** From time to time: what got lost, and whether somebody reads. */
  #look(): void {
    this.#timer = this.#place.clock.setTimer(() => {
      this.#look();
      this.#inbox.remind();
      const [step] = this.#steps;
      if (step !== undefined && 'answer' in step) this.#inbox.askBefore(step.answer);
      this.#goOn();
      this.#checkReader();
    }, LOOK_MS);
    this.#timer.unref?.();
  }

  #checkReader(): void {
    const { chunkStallS, traceId } = this.#owner;
    const nowMs = this.#place.clock.monotonic();
    if (this.stream.waiting === 0 || this.stream.taken !== this.#takenBefore) this.#unreadMs = undefined;
    else this.#unreadMs ??= nowMs;
    this.#takenBefore = this.stream.taken;
    if (this.#unreadMs === undefined || chunkStallS === 0 || this.stream.hasEnd) return;
    if (nowMs - this.#unreadMs < chunkStallS * 1_000) return;
    const error = new FlowError('READER_STALLED', {
      message: `Nobody took a piece of the stream of trace ${traceId} for ${chunkStallS} s`,
      traceId,
      metadata: { chunk_stall_s: chunkStallS },
    });
    // Whoever comes back finds the error, and not what had piled up.
    this.stream.drop();
    this.#owner.stalled(error);
  }
}
