import type { Clock, FlowLog, FlowPlan, FlowTracer, TraceStart } from '../../index.js';
import type { HistorySettings } from './history-options.js';
import { keptPlan, planHash } from './plan-json.js';
import { RecordedRun, type RunEndListener } from './recorded-run.js';
import type { RowBuffer } from './row-buffer.js';
import type { RunLines } from './run-lines.js';
import type { RunSource } from './run-source.js';

/** Between two lines about runs that are not recorded. */
const TELL_MS = 10_000;

/** Follows the runs of flows, and has what happens in them wait for the store. */
export class FlowRecordings implements RunEndListener {
  readonly #buffer: RowBuffer;
  readonly #settings: HistorySettings;
  readonly #lines: RunLines;
  readonly #log: () => FlowLog | undefined;
  /** Runs under way, by the number that the process knows them by. */
  readonly #open = new Map<number, RecordedRun>();
  readonly #plans = new Set<string>();
  #runs = 0;
  #isClosed = false;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(buffer: RowBuffer, settings: HistorySettings, lines: RunLines, log: () => FlowLog | undefined) {
    this.#buffer = buffer;
    this.#settings = settings;
    this.#lines = lines;
    this.#log = log;
  }

  /** What follows the runs of a flow. */
  tracerOf(plan: FlowPlan, clock: Clock): FlowTracer {
    const source = this.#sourceOf(plan, clock);
    return { startTrace: (start) => (this.#isClosed ? undefined : this.#begin(source, start)) };
  }

  /** A message of a run is not processed, because its deadline has passed. */
  skipped(runId: number, nodeName: string, deadlineS: number): void {
    this.#open.get(runId)?.event('skip', nodeName, undefined, JSON.stringify({ deadline_s: deadlineS }));
  }

  #begin(source: RunSource, start: TraceStart): RecordedRun {
    const { runId, parentRun } = start;
    const isShed = !this.#buffer.takesRuns;
    if (isShed) this.#shed(source.clock);
    const parent = parentRun === undefined ? undefined : this.#open.get(parentRun);
    const run = new RecordedRun(++this.#runs, source, start, parent, isShed, this);
    this.#open.set(runId, run);
    this.#lines.begun(runId, run);
    return run;
  }

  /** What begins from now on is not recorded. */
  close(): void {
    this.#isClosed = true;
  }

  ended(runId: number): void {
    this.#open.delete(runId);
    this.#lines.ended(runId);
  }

  #sourceOf(plan: FlowPlan, clock: Clock): RunSource {
    const json = JSON.stringify(keptPlan(plan));
    const hash = planHash(json);
    if (!this.#plans.has(hash)) this.#buffer.addPlan({ hash, flow: plan.flowName, json });
    this.#plans.add(hash);
    return { plan, planHash: hash, clock, buffer: this.#buffer, settings: this.#settings };
  }

  #shed(clock: Clock): void {
    const { counts, size } = this.#buffer;
    counts.shedTraces++;
    const nowMs = clock.monotonic();
    if (nowMs - this.#toldMs < TELL_MS) return;
    this.#toldMs = nowMs;
    this.#log()?.write('warn', 'history_shed', { shed_traces: counts.shedTraces, waiting_rows: size }, {});
  }
}
