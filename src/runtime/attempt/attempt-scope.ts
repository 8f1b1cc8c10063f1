import type { AttemptSpan } from '../../ports/flow-tracer.js';
import { AttemptContext } from './attempt-context.js';
import { Parcel } from '../trace/envelope.js';
import type { FlowCore } from '../core/flow-core.js';
import type { AttemptHost } from './attempt-host.js';

/** Runs user code of an attempt where its spans and its lines find the attempt. */
export function runInScope<R>(core: FlowCore, context: AttemptContext, body: () => R): R {
  const scope = core.correlation();
  const span = AttemptContext.span(context);
  const correlated = scope === undefined ? body : (): R => scope.run(context.logFields(), body);
  return span === undefined ? correlated() : span.run(correlated);
}

/** Calls `process` where its spans and its lines find the attempt. */
export function processInScope(host: AttemptHost, context: AttemptContext, { payload }: Parcel): unknown {
  return runInScope(host.core, context, () => host.process.call(host.target, payload, context));
}

/** The parcel as the next node gets it; from a traced attempt a copy, because others may hold the one that was handed on. */
export function sentBy(span: AttemptSpan | undefined, parcel: Parcel): Parcel {
  if (span === undefined) return parcel;
  span.emitted();
  return new Parcel(parcel.payload, parcel.envelope, Parcel.givenMessage(parcel), span);
}
