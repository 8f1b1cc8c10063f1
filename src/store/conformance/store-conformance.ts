import { BATCH_CASES } from './batch-cases.js';
import type { ConformanceCase, ConformanceTarget } from './conformance-target.js';
import { CRASH_CASES } from './crash-cases.js';
import { Examined, type Promised } from './examined.js';
import { LIST_CASES } from './list-cases.js';
import { PACKED_CASES } from './packed-cases.js';
import { READING_CASES } from './reading-cases.js';
import { RETENTION_CASES } from './retention-cases.js';
import { RUNNER_CASES } from './runner-cases.js';
import { SEARCH_CASES } from './search-cases.js';

const PROMISES: readonly Promised[] = [
  ...BATCH_CASES,
  ...PACKED_CASES,
  ...READING_CASES,
  ...LIST_CASES,
  ...SEARCH_CASES,
  ...RUNNER_CASES,
  ...RETENTION_CASES,
  ...CRASH_CASES,
];

/**
 * What every store must do, as cases for any test runner: each one has a store of its own, and none depends on another.
 *
 * @example
 * ```ts
 * const target = { name: 'redisStore', create: () => redisStore({ url, prefix: randomUUID() }), destroy: (store) => drop(store) };
 * for (const { title, run } of storeConformance(target)) test(title, run);
 * ```
 */
export function storeConformance(target: ConformanceTarget): ConformanceCase[] {
  return PROMISES.filter(({ crashes }) => crashes !== true || target.crash !== undefined).map((promised) => ({
    title: `${target.name} ${promised.title}`,
    run: () => examine(target, promised),
  }));
}

async function examine(target: ConformanceTarget, promised: Promised): Promise<void> {
  const examined = await Examined.of(target);
  try {
    await promised.holds(examined);
  } finally {
    await examined.destroy();
  }
}
