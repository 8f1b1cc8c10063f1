/** Waits for a promise, and no longer than `limitS` seconds; whether it was done by then. */
export async function within(limitS: number, done: Promise<unknown>): Promise<boolean> {
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    limit = setTimeout(resolve, limitS * 1000, false);
  });
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    clearTimeout(limit);
  }
}
