import { StreamChunk } from '../../message/stream-chunk.js';
import type { FlowError } from '../../errors/flow-error.js';
import type { TraceRegistry } from '../trace/trace-registry.js';
import { rejectToCaller } from '../trace/throw-to-caller.js';
import type { CollectedResults } from './collected-results.js';
import { StreamReader, type StreamConsumer, type StreamOutcome } from './stream-reader.js';

/** Told of what nobody gets. */
type Discard = (discarded: { readonly payload: unknown }) => void;

/** Takes all results of a run as they come. */
class Collector implements StreamConsumer {
  readonly waits = true;
  readonly failures: FlowError[] = [];
  readonly promise: Promise<CollectedResults<unknown>>;
  readonly #results: unknown[] = [];
  readonly #discard: Discard;
  #resolve!: (all: CollectedResults<unknown> | Promise<never>) => void;
  #reject!: (error: unknown) => void;

  constructor(discard: Discard) {
    this.#discard = discard;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  onPiece(payload: unknown): void {
    if (StreamChunk.is(payload)) this.#discard({ payload });
    else this.#results.push(payload);
  }

  onOutcome(outcome: StreamOutcome): void {
    if (outcome.kind === 'end') this.#resolve({ results: this.#results, failures: this.failures });
    else rejectToCaller(outcome.error as FlowError, { resolve: this.#resolve, reject: this.#reject });
  }
}

/** The egress of a run whose results are all wanted, and its failures where those are wanted beside them. */
export class CollectReader extends StreamReader {
  readonly #settles: boolean;
  readonly #collector: Collector;

  /**
   * @param settles - whether failures of messages are gathered, too; else the first one is that of all
   * @param discard - told of each chunk, which is no result, and of what comes after a failure
   */
  constructor(traces: TraceRegistry, settles: boolean, discard: Discard) {
    super(0, traces, discard, true);
    this.#settles = settles;
    this.#collector = new Collector(discard);
    this.consumer = this.#collector;
  }

  get promise(): Promise<CollectedResults<unknown>> {
    return this.#collector.promise;
  }

  /** A failure that names no node ends the run: it was cancelled, is late, or the flow stops. */
  override fail(error: FlowError): void {
    if (this.#settles && error.nodeName !== undefined) this.#collector.failures.push(error);
    else super.fail(error);
  }
}
