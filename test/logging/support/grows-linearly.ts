/** Lengths that are tried, each eight times the one before: what is quadratic takes sixty-four times as long. */
const LENGTHS: readonly number[] = [2048, 16_384, 131_072, 1_048_576];
/** Far from both, for a machine that does other things meanwhile. */
const MOST_GROWTH = 28;
/** What is faster is too fast to be compared, in milliseconds. */
const LEAST_MS = 1;
const TRIES = 8;

/**
 * Runs a function on texts of growing length and compares how long it takes, the fastest of some tries each. Stops at the first
 * growth that is more than linear, so that a failure does not take hours.
 *
 * @param textOf - a text of about that length
 * @param longest - the longest one
 * @returns undefined when it grows as the text does, or what it did
 */
export function superlinearGrowth(
  run: (text: string) => void,
  textOf: (length: number) => string,
  longest: number = LENGTHS.at(-1)!,
): string | undefined {
  let before: number | undefined;
  for (const length of LENGTHS.filter((each) => each <= longest)) {
    const text = textOf(length);
    const most = before === undefined ? Number.POSITIVE_INFINITY : Math.max(before, LEAST_MS) * MOST_GROWTH;
    const ms = fastest(run, text, most);
    if (ms > most)
      return `${ms.toFixed(1)} ms for ${length} characters, ${before!.toFixed(1)} ms for an eighth of them`;
    before = ms;
  }
  return undefined;
}

/** Tries again while it takes too long: something else may have had the processor. */
function fastest(run: (text: string) => void, text: string, enough: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < TRIES && (attempt === 0 || best > Math.min(enough, LEAST_MS)); attempt++) {
    best = Math.min(
      best,
      measured(() => run(text)),
    );
    if (best <= enough && enough !== Number.POSITIVE_INFINITY) break;
  }
  return best;
}

/** Milliseconds that passed, or that the process had the processor, whichever are fewer: others may have had it in between. */
function measured(body: () => void): number {
  const startMs = performance.now();
  const start = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(start);
  return Math.min(performance.now() - startMs, (user + system) / 1000);
}
