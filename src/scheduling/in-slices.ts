import { setImmediate } from 'node:timers';
import { performance } from 'node:perf_hooks';

/** How long a slice may hold the event loop, in milliseconds. */
const SLICE_MS = 8;

/**
 * Does something with each item of a list, in order: at once while it takes no longer than a slice, the rest in later turns of
 * the event loop.
 *
 * @param perPart - items between two looks at the clock
 */
export function inSlices<T>(items: readonly T[], perPart: number, work: (part: readonly T[]) => void): void {
  let at = 0;
  const slice = (): void => {
    const endsAt = performance.now() + SLICE_MS;
    while (at < items.length) {
      const part = items.slice(at, at + perPart);
      at += perPart;
      work(part);
      if (performance.now() >= endsAt) break;
    }
    if (at < items.length) setImmediate(slice);
  };
  slice();
}
