/** Lines of one trace that were not sampled. */
interface Recording<T> {
  readonly lines: T[];
  /** Where the oldest line is, once the ring has come round. */
  oldest: number;
  lost: number;
  isFailed: boolean;
  /** Runs of that id that have begun and not ended. */
  runs: number;
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
 * Keeps the last lines of the last traces, to be written when a run fails, until the last run of the trace ends. Bounded in traces (the one that was quiet
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

  /** A run of that trace begins. */
  begin(trace: string): void {
    this.#touch(trace).runs++;
  }

  /** A run of that trace has ended; with the last one its lines go. */
  end(trace: string): void {
    const recording = this.#traces.get(trace);
    if (recording !== undefined && --recording.runs <= 0) this.#traces.delete(trace);
  }

  /** Keeps a line; false when the trace has failed already and its lines are wanted at once. */
  record(trace: string, line: T): boolean {
    const recording = this.#touch(trace);
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
  fail(trace: string): Playback<T> {
    const recording = this.#touch(trace);
    recording.isFailed = true;
    if (recording.lines.length === 0) return NOTHING;
    const { lines, oldest, lost } = recording;
    const ordered = [...lines.slice(oldest), ...lines.slice(0, oldest)];
    recording.lines.length = 0;
    recording.oldest = 0;
    recording.lost = 0;
    return { lines: ordered, lost };
  }

  #touch(trace: string): Recording<T> {
    let recording = this.#traces.get(trace);
    if (recording === undefined) {
      recording = { lines: [], oldest: 0, lost: 0, isFailed: false, runs: 0 };
      if (this.#traces.size >= this.#maxTraces) this.#forgetQuietest();
    } else {
      this.#traces.delete(trace);
    }
    this.#traces.set(trace, recording);
    return recording;
  }

  #forgetQuietest(): void {
    const quietest = this.#traces.keys().next();
    if (!quietest.done) this.#traces.delete(quietest.value);
  }
}
