/** Histories that write what waits when the program has nothing left to do. */
const flushes = new Set<() => void>();

function flushAll(): void {
  for (const flush of flushes) flush();
}

/** Has a function called whenever the program is about to end by itself; returns what ends that. */
export function onIdleProcess(flush: () => void): () => void {
  // One listener for all: more than ten are taken for a leak.
  if (flushes.size === 0) process.on('beforeExit', flushAll);
  flushes.add(flush);
  return () => {
    if (flushes.delete(flush) && flushes.size === 0) process.off('beforeExit', flushAll);
  };
}
