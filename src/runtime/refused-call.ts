import { FlowError } from '../errors/flow-error.js';
import { beginStackAbove } from '../errors/stack.js';

/** What a program has done wrong, and not its data or the state of the flow. */
const MISTAKES: ReadonlySet<string> = new Set(['INVALID_OPTION', 'INVALID_MESSAGE', 'UNKNOWN_TARGET']);

/** The answer of a method of the handle that refuses what it was called with: the stack of a mistake begins at the call. */
export function refusedCall(flow: object, method: string, error: unknown): Promise<never> {
  if (FlowError.is(error) && MISTAKES.has(error.code)) beginStackAbove(error, Reflect.get(flow, method) as Function);
  return Promise.reject(error as Error);
}
