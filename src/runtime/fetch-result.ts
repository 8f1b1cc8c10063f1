import { FlowError } from '../errors/flow-error.js';
import { withoutFrames } from '../errors/without-frames.js';
import { DEFAULT_TENANT } from '../message/headers.js';
import { WheelEntry } from '../scheduling/timer-wheel.js';
import type { FlowCore } from './core/flow-core.js';
import { abortedError, type FetchOptions } from './emit-options.js';
import { onAbort } from '../scheduling/on-abort.js';
import type { TraceRecord } from './trace/trace-record.js';
import { ResultWaiter, type TakeResult } from './trace/result-waiter.js';
import { rejectedToCaller } from './trace/throw-to-caller.js';

/** `fetchResult` for a result of any trace, however long it takes. */
export function fetchFast<R>(core: FlowCore, take: TakeResult<R>): Promise<R> {
  const { egress } = core;
  const failure = oldestFailure(core);
  if (failure !== undefined) return rejectedToCaller(failure);
  const stored = egress.size === 0 ? undefined : egress.take();
  if (stored !== undefined) return Promise.resolve(take(stored));
  const late = failureBehindScoped(core);
  if (late !== undefined) return rejectedToCaller(late);
  const waiter = new ResultWaiter(take);
  egress.wait(waiter, false);
  return waiter.promise;
}

/**
 * Waits for a result, of any trace or of one.
 * @throws FlowError `ABORTED`, `TENANT_REQUIRED`
 */
export function fetchResult<R>(core: FlowCore, options: FetchOptions, take: TakeResult<R>): Promise<R> {
  const { egress, traces, wheel, plan } = core;
  const { traceId, tenant = DEFAULT_TENANT, timeoutS, signal } = options;
  const what = `fetch() of flow "${plan.flowName}"`;
  if (signal?.aborted === true) throw abortedError(what, signal, traceId);
  const unscoped = traceId === undefined ? oldestFailure(core) : undefined;
  if (unscoped !== undefined) return rejectedToCaller(unscoped);
  const stored = traceId === undefined ? egress.take() : egress.takeLabelled(traceId, tenant);
  if (stored !== undefined) return Promise.resolve(take(stored));
  const failure = traceId === undefined ? failureBehindScoped(core) : egress.failures.takeLabelled(traceId, tenant);
  if (failure !== undefined) return rejectedToCaller(failure);
  const refused = traceId === undefined ? undefined : whyOfOthers(core, traceId, options.tenant, what);
  if (refused !== undefined) throw refused;
  if (timeoutS === 0) return rejectedToCaller(timedOut(`${what} found no result`, traceId));
  const waiter = new ResultWaiter(take);
  if (traceId === undefined) egress.wait(waiter, false);
  else traces.wait(traceId, tenant, waiter);
  if (timeoutS !== undefined) {
    const timeout = new WheelEntry(() => waiter.fail(timedOut(`${what} had no result within ${timeoutS} s`, traceId)));
    wheel.schedule(timeout, timeoutS * 1000);
    waiter.onSettled(() => wheel.cancel(timeout));
  }
  if (signal !== undefined) waiter.onSettled(onAbort(signal, () => waiter.reject(abortedError(what, signal, traceId))));
  return waiter.promise;
}

function timedOut(message: string, traceId: string | undefined): FlowError {
  return withoutFrames(() => new FlowError('FETCH_TIMEOUT', { message, traceId }));
}

/**
 * The active runs of a label, the oldest first.
 *
 * @param method - that asks, for the message
 * @throws FlowError `TENANT_REQUIRED`
 */
export function labelledRuns(
  core: FlowCore,
  traceId: string,
  tenant: string | undefined,
  method: string,
): readonly TraceRecord[] {
  const runs = core.traces.labelled(traceId, tenant ?? DEFAULT_TENANT);
  if (runs.length !== 0) return runs;
  const refused = whyOfOthers(core, traceId, tenant, `${method} of flow "${core.plan.flowName}"`);
  if (refused !== undefined) throw refused;
  return runs;
}

/** The error for a trace id without a tenant that is borne by another tenant's runs alone. */
function whyOfOthers(
  { traces, egress }: FlowCore,
  traceId: string,
  tenant: string | undefined,
  what: string,
): FlowError | undefined {
  if (tenant !== undefined || traces.labelled(traceId, DEFAULT_TENANT).length !== 0) return undefined;
  if (!traces.isOfOthers(traceId, DEFAULT_TENANT) && !egress.failures.isOfOthers(traceId, DEFAULT_TENANT)) {
    return undefined;
  }
  return new FlowError('TENANT_REQUIRED', { message: `${what} names a trace id that is another tenant's`, traceId });
}

/** A failure that nobody waited for, where no result came before it. */
function oldestFailure({ egress, plan }: FlowCore): FlowError | undefined {
  return plan.deliverFailures ? egress.failures.takeForFetch() : undefined;
}

/** A failure that only waits for the turn of results which are kept for others. */
function failureBehindScoped({ egress, plan, traces }: FlowCore): FlowError | undefined {
  return plan.deliverFailures && traces.anyScoped ? egress.failures.takeForFetch(true) : undefined;
}
