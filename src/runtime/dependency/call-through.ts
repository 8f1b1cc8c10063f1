import { invalidOption } from '../../errors/option-error.js';
import { isDependency } from '../../policy/dependency.js';
import type { Dependency } from '../../ports/dependency.js';
import { DependencyCall, type CallingAttempt } from './dependency-call.js';

/** `ctx.through` of an attempt that is not over. Not an async function, whose frame would stand between an error and the node. */
export function callThrough<T, Alt>(
  from: CallingAttempt,
  to: Dependency<Alt>,
  run: (signal: AbortSignal) => PromiseLike<T> | T,
): Promise<T | Alt> {
  const owner = `through() of node "${from.host.plan.name}"`;
  if (!isDependency(to)) return Promise.reject(invalidOption('to', owner, 'made by `dependency()`', to));
  if (typeof run !== 'function') return Promise.reject(invalidOption('run', owner, 'a function', run));
  const call = new DependencyCall(from, to, run);
  call.start();
  return call.promise;
}
