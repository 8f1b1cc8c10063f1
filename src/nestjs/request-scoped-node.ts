import { ContextIdFactory, type ContextId, type ModuleRef } from '@nestjs/core';
import type { FlowNode, Message, NodeClass, NodeContext } from '../index.js';

/** One context per message, so that the retries of a message meet the instance of its first attempt. */
const contexts = new WeakMap<Message, ContextId>();

/**
 * Stands for a request-scoped node in a flow: each message gets an instance of its own, made by NestJS, in whose
 * dependencies `@Inject(REQUEST)` is the envelope. Its `onFlowStart` and `onFlowStop` are not called, as there is no instance then.
 */
export function requestScopedNode(moduleRef: ModuleRef, nodeClass: NodeClass): FlowNode {
  return {
    process: async (payload: never, ctx: NodeContext) => {
      const node = await moduleRef.resolve<FlowNode>(nodeClass as never, contextOf(moduleRef, ctx.message), {
        strict: false,
      });
      return node.process(payload, ctx);
    },
  };
}

function contextOf(moduleRef: ModuleRef, message: Message): ContextId {
  let context = contexts.get(message);
  if (context === undefined) {
    context = ContextIdFactory.create();
    moduleRef.registerRequestByContextId(message, context);
    contexts.set(message, context);
  }
  return context;
}
