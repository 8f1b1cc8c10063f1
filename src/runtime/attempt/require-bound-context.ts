import { FlowError } from '../../errors/flow-error.js';
import type { NodeContext } from '../../ports/node-context.js';

/** A method that was taken off the context has no `this`; what it is called on then is undefined. */
export function requireBoundContext(context: NodeContext | undefined, method: string): void {
  if (context === undefined) throw withoutContext(method);
}

function withoutContext(method: string): FlowError {
  return new FlowError('INVALID_OPTION', {
    message: `\`${method}\` was called without the context it belongs to`,
    hint: `Write \`ctx.${method}(…)\`: taken off the context, as in \`process(payload, { ${method} })\`, it does not know its node.`,
  });
}
