import type { FlowError } from '../../errors/flow-error.js';
import type { MessageHeaders } from '../../message/headers.js';
import type { TracePart } from '../../ports/flow-tracer.js';
import type { RunStatus } from '../../ports/run-kind.js';

/** What a message brings along, wherever it goes. */
export interface CarriedMessage {
  readonly payload: unknown;
  readonly headers: MessageHeaders;
  readonly meta: Readonly<Record<string, unknown>>;
  /** When it was made, in seconds since the epoch. */
  readonly ts: number;
  /** Descends from a value that an async iterable yielded: a piece of a stream, not its final value. */
  readonly piece: boolean;
}

/** A message that comes to a part of a flow from somewhere else. */
export interface Arrival extends CarriedMessage {
  readonly traceId: string;
  /** Names of the nodes that get it. */
  readonly to: readonly string[];
  /** Name of the node that sent it, or `OpenSea`. */
  readonly from: string;
  /** What the work on it is known by: `ctx.idempotencyKey` of a node that gets it. */
  readonly key: string;
  /** Time left, in seconds; undefined = it has no deadline. */
  readonly timeoutS: number | undefined;
  /** Whether somebody waits for one answer, so that the first failure ends what is under way of it. */
  readonly isCall: boolean;
  /** With which attempt the work on it begins, from 0: others have made those before. */
  readonly attempt: number;
  readonly part: TracePart;
}

/** A message that leaves a part of a flow for a node that is elsewhere. */
export interface Departure extends CarriedMessage {
  /** Names of the nodes. */
  readonly to: string;
  readonly from: string;
  /** Time left, in milliseconds; undefined = it has no deadline. */
  readonly leftMs: number | undefined;
  /** What the work of the node on it is known by; computed at each call. */
  key(): string;
  /** Where the work of the node goes on in a trace: `traceparent` and the like; empty where nobody traces. */
  traceHeaders(): Readonly<Record<string, string>>;
}

/** What becomes of an arrival, told to whoever brought it. */
export interface ArrivalHost {
  /**
   * Looks at what is about to leave, as a departure or a result, while the attempt that sends it can still fail.
   * @param to - names of the nodes elsewhere that get it; none for a result
   * @throws what refuses it: the attempt fails with that
   */
  check?(leaving: CarriedMessage, to: readonly string[]): void;
  /** Something leaves for a node elsewhere. False: there is no room; say `room` of the part when there is. */
  departs(departure: Departure): boolean;
  /** A result, a piece of a stream or a chunk. False: there is no room; say `room` of the run when there is. */
  delivers(result: CarriedMessage): boolean;
  /** A message failed for good; without `nodeName` it is the end of all: cancelled, late, or stopped. */
  fails(error: FlowError): void;
  /**
   * The message waits for its next attempt, and nothing else of it is under way: whether it is handed back for that time. Then `handBack` of the run has to follow,
   * and not inside of this call.
   *
   * @param attempt - the one that would follow
   */
  putsOff?(waitMs: number, attempt: number): boolean;
  /** Nothing of it is under way any more. Comes once, last. */
  ends(status: RunStatus): void;
}

/** The run of an arrival. */
export interface ArrivedRun {
  /** Whether a node has begun to work on it. */
  readonly hasBegun: boolean;
  /** Those who wait to deliver results may go on. */
  room(): void;
  /** Ends it without a word, because its message goes back: no code of it runs. `ends` has been told when this returns. */
  handBack(): void;
  /**
   * Ends it: what runs of it is interrupted. `ends` has been told when this returns.
   *
   * @param reason - completes a `TRACE_CANCELLED`, or is the reason itself
   */
  cancel(reason: string | FlowError): void;
}

/** Which part of a flow runs here. */
export interface PartShape {
  /** Names of the nodes. */
  readonly members: ReadonlySet<string>;
  /** Whether messages of this edge go through the carrier, though both nodes may be here. Edges to other nodes do in any case. */
  isCut(edge: { readonly from: string; readonly to: string }): boolean;
}
