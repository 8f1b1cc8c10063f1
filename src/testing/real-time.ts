import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers';

/** How often something is looked at, in milliseconds. */
const LOOK_MS = 2;

/** Kept from the beginning: fake timers of a test may stand in their place. */
const now = performance.now.bind(performance);
const later = setTimeout;

/** Resolves when a condition holds, or when so many seconds have passed, whatever fake timers there are. */
export async function untilReal(holds: () => boolean, limitS: number): Promise<void> {
  const endsAt = now() + limitS * 1000;
  while (!holds() && now() < endsAt) {
    await new Promise<void>((resolve) => {
      later(resolve, LOOK_MS);
    });
  }
}
