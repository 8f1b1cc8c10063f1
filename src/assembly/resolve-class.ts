import { describeThrown, FlowError } from '../errors/flow-error.js';
import { describeValue } from '../errors/option-error.js';
import type { Class } from '../ports/flow-node.js';
import type { NodeResolver } from '../ports/node-resolver.js';
import { isThenable, toPromise } from '../message/is-thenable.js';

/**
 * Asks a resolver, which may be the user's own, for an instance of a class.
 * @throws FlowError `UNRESOLVABLE_DEPENDENCY` when it throws, or gives no instance
 */
export function resolveClass<T extends object>(resolver: NodeResolver, wanted: Class<T>): T {
  let given: unknown;
  try {
    given = resolver.resolve(wanted);
  } catch (error) {
    if (FlowError.is(error)) throw error;
    throw new FlowError('UNRESOLVABLE_DEPENDENCY', {
      message: `The resolver gives no ${wanted.name}: ${describeThrown(error)}`,
      hint: `Read \`cause\`; make ${wanted.name} known to the container behind the resolver.`,
      cause: error,
    });
  }
  if (typeof given === 'object' && given !== null && !isThenable(given)) return given as T;
  // Nobody waits for it, and its failure is not the one to report.
  if (isThenable(given)) toPromise(given).catch(() => {});
  throw new FlowError('UNRESOLVABLE_DEPENDENCY', {
    message: `Expected the resolver to give an instance of ${wanted.name}, got ${describeValue(given)}`,
    hint: 'A flow is assembled at once: `resolve` of a NodeResolver answers without a promise.',
  });
}
