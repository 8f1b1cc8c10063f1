import { invalidOption } from '../errors/option-error.js';
import type { NodePolicy } from '../ports/node-policy.js';

/** A policy as the user writes it: every field may be left out. Durations are in seconds. */
export type NodePolicyOptions = { readonly [K in keyof NodePolicy]?: NodePolicy[K] };

/** What a node does that says nothing (R10). */
const DEFAULT_POLICY: NodePolicy = Object.freeze({
  timeoutS: undefined,
  maxRetries: 0,
  backoffBaseS: 0.5,
  backoffMultiplier: 2,
  maxBackoffS: undefined,
  jitter: 'none',
  retryOn: undefined,
  retryBudget: undefined,
  concurrency: 1,
  ordered: false,
  maxPerS: undefined,
  maxLate: undefined,
});

type Check = readonly [accepts: (value: unknown) => boolean, expected: string];

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isInteger = (value: unknown, from: number): boolean => Number.isSafeInteger(value) && (value as number) >= from;

/** `undefined` is not checked: it means the default. */
const CHECKS: Readonly<Record<keyof NodePolicy, Check>> = {
  timeoutS: [(value) => isNumber(value) && value > 0, '> 0'],
  maxRetries: [(value) => isInteger(value, 0), 'a whole number >= 0'],
  backoffBaseS: [(value) => isNumber(value) && value >= 0, '>= 0'],
  backoffMultiplier: [(value) => isNumber(value) && value > 0, '> 0'],
  maxBackoffS: [(value) => isNumber(value) && value >= 0, '>= 0'],
  jitter: [(value) => value === 'none' || value === 'full', "'none' or 'full'"],
  retryOn: [(value) => typeof value === 'function', 'a function'],
  retryBudget: [(value) => isNumber(value) && value >= 0 && value <= 1, 'from 0 to 1'],
  concurrency: [(value) => isInteger(value, 1), 'a whole number >= 1'],
  ordered: [(value) => typeof value === 'boolean', 'true or false'],
  maxPerS: [(value) => isNumber(value) && value > 0, '> 0'],
  maxLate: [(value) => isInteger(value, 0) || value === Number.POSITIVE_INFINITY, 'a whole number >= 0, or Infinity'],
};

/** The names of the policy's options. */
export const POLICY_OPTIONS = Object.keys(CHECKS) as readonly (keyof NodePolicy)[];

/**
 * Checks a policy and fills in the defaults.
 *
 * @param owner - whose it is, for the message: `@Node "Price"`
 * @throws FlowError `INVALID_OPTION`
 */
export function resolvePolicy(options: NodePolicyOptions, owner: string): NodePolicy {
  const policy: Record<string, unknown> = { ...DEFAULT_POLICY };
  for (const name of POLICY_OPTIONS) {
    const value: unknown = options[name];
    if (value === undefined) continue;
    const [accepts, expected] = CHECKS[name];
    if (!accepts(value)) throw invalidOption(name, owner, expected, value);
    policy[name] = value;
  }
  return Object.freeze(policy) as unknown as NodePolicy;
}
