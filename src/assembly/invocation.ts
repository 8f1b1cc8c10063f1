import type { NodeContext } from '../ports/node-context.js';
import type { NodeInvocation } from '../ports/node-interceptor.js';

/** The invocation that is handed from one interceptor to the next. */
export class Invocation implements NodeInvocation {
  constructor(
    readonly payload: unknown,
    readonly context: NodeContext,
  ) {}

  get nodeName(): string {
    return this.context.nodeName;
  }

  get flowName(): string {
    return this.context.flowName;
  }

  with({ payload }: { readonly payload: unknown }): NodeInvocation {
    return new Invocation(payload, this.context);
  }
}
