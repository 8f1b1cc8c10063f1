import { FlowError } from '../errors/flow-error.js';
import type { NodeContext } from '../ports/node-context.js';
import type { NextInvocation, NodeInterceptor, NodeInvocation } from '../ports/node-interceptor.js';
import { AttemptContext } from '../runtime/attempt/attempt-context.js';
import type { NodeTarget } from '../runtime/attempt/node-call.js';
import { Invocation } from './invocation.js';

/** One link of the chain. */
type Link = (payload: unknown, context: NodeContext) => unknown;

function ignore(): void {}

/** Wraps interceptors around a node, the first outermost; the node itself when there are none. */
export function composeInterceptors(interceptors: readonly NodeInterceptor[], node: NodeTarget): NodeTarget {
  if (interceptors.length === 0) return node;
  let process: Link = (payload, context) => node.process(payload, context);
  for (const interceptor of interceptors.toReversed()) process = link(interceptor, process);
  return { process };
}

function link(interceptor: NodeInterceptor, inner: Link): Link {
  return (payload, context) => {
    const invocation = new Invocation(payload, context);
    return interceptor.intercept(invocation, nextOf(invocation, inner));
  };
}

function nextOf(invocation: Invocation, inner: Link): NextInvocation {
  let called = false;
  const proceed = async (given: NodeInvocation): Promise<unknown> => {
    if (called) throw calledTwice(invocation);
    called = true;
    // Whoever called it may have waited for something, and the attempt be over.
    AttemptContext.mustBeOpen(invocation.context, '`next` was called too late');
    return inner(given.payload, invocation.context);
  };
  return (given = invocation) => {
    const outcome = proceed(given);
    // An interceptor that does not look at the outcome must not bring the process down.
    outcome.catch(ignore);
    return outcome;
  };
}

function calledTwice({ nodeName, context }: Invocation): FlowError {
  return new FlowError('NEXT_CALLED_TWICE', {
    message: `An interceptor of node "${nodeName}" called \`next\` twice in attempt ${context.attempt}`,
    traceId: context.traceId,
    nodeName,
  });
}
