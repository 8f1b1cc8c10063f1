/** Lines of one trace that were not sampled. */
interface Recording<T> {
  readonly lines: T[];
  /** Where the oldest line is, once the ring has come round. */
  oldest: number;
  lost: number;
  isFailed: boolean;
}

/** What {@link FlightRecorder.fail} gives back. */
export interface Playback<T> {
  /** In the order in which they were recorded. */
  readonly lines: readonly T[];
  /** Older lines that the ring had no room for. */
  readonly lost: number;
}

const NOTHING: Playback<never> = Object.freeze({ lines: [], lost: 0 });

/**
 * Keeps the last lines of the last traces, to be written when a trace fails. Bounded in traces (the one that was quiet
 * longest goes first) and in lines per trace.
 */
export class FlightRecorder<T> {
  readonly #maxTraces: number;
  readonly #maxLines: number;
  /** In the order of the last line, oldest first. */
  readonly #traces = new Map<string, Recording<T>>();

  constructor(maxTraces: number, maxLines: number) {
    this.#maxTraces = maxTraces;
    this.#maxLines = maxLines;
  }

  /** How many traces are kept. */
  get size(): number {
    return this.#traces.size;
  }

  /** Keeps a line; false when the trace has failed already and its lines are wanted at once. */
  record(traceId: string, line: T): boolean {
    const recording = this.#touch(traceId);
    if (recording.isFailed) return false;
    if (recording.lines.length < this.#maxLines) {
      recording.lines.push(line);
    } else {
      recording.lines[recording.oldest] = line;
      recording.oldest = (recording.oldest + 1) % this.#maxLines;
      recording.lost++;
    }
    return true;
  }

  /** The lines of a trace that has failed; they are forgotten here, and later ones are not kept. */
  fail(traceId: string): Playback<T> {
    const recording = this.#touch(traceId);
    recording.isFailed = true;
    if (recording.lines.length === 0) return NOTHING;
    const { lines, oldest, lost } = recording;
    const ordered = [...lines.slice(oldest), ...lines.slice(0, oldest)];
    recording.lines.length = 0;
    recording.oldest = 0;
    recording.lost = 0;
    return { lines: ordered, lost };
  }

  #touch(traceId: string): Recording<T> {
    let recording = this.#traces.get(traceId);
    if (recording === undefined) {
      recording = { lines: [], oldest: 0, lost: 0, isFailed: false };
      if (this.#traces.size >= this.#maxTraces) this.#forgetQuietest();
    } else {
      this.#traces.delete(traceId);
    }
    this.#traces.set(traceId, recording);
    return recording;
  }

  #forgetQuietest(): void {
    const quietest = this.#traces.keys().next();
    if (!quietest.done) this.#traces.delete(quietest.value);
  }
}
