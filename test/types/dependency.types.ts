import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  fallback,
  handleAll,
  noop,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { expectTypeOf } from 'expect-type';
import { dependency, type Dependency, type NodeContext } from '#src/index.js';

interface Receipt {
  readonly id: string;
}

const tries = retry(handleAll, { maxAttempts: 2 });
const breaker = circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) });
const crowd = bulkhead(4, 8);
const limit = timeout(1_000, TimeoutStrategy.Cooperative);
const later = fallback(handleAll, 'later' as const);

/** Every policy of cockatiel fits; only a fallback adds to what comes back. */
export async function policies(ctx: NodeContext, charge: (signal: AbortSignal) => Promise<Receipt>): Promise<void> {
  for (const policy of [tries, breaker, crowd, limit, noop]) {
    expectTypeOf(dependency('bank', { policy })).toEqualTypeOf<Dependency>();
  }
  const both = dependency('bank', { timeoutS: 2, policy: wrap(breaker, tries) });
  expectTypeOf(both).toEqualTypeOf<Dependency>();
  expectTypeOf(await ctx.through(both, charge)).toEqualTypeOf<Receipt>();
  expectTypeOf(await ctx.through(dependency('clock'), () => 12)).toEqualTypeOf<number>();

  const withFallback = dependency('bank', { policy: later });
  expectTypeOf(withFallback).toEqualTypeOf<Dependency<'later'>>();
  expectTypeOf(await ctx.through(withFallback, charge)).toEqualTypeOf<Receipt | 'later'>();
  const all = dependency('bank', { policy: wrap(later, breaker, tries) });
  expectTypeOf(await ctx.through(all, charge)).toEqualTypeOf<Receipt | 'later'>();

  // Of another make.
  const once = {
    execute: async <T>(run: (context: { readonly signal: AbortSignal }) => PromiseLike<T> | T) =>
      run({ signal: ctx.signal }),
  };
  expectTypeOf(await ctx.through(dependency('bank', { policy: once }), charge)).toEqualTypeOf<Receipt>();

  // @ts-expect-error -- a policy executes
  dependency('bank', { policy: {} });
  // @ts-expect-error -- the unit is in the name
  dependency('bank', { timeout: 2 });
  // @ts-expect-error -- a name alone is no dependency
  await ctx.through('bank', charge);
  // @ts-expect-error -- the function gets a signal
  await ctx.through(both, (name: string) => name);
}
