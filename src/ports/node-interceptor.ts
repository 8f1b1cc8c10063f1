import type { NodeContext } from './node-context.js';

/** One attempt of a node, as an interceptor sees it. */
export interface NodeInvocation {
  /** The payload as it arrived, before `input` validation, or as an outer interceptor replaced it. */
  readonly payload: unknown;
  /** The same context that `process` gets. */
  readonly context: NodeContext;
  readonly nodeName: string;
  readonly flowName: string;
  /** A copy with another payload, to be passed to `next`. */
  with(change: { readonly payload: unknown }): NodeInvocation;
}

/**
 * Goes on to the next interceptor, and past the last one to validation and `process`. At most once per attempt.
 *
 * @param invocation - what goes on in place of the one that came in. @defaultValue the one that came in
 * @returns what `process` returned, awaited: a payload, a `Message`, an async iterable of them, or undefined
 * @throws FlowError `NEXT_CALLED_TWICE`, `ATTEMPT_ENDED`, `VALIDATION_FAILED`, and whatever `process` throws
 */
export type NextInvocation = (invocation?: NodeInvocation) => Promise<unknown>;

/**
 * A service wrapped around the invocations of nodes: it can change, refuse or time them. It runs inside the attempt, so
 * the timeout and the retries of the node cover it too. One instance per flow.
 *
 * @example
 * ```ts
 * @injectable()
 * class Audit implements NodeInterceptor {
 *   constructor(private readonly trail: AuditTrail) {}
 *   async intercept(invocation: NodeInvocation, next: NextInvocation): Promise<unknown> {
 *     const result = await next();
 *     this.trail.add(invocation.nodeName, invocation.context.traceId);
 *     return result;
 *   }
 * }
 * ```
 */
export interface NodeInterceptor {
  /** @returns what leaves the node in this attempt; forward what `next` gave to leave it unchanged */
  intercept(invocation: NodeInvocation, next: NextInvocation): Promise<unknown>;
  /** Runs once before the flow takes input; a rejection stops the start. */
  onFlowStart?(): void | Promise<void>;
  /** Runs once when the flow stops. */
  onFlowStop?(): void | Promise<void>;
}

/** What may stand in an `interceptors` list: a class that the container builds, or an instance. */
export type InterceptorRef = (new (...args: never[]) => NodeInterceptor) | NodeInterceptor;
