import { rejectUnknownOptions } from '../errors/option-error.js';
import { Message } from '../message/message.js';
import type { StreamChunk } from '../message/stream-chunk.js';
import { checkChunkParts, nextChunk } from './attempt/chunk-sequence.js';
import { noteOwnWait } from './attempt/own-waits.js';
import { stoppedError } from './control/halt-flow.js';
import { holdTrace } from './core/trace-holds.js';
import { checkTraceLabel, type FlowChunkOptions } from './emit-options.js';
import { envelopeFactsOf } from './envelope-facts-of.js';
import { labelledRuns } from './fetch-result.js';
import type { FlowEngine } from './flow-engine.js';
import { PendingEmit } from './routing/pending-emit.js';
import type { EnvelopeFacts } from './trace/envelope-facts.js';
import { Envelope, Parcel } from './trace/envelope.js';
import type { TraceRecord } from './trace/trace-record.js';

const OPTIONS: readonly (keyof FlowChunkOptions)[] = ['streamId', 'done', 'meta', 'tenant'];

/** Chunks that are sent by code outside of the nodes: into an active run, or into one that the first of them begins. */
export class OutsideChunks {
  readonly #engine: FlowEngine;
  readonly #begin: (facts: EnvelopeFacts) => TraceRecord;
  /** What keeps the runs that were begun here active: their streams that are not done. */
  readonly #open = new WeakMap<TraceRecord, Map<string, () => void>>();

  constructor(engine: FlowEngine, begin: (facts: EnvelopeFacts) => TraceRecord) {
    this.#engine = engine;
    this.#begin = begin;
  }

  /**
   * @param takesInput - whether a run may begin
   * @throws FlowError `INVALID_OPTION`, `TENANT_REQUIRED`, `FLOW_STOPPED`
   */
  emit(parent: string | Message, text: string, options: FlowChunkOptions, takesInput: boolean): Promise<StreamChunk> {
    const { core } = this.#engine;
    const what = `emitChunk() of flow "${core.plan.flowName}"`;
    rejectUnknownOptions(options, OPTIONS, what);
    checkChunkParts(text, options, what);
    const message = Message.is(parent) ? parent : undefined;
    const traceId = message === undefined ? (parent as string) : message.traceId;
    checkTraceLabel(traceId, options.tenant, what);
    const tenant = options.tenant ?? message?.headers.tenant;
    const run = this.#activeRun(traceId, tenant) ?? this.#newRun(parent, traceId, options, takesInput);
    const envelope = message === undefined ? run : inRun(run, message);
    const chunk = nextChunk(run, text, options);
    this.#hold(run, chunk.streamId);
    core.runQueue.enter();
    try {
      core.runQueue.tick();
      const waiting = PendingEmit.start(new Parcel(chunk, envelope), [core.egress], core.traces, chunk);
      if (chunk.done) this.#letGo(run, chunk.streamId);
      if (waiting !== undefined) return noteOwnWait(this.#engine, waiting.done);
      return core.runQueue.paused ? core.runQueue.answerLater(chunk) : Promise.resolve(chunk);
    } finally {
      core.runQueue.leave();
    }
  }

  /** The run of the label whose stream somebody reads, else the oldest. */
  #activeRun(traceId: string, tenant: string | undefined): TraceRecord | undefined {
    const runs = labelledRuns(this.#engine.core, traceId, tenant, 'emitChunk()');
    return runs.find(({ reader }) => reader?.isOver === false) ?? runs[0];
  }

  #newRun(parent: string | Message, traceId: string, { tenant }: FlowChunkOptions, takesInput: boolean): TraceRecord {
    const { core } = this.#engine;
    if (!takesInput) throw stoppedError(core.plan.flowName);
    const run = this.#begin(
      envelopeFactsOf(parent, { traceId, ...(tenant === undefined ? {} : { tenant }) }, core.clock),
    );
    core.deadlines.watch(run, true);
    this.#open.set(run, new Map());
    return run;
  }

  #hold(run: TraceRecord, streamId: string): void {
    const streams = this.#open.get(run);
    if (streams !== undefined && !streams.has(streamId)) streams.set(streamId, holdTrace(this.#engine.core, run));
  }

  #letGo(run: TraceRecord, streamId: string): void {
    const streams = this.#open.get(run);
    const letGo = streams?.get(streamId);
    streams?.delete(streamId);
    letGo?.();
  }
}

/** What a message says, in a run whose deadline holds. */
function inRun(run: TraceRecord, { headers, meta, ts }: Message): Envelope {
  return new Envelope(run, headers, run.deadline, meta, ts);
}
