import type { NodeContext } from '../../ports/node-context.js';
import type { PayloadCheck } from '../../validation/payload-check.js';

/** What a slot calls in each attempt: the node itself, or what validation and interceptors made around it. */
export interface NodeTarget {
  process(payload: unknown, context: NodeContext): unknown;
}

/** How a node is invoked; composed once, at assembly. */
export interface NodeCall {
  readonly target: NodeTarget;
  /** For what the node sends with `ctx.emit`; results are checked inside `target`. */
  readonly emitCheck: PayloadCheck | undefined;
}
