export const HOUR_S = 3_600;

/** Start of the hour, in seconds. */
export function hourOf(startedMs: number): number {
  return Math.floor(startedMs / 1_000 / HOUR_S) * HOUR_S;
}
