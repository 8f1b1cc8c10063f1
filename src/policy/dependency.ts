import { hasMarker } from '../errors/marker.js';
import { hasControlCharacters, invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import type { Dependency, DependencyOptions } from '../ports/dependency.js';

const IS_DEPENDENCY: unique symbol = Symbol.for('penguiflow:dependency') as never;
const OPTIONS = ['timeoutS', 'policy'];

/**
 * Declares something outside that nodes need, and how it may be called. Declare each once and import it: a breaker only works when
 * all calls share it.
 *
 * @param name - for logs, metrics and spans, so one of few: never a part of a payload
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * import { circuitBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel';
 *
 * const breaker = circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) });
 * export const BANK = dependency('bank', { timeoutS: 2, policy: breaker });
 *
 * // in a node
 * const receipt = await ctx.through(BANK, (signal) => this.bank.charge(order, { signal }));
 * ```
 */
export function dependency<Alt = never>(name: string, options: DependencyOptions<Alt> = {}): Dependency<Alt> {
  checkName(name);
  const owner = `dependency(${JSON.stringify(name)})`;
  rejectUnknownOptions(options, OPTIONS, owner);
  const { timeoutS, policy } = options;
  if (timeoutS !== undefined && !(typeof timeoutS === 'number' && timeoutS > 0 && Number.isFinite(timeoutS)))
    throw invalidOption('timeoutS', owner, '> 0', timeoutS);
  if (policy !== undefined && typeof (policy as Partial<typeof policy> | null)?.execute !== 'function') {
    const hint = 'Give a policy of cockatiel, as `retry(handleAll, …)`, or anything with the same `execute`.';
    throw invalidOption('policy', owner, 'an object with `execute`', policy, hint);
  }
  const made = { name, timeoutS, policy };
  Object.defineProperty(made, IS_DEPENDENCY, { value: true });
  return Object.freeze(made);
}

/** Whether a value was made by `dependency()`, be it that of another installed copy. */
export function isDependency(value: unknown): value is Dependency<unknown> {
  return hasMarker(value, IS_DEPENDENCY);
}

function checkName(name: unknown): void {
  if (typeof name !== 'string' || name.trim() === '')
    throw invalidOption('name', 'dependency()', 'a non-empty string', name);
  if (hasControlCharacters(name))
    throw invalidOption('name', 'dependency()', 'a text without control characters', name);
}
