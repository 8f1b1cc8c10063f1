import { FlowError } from '../../errors/flow-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import { accountOf } from '../core/run-story.js';
import { dropHolds } from '../core/trace-holds.js';
import type { Parcel } from '../trace/envelope.js';
import type { TraceRecord } from '../trace/trace-record.js';
import { sweepRun } from './sweep-run.js';
import type { WiredFlow } from './wired-flow.js';

/** Ends what is left of runs that have failed: as a cancel does, but for its events. */
export class FailedRuns {
  readonly #flow: WiredFlow;
  /** Runs whose rest is ended later. */
  #later: Map<TraceRecord, FlowError> | undefined;

  constructor(flow: WiredFlow) {
    this.#flow = flow;
  }

  /** Ends the rest of a run, the message that failed included, if there is more than that. */
  endRest(run: TraceRecord, failure: FlowError): void {
    if (run.ended || run.cancelled) return;
    const isHeld = this.#later !== undefined;
    // The message that failed is one of them, and another one is held while several may fail.
    const others = run.pending - (isHeld ? 2 : 1);
    if (others <= 0 && (run.owned || run.locals === undefined)) return;
    if (this.#later !== undefined) this.#later.set(run, failure);
    else this.#end(run, failure);
  }

  /** Does something that may fail several messages of a run: its rest is ended when `endHeld` is called. */
  hold(): void {
    this.#later ??= new Map();
  }

  endHeld(): void {
    const held = this.#later ?? [];
    this.#later = undefined;
    for (const [run, failure] of held) this.endRest(run, failure);
  }

  #end(run: TraceRecord, failure: FlowError): void {
    const { core, gone } = this.#flow;
    const account = accountOf(core, run);
    if (account !== undefined) account.dropped += run.pending - 1;
    run.cancelled = true;
    core.traces.closeToJoins(run);
    dropHolds(run);
    // One message of the run is held back until all places were looked at, so that it ends after the last event.
    run.pending++;
    core.runQueue.enter();
    try {
      sweepRun(this.#flow, run, this.#reason(run, failure), () => {});
      // There was no cancel that `trace_cancel_finish` could be the end of.
      run.cancelled = false;
      if (run.owned) {
        const queued = run.pending - 1;
        core.traces.endNow(run);
        gone.note(queued);
      } else {
        this.#removeQueued(run);
        core.traces.release(run);
      }
    } finally {
      core.runQueue.leave();
    }
    // It may have been the last work that a drain waits for.
    if (core.draining) core.onFreed();
  }

  /** What is at the egress of an emitted run was there in time, and keeps the run until somebody takes it. */
  #removeQueued(run: TraceRecord): void {
    const { core, workers } = this.#flow;
    const isOfRun = ({ envelope }: Parcel): boolean => envelope.trace === run;
    for (const { inputs } of workers) {
      for (const floe of inputs) for (const { envelope } of floe.remove(isOfRun)) core.traces.release(envelope.trace);
    }
  }

  #reason(run: TraceRecord, failure: FlowError): FlowError {
    const { flowName } = this.#flow.core.plan;
    const what = failure.nodeName === undefined ? 'it failed' : `node "${failure.nodeName}" failed`;
    const message = `Trace ${run.id} of flow "${flowName}" was cancelled: ${what}`;
    return withoutFrames(() => new FlowError('TRACE_CANCELLED', { message, traceId: run.id, cause: failure }));
  }
}
