import type { MessageHeaders } from '../message/headers.js';
import type { FlowError } from '../errors/flow-error.js';
import type { EmitOptions } from './emit-options.js';

/** How somebody sends work to a flow that runs elsewhere. */
export interface RootStart {
  readonly kind: 'emit' | 'call' | 'stream' | 'collect';
  /** A payload, or a `Message`. */
  readonly input: unknown;
  readonly options: EmitOptions | undefined;
}

/** What is to be sent: read, checked, with every default. */
export interface RootRequest {
  readonly kind: RootStart['kind'];
  readonly payload: unknown;
  readonly traceId: string;
  readonly headers: MessageHeaders;
  readonly meta: Readonly<Record<string, unknown>>;
  /** When the message was made, in seconds since the epoch. */
  readonly ts: number;
  /** What the payload is known by outside, as `id` says. */
  readonly id: string | undefined;
  /** Names of the ingress nodes that get it. */
  readonly to: readonly string[];
  /** Time left, in milliseconds; undefined = it has no deadline. */
  leftMs(): number | undefined;
}

/** What a run that is done elsewhere is known by. */
export interface RootName {
  /** What all its parts have in common. */
  readonly root: string;
  /** Whether its beginning and its end are told: not where nobody here hears of the end. */
  readonly isTold: boolean;
}

/** Who waits for what comes of it. */
export interface RootHost {
  /** It is over before its end: cancelled, late, aborted by its signal, or stopped. Comes at most once, and not after `answered`. */
  fails(error: FlowError): void;
  /** Nothing of it is known here any more. Comes once, last. */
  ends(): void;
}

/** A run that begins here and whose work is done elsewhere. */
export interface RootRun {
  /** The number of the run. */
  readonly runId: number;
  readonly hasEnded: boolean;
  /** Where the work goes on in a trace: `traceparent` and the like; empty where nobody traces. */
  traceHeaders(): Readonly<Record<string, string>>;
  /** What was sent was taken: an `emit` does not end by its signal any more. */
  accepted(): void;
  /** A result has come. */
  delivered(): void;
  /** A message has failed for good, elsewhere. */
  failed(error: FlowError): void;
  /** Whoever asked has an answer: failures that come later are not the reason of its end. */
  answered(): void;
  /**
   * Ends it before its end: whoever waits is told.
   *
   * @param reason - completes a `TRACE_CANCELLED`, or is the reason itself
   */
  cancel(reason: string | FlowError): void;
  /** Nothing of it is under way any more, as far as is known here. */
  end(): void;
  /** Others go on with it: it is forgotten here without an end. */
  leave(): void;
}
