import type { StreamChunk } from '../../message/stream-chunk.js';
import type { FlowError } from '../../errors/flow-error.js';
import { rejectedToCaller } from '../trace/throw-to-caller.js';
import type { FlowStream } from './flow-stream.js';
import { StreamAsks } from './stream-asks.js';
import type { StreamOutcome, StreamReader } from './stream-reader.js';

type StreamResult<Out> = IteratorResult<StreamChunk | Out, Out | undefined>;

/** Notes that somebody waits for an answer, and gives that back. */
export type NoteWait = <T>(answer: Promise<T>) => Promise<T>;

function ignore(): void {}

/** The stream of one trace: takes from its reader, and knows how it ended. */
export class TraceStream<out Out> implements FlowStream<Out> {
  readonly traceId: string;

  readonly #reader: StreamReader;
  /** Set once the stream was read to its end, or left. */
  #outcome: StreamOutcome | undefined;
  readonly #asks = new StreamAsks((outcome) => this.#end(outcome));
  readonly #cancel: () => void;
  readonly #note: NoteWait;
  #result: Promise<Out | undefined> | undefined;
  #settleResult: ((outcome: StreamOutcome) => void) | undefined;

  /**
   * @param cancel - called when the stream is left
   * @param note - given what somebody waits for
   */
  constructor(traceId: string, reader: StreamReader, cancel: () => void, note: NoteWait) {
    this.#note = note;
    this.traceId = traceId;
    this.#reader = reader;
    this.#cancel = cancel;
    reader.consumer = this.#asks;
  }

  get result(): Promise<Out | undefined> {
    if (this.#result === undefined) {
      this.#result = new Promise<Out | undefined>((resolve, reject) => {
        this.#settleResult = (outcome) => {
          if (outcome.kind === 'end') resolve(outcome.payload as Out | undefined);
          else reject(outcome.error as Error);
        };
      });
      // Whoever reads the loop hears of a failure there; `result` is for those who ask.
      this.#result.catch(ignore);
      // Also while nobody reads: a failure, or the stop of the flow, must not leave it waiting.
      this.#reader.onOutcome = this.#settleResult;
      const outcome = this.#outcome ?? this.#reader.outcome;
      if (outcome !== undefined) this.#settleResult?.(outcome);
    }
    const noted = this.#note(this.#result);
    noted.catch(ignore);
    return noted;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Calls before the last one has settled are answered in their order, as an async generator's are. */
  next(): Promise<StreamResult<Out>> {
    if (this.#outcome !== undefined) return Promise.resolve({ done: true, value: undefined });
    const step = this.#reader.take();
    if (step === undefined) return this.#note(this.#asks.ask()) as Promise<StreamResult<Out>>;
    if (step.kind === 'piece') return Promise.resolve({ done: false, value: step.payload as StreamChunk | Out });
    this.#end(step);
    if (step.kind === 'end') return Promise.resolve({ done: true, value: step.payload as Out | undefined });
    // Whoever asked and went away must not bring the process down.
    const failed: Promise<StreamResult<Out>> = rejectedToCaller(step.error as FlowError, () => {
      failed.catch(ignore);
    });
    return failed;
  }

  return(value?: Out | PromiseLike<Out>): Promise<StreamResult<Out>> {
    const given = Promise.resolve(value);
    // Whoever asks for `result` or awaits this hears of it.
    given.catch(ignore);
    if (this.#outcome === undefined) {
      this.#end({ kind: 'end', payload: given });
      this.#asks.close();
      this.#cancel();
    }
    return given.then((settled) => ({ done: true, value: settled }));
  }

  #end(outcome: StreamOutcome): void {
    this.#outcome = outcome;
    this.#settleResult?.(outcome);
  }
}
