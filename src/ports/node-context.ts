import type { Headers } from '../message/headers.js';
import type { Message } from '../message/message.js';
import type { NodeLogger } from './flow-log.js';

/** A node class as {@link EmitTargets} needs it; any `NodeClass` is one (naming that type here would close a cycle of files). */
type TargetClass = new (...args: never[]) => { readonly process: (payload: never, ctx: never) => unknown };

/** Successors, by class or by name. */
export type NodeRef = TargetClass | string;

/** Options of {@link NodeContext.emit}. */
export interface EmitTargets {
  /** Successors that get the payload. @defaultValue as the graph routes it */
  readonly to?: NodeRef | readonly NodeRef[];
}

/** What a node knows of the message it works on. One per attempt. */
export interface NodeContext {
  /** The envelope with the payload. */
  readonly message: Message;
  readonly traceId: string;
  readonly headers: Headers;
  readonly tenant: string;
  readonly meta: Readonly<Record<string, unknown>>;
  /** Counts from 0. */
  readonly attempt: number;
  /** The node's name in the graph. */
  readonly nodeName: string;
  readonly flowName: string;
  /** Aborts when the attempt times out, its trace is cancelled, its deadline passes or the flow stops. */
  readonly signal: AbortSignal;
  /** Lines carry `trace_id`, `flow_name`, `node_name`, `node_id`, `tenant` and `attempt` by themselves. */
  readonly logger: NodeLogger;
  /** Milliseconds until the attempt's timeout or the deadline, whichever is first; Infinity without either. */
  readonly remainingMs: number;
  /**
   * Sends a payload downstream while `process` runs; resolves when there was room.
   * @throws FlowError `ATTEMPT_ENDED`, `TRACE_CANCELLED`, `UNKNOWN_TARGET`, `UNROUTED_MESSAGE`, `TRACE_MISMATCH`
   */
  emit(payload: unknown, options?: EmitTargets): Promise<void>;
}
