/** A longer timer would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Calls back after a time, as `setTimeout` does. */
export type SetTimer = (callback: () => void, ms: number) => unknown;

/** Resolves after a time, however long. */
export async function longPause(ms: number, setTimer: SetTimer = setTimeout): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= LONGEST_MS) {
    await new Promise<void>((resolve) => {
      setTimer(resolve, Math.min(leftMs, LONGEST_MS));
    });
  }
}
