import { describeThrown, type FlowError } from '../../errors/flow-error.js';
import { isInvalidInput } from '../../errors/invalid-input.js';
import { EVENT_BIT } from '../../events/event-bus.js';
import type { TracePart } from '../../ports/flow-tracer.js';
import type { RunKind } from '../../ports/run-kind.js';
import { NO_SPAN } from '../trace/no-span.js';
import { RunAccount } from '../trace/run-account.js';
import type { TraceRecord } from '../trace/trace-record.js';
import { labelsOf } from './run-labels.js';
import type { FlowCore } from './flow-core.js';
import type { PlaceEvents } from './place-events.js';

const BEGUN = EVENT_BIT.trace_start | EVENT_BIT.part_start;
const RUN_ENDS = EVENT_BIT.trace_end | EVENT_BIT.part_end;

/** What else is known of a run that begins. */
export interface RunFacts {
  /** The number of the run that it does again. */
  readonly replayOf?: number | undefined;
  readonly part?: TracePart;
  /** What all its parts have in common, where its work is done elsewhere. */
  readonly root?: string;
}

const NO_FACTS: RunFacts = Object.freeze({});

/** The beginning and the end of runs, for those who listen and for the tracer. */
export class RunStory {
  readonly #core: FlowCore;
  readonly #events: PlaceEvents;
  readonly #follow: () => void;
  #isFollowed = false;

  /**
   * @param events - those of the flow as a whole
   * @param follow - has each attempt noted from now on: the message that it sends is to have a key
   */
  constructor(core: FlowCore, events: PlaceEvents, follow: () => void) {
    this.#core = core;
    this.#events = events;
    this.#follow = follow;
  }

  /** Whether anybody is told of runs. */
  get isTold(): boolean {
    const { bus, tracer } = this.#core;
    return (bus.mask & (BEGUN | RUN_ENDS)) !== 0 || tracer !== undefined;
  }

  /**
   * A run has begun, and whoever waits for it does already: a listener may cancel it.
   *
   * @param isIdentified - its messages are to have keys, also when nobody traces it
   */
  begin(trace: TraceRecord, kind: RunKind, isIdentified: boolean, { replayOf, part, root }: RunFacts = NO_FACTS): void {
    const { bus, plan, time, tracer } = this.#core;
    // Here and not at the first node, because here the caller's async context, with the span it may have, is the current one.
    if (tracer !== undefined) {
      const { id: traceId, meta, run: runId, tenant } = trace;
      const parentRun = trace.parentRun === 0 ? undefined : trace.parentRun;
      trace.span = tracer.startTrace({
        flowName: plan.flowName,
        traceId,
        tenant,
        meta,
        runId,
        startedMs: time.nowMs(),
        kind,
        parentRun,
        replayOf,
        labels: labelsOf(trace),
        part,
        root,
      });
    }
    if (isIdentified) {
      trace.span ??= NO_SPAN;
      if (!this.#isFollowed) this.#follow();
      this.#isFollowed = true;
    }
    if ((bus.mask & RUN_ENDS) !== 0 || tracer !== undefined || isIdentified) {
      trace.account = new RunAccount(kind, time.monotonic());
      trace.account.isElsewhere = root !== undefined;
    }
    if ((bus.mask & BEGUN) === 0) return;
    const { deadlineS, parentRun } = trace;
    const extra = {
      kind,
      ...(deadlineS === undefined ? undefined : { deadline_s: deadlineS }),
      ...(parentRun === 0 ? undefined : { parent_run: parentRun }),
    };
    this.#events.publish(kind === 'part' ? 'part_start' : 'trace_start', trace, { extra });
  }

  /** A run has ended; it is forgotten already. */
  end(trace: TraceRecord): void {
    const account = accountOf(this.#core, trace);
    trace.span?.end(trace.isLeft ? undefined : account?.status, this.#core.time.nowMs());
    if (account === undefined || trace.isLeft || (this.#core.bus.mask & RUN_ENDS) === 0) return;
    const nowMs = this.#core.time.monotonic();
    const endedMs = Number.isNaN(account.quietMs) ? nowMs : account.quietMs;
    const latencyMs = account.kind === undefined ? null : Math.max(0, endedMs - account.beganMs);
    this.#events.publish(account.kind === 'part' ? 'part_end' : 'trace_end', trace, {
      latencyMs,
      extra: factsOf(account, nowMs),
    });
  }
}

/** What is counted of a run; one that began before anybody listened to ends has an account of its end alone. */
export function accountOf({ bus }: FlowCore, trace: TraceRecord): RunAccount | undefined {
  if (trace.account === undefined && (bus.mask & RUN_ENDS) !== 0) {
    trace.account = new RunAccount(undefined, Number.NaN, trace.failed);
  }
  return trace.account;
}

function factsOf(account: RunAccount, nowMs: number): Record<string, unknown> {
  const { kind, status, messages, attempts, retries, results, failures, incomplete } = account;
  const isCounted = kind !== undefined;
  // What is done elsewhere is counted there.
  const isCountedHere = isCounted && !account.isElsewhere;
  return {
    status,
    ...(isCounted ? { kind } : undefined),
    ...(isCountedHere ? { messages, attempts, retries } : undefined),
    ...(isCounted ? { results, failures } : undefined),
    ...(isCountedHere ? { incomplete } : undefined),
    ...(Number.isNaN(account.quietMs) ? undefined : { untaken_ms: Math.max(0, nowMs - account.quietMs) }),
    ...(account.dropped === 0 ? undefined : { dropped: account.dropped }),
    ...(account.cancelReason === undefined ? undefined : { reason: account.cancelReason }),
    ...(account.firstFailure === undefined ? undefined : failureFacts(account.firstFailure)),
  };
}

function failureFacts(error: FlowError): Record<string, unknown> {
  const { code, nodeName, cause } = error;
  return {
    error_code: code,
    ...(nodeName === undefined ? undefined : { error_node: nodeName }),
    exception: describeThrown(cause ?? error),
    ...(isInvalidInput(error) ? { error_paths: pathsOf(error) } : undefined),
  };
}

/** What is wrong in an input, by its paths; the empty one is that of the whole. */
function pathsOf({ metadata }: FlowError): readonly string[] {
  const violations = metadata['violations'] as readonly { readonly path: string }[] | undefined;
  return (violations ?? []).map(({ path }) => path);
}
