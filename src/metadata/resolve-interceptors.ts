import { invalidOption } from '../errors/option-error.js';
import type { InterceptorRef } from '../ports/node-interceptor.js';

/**
 * Checks a list of interceptors as far as possible before the container builds them, and freezes a copy.
 *
 * @param owner - whose it is, for the message: `@Node "Price"`
 * @throws FlowError `INVALID_OPTION`
 */
export function resolveInterceptors(
  given: readonly InterceptorRef[] | undefined,
  owner: string,
): readonly InterceptorRef[] {
  const list: unknown = given ?? [];
  if (!Array.isArray(list)) throw invalidOption('interceptors', owner, 'an array', list);
  for (const entry of list as readonly unknown[]) {
    // An arrow function has no prototype, and can be no class.
    if (typeof entry === 'function' && entry.prototype !== undefined) continue;
    if (typeof entry === 'object' && entry !== null && 'intercept' in entry) continue;
    throw invalidOption('interceptors', owner, 'a list of classes or objects with `intercept`', entry);
  }
  return Object.freeze([...(list as readonly InterceptorRef[])]);
}
