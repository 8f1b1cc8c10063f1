import { ContextIdFactory, type ContextId, type ModuleRef } from '@nestjs/core';
import type { FlowNode, Message, NodeClass, NodeContext } from '../index.js';

/** One context per message, so that the retries of a message meet the instance of its first attempt. */
const contexts = new WeakMap<Message, ContextId>();

/**
 * Stands for a request-scoped node in a flow: each message gets an instance of its own, made by NestJS, in whose
 * dependencies `@Inject(REQUEST)` is the envelope. Its `onFlowStart` and `onFlowStop` are not called, as there is no instance then.
 *
 * The context is what the application's `ContextIdStrategy` makes of the envelope, so durable providers are shared as it says.
 *
 * @param isDurable - whether the node itself is durable: its `REQUEST` is then the payload of the strategy
 */
export function requestScopedNode(moduleRef: ModuleRef, nodeClass: NodeClass, isDurable: boolean): FlowNode {
  return {
    process: async (payload: never, ctx: NodeContext) => {
      const context = contextOf(moduleRef, ctx.message, isDurable);
      const node = await moduleRef.resolve<FlowNode>(nodeClass as never, context, { strict: false });
      return node.process(payload, ctx);
    },
  };
}

function contextOf(moduleRef: ModuleRef, message: Message, isDurable: boolean): ContextId {
  let context = contexts.get(message);
  if (context === undefined) {
    context = ContextIdFactory.getByRequest(message);
    moduleRef.registerRequestByContextId(isDurable ? context.payload : message, context);
    contexts.set(message, context);
  }
  return context;
}
