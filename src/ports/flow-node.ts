import type { Message } from '../message/message.js';
import type { NodeContext } from './node-context.js';

/** What `process` may return: a payload, a message, a stream of either, or nothing. */
export type NodeResult<O> = O | Message<O> | PayloadStream<O | Message<O>> | undefined | void;

/**
 * A stream of payloads, an async generator say: it emits what it yields, and then what it returns, if that is something.
 *
 * @typeParam Y - what it yields
 * @typeParam R - what it returns at its end
 */
export interface PayloadStream<out Y, out R = Y | undefined | void> {
  [Symbol.asyncIterator](): AsyncIterator<Y, R, unknown>;
}

/**
 * A node: a class with `process(payload, ctx)`.
 *
 * `process` is a property of function type on purpose: TypeScript compares methods bivariantly, which would let a node
 * that wants an `Order` stand where any object arrives.
 *
 * @typeParam I - the payload it takes
 * @typeParam O - the payload it emits; `undefined` for a node that emits nothing
 */
export interface FlowNode<in I = never, out O = unknown> {
  // oxlint-disable-next-line typescript/no-explicit-any -- a `process` says by itself what its messages hold, and any context may be passed to it
  readonly process: (payload: I, ctx: NodeContext<any>) => NodeResult<O> | Promise<NodeResult<O>>;
  /** Runs once before the flow takes input; a rejection stops the start. */
  onFlowStart?(): void | Promise<void>;
  /** Runs once when the flow stops. */
  onFlowStop?(): void | Promise<void>;
}

/** A class, as tokens, routes and `input`/`output` name it. */
export type Class<T = unknown> = abstract new (...args: never[]) => T;

/** A class of nodes. */
export type NodeClass<I = never, O = unknown> = new (...args: never[]) => FlowNode<I, O>;
