import { describeThrown } from '../../errors/flow-error.js';
import { invalidOption } from '../../errors/option-error.js';
import { attachLocal, localOf, type TraceLocal } from '../../trace-local/trace-local.js';
import type { FlowCore } from './flow-core.js';
import { isThenable, toPromise } from '../../message/is-thenable.js';
import type { TraceRecord } from '../trace/trace-record.js';

/** Whose the callbacks of all nodes of users are. */
const LISTENER = {};

/** What is called when a trace is over. */
class EndCallbacks implements TraceLocal {
  next: TraceLocal | undefined;
  readonly holding = 0;
  readonly keeper = LISTENER;
  readonly node = undefined;
  readonly sends = false;
  readonly #callbacks: (() => void)[] = [];
  readonly #core: FlowCore;
  readonly #trace: TraceRecord;

  constructor(core: FlowCore, trace: TraceRecord) {
    this.#core = core;
    this.#trace = trace;
  }

  add(callback: () => void): void {
    this.#callbacks.push(callback);
  }

  mayAct(): boolean {
    return false;
  }

  onQuiet(): void {}

  letGo(): number {
    return 0;
  }

  over(): void {
    for (const callback of this.#callbacks) callTraceEnd(this.#core, this.#trace, callback);
  }
}

/** Tells those who keep something of the trace that it is over; a callback that throws is logged and keeps nobody else from it. */
export function tellTraceEnd(trace: TraceRecord): void {
  trace.ended = true;
  let local = trace.locals;
  trace.locals = undefined;
  for (; local !== undefined; local = local.next) local.over();
}

/**
 * Has a function called when the trace is over, which may be now.
 * @throws FlowError `INVALID_OPTION`
 */
export function onTraceEnd(core: FlowCore, trace: TraceRecord, callback: () => void, nodeName: string): void {
  if (typeof callback !== 'function') {
    throw invalidOption('callback', `onTraceEnd() of node "${nodeName}"`, 'a function', callback);
  }
  if (trace.ended) callTraceEnd(core, trace, callback);
  else callbacksOf(core, trace).add(callback);
}

function callbacksOf(core: FlowCore, trace: TraceRecord): EndCallbacks {
  return (localOf(LISTENER, trace) as EndCallbacks | undefined) ?? attachLocal(new EndCallbacks(core, trace), trace);
}

function callTraceEnd(core: FlowCore, trace: TraceRecord, callback: () => unknown): void {
  try {
    const done = callback();
    // Nobody waits for an asynchronous one, yet its failure must not end the process.
    if (isThenable(done)) watchOver(core, trace, done);
  } catch (error) {
    logFailure(core, trace, error);
  }
}

/** Apart from the call above, which would make room for these variables each time. */
function watchOver(core: FlowCore, trace: TraceRecord, done: PromiseLike<unknown>): void {
  toPromise(done).catch((error: unknown) => logFailure(core, trace, error));
}

function logFailure(core: FlowCore, trace: TraceRecord, error: unknown): void {
  const reserved = { trace_id: trace.id, flow_name: core.plan.flowName, tenant: trace.tenant };
  core.log.write('error', 'trace_end_hook_failed', { exception: describeThrown(error), error }, reserved);
}
