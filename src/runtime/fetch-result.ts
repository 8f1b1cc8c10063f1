import { FlowError } from '../errors/flow-error.js';
import { WheelEntry } from '../scheduling/timer-wheel.js';
import type { FlowCore } from './core/flow-core.js';
import { abortedError, type FetchOptions } from './emit-options.js';
import { onAbort } from './on-abort.js';
import { FailureParcel } from './trace/envelope.js';
import { ResultWaiter, type TakeResult } from './trace/result-waiter.js';

/** `fetchResult` for a result of any trace, however long it takes. */
export function fetchFast<R>(core: FlowCore, take: TakeResult<R>): Promise<R> {
  const { egress } = core;
  const failure = oldestFailure(core);
  if (failure !== undefined) throw failure;
  const stored = egress.size === 0 ? undefined : egress.take(false);
  if (stored !== undefined) return Promise.resolve(take(stored));
  const waiter = new ResultWaiter(take);
  egress.wait(waiter, false);
  return waiter.promise;
}

/**
 * Waits for a result, of any trace or of one.
 * @throws FlowError `ABORTED`, and a failure that is there already
 */
export function fetchResult<R>(core: FlowCore, options: FetchOptions, take: TakeResult<R>): Promise<R> {
  const { egress, traces, wheel, plan } = core;
  const { traceId, timeoutS, signal } = options;
  const what = `fetch() of flow "${plan.flowName}"`;
  if (signal?.aborted === true) throw abortedError(what, signal, traceId);
  const unscoped = traceId === undefined ? oldestFailure(core) : undefined;
  if (unscoped !== undefined) throw unscoped;
  const trace = traceId === undefined ? undefined : traces.get(traceId);
  const stored = traceId === undefined ? egress.take(false) : trace && egress.takeOf(trace);
  if (stored instanceof FailureParcel) throw stored.payload as FlowError;
  if (stored !== undefined) return Promise.resolve(take(stored));
  const failure = traceId === undefined ? undefined : traces.recall(traceId);
  if (failure !== undefined) throw failure;
  const waiter = new ResultWaiter(take);
  if (traceId === undefined) egress.wait(waiter, false);
  else traces.wait(traceId, waiter);
  if (timeoutS !== undefined) {
    const timeout = new WheelEntry(() =>
      waiter.reject(new FlowError('FETCH_TIMEOUT', { message: `${what} had no result within ${timeoutS} s`, traceId })),
    );
    wheel.schedule(timeout, timeoutS * 1000);
    waiter.onSettled(() => wheel.cancel(timeout));
  }
  if (signal !== undefined) waiter.onSettled(onAbort(signal, () => waiter.reject(abortedError(what, signal, traceId))));
  return waiter.promise;
}

/** A failure that nobody waited for, where no result came before it. */
function oldestFailure({ egress, plan, traces }: FlowCore): FlowError | undefined {
  return plan.deliverFailures ? traces.recallOldest(egress.taken) : undefined;
}
