import { AttemptContext } from './attempt-context.js';
import { StreamChunk } from '../../message/stream-chunk.js';
import type { Outlet } from '../routing/outlet.js';
import { Parcel } from '../trace/envelope.js';
import type { RunAccount } from '../trace/run-account.js';
import { SentMessage } from '../trace/sent-message.js';
import type { FlowCore } from '../core/flow-core.js';
import type { AttemptHost } from './attempt-host.js';

/** Runs user code of an attempt where its spans and its lines find the attempt. */
export function runInScope<R>(core: FlowCore, context: AttemptContext, body: () => R): R {
  const scope = core.correlation();
  const span = AttemptContext.traced(context)?.span;
  const correlated = scope === undefined ? body : (): R => scope.run(context.logFields(), body);
  return span?.run === undefined ? correlated() : span.run(correlated);
}

/** Calls `process` where its spans and its lines find the attempt. */
export function processInScope(host: AttemptHost, context: AttemptContext, { payload }: Parcel): unknown {
  // Without a function around it for a tracer that only looks on.
  if (host.core.correlation() === undefined && AttemptContext.traced(context)?.span?.run === undefined) {
    return host.process.call(host.target, payload, context);
  }
  return runInScope(host.core, context, () => host.process.call(host.target, payload, context));
}

/**
 * The parcel as the next node gets it; from an attempt that is followed a copy, because others may hold the one that was handed on.
 *
 * @param outlets - where it goes
 * @param key - what the node knows it by
 */
export function sentBy(
  host: AttemptHost,
  context: AttemptContext,
  parcel: Parcel,
  outlets: readonly Outlet[],
  key?: string,
): Parcel {
  const attempt = AttemptContext.traced(context);
  const span = attempt?.span;
  if (attempt === undefined || span === undefined) return parcel;
  const { payload, envelope } = parcel;
  envelope.trace.reader?.checkLeaving?.(parcel, outlets);
  const which = key ?? (StreamChunk.is(payload) ? chunkKey(payload) : attempt.sends());
  const number = (envelope.trace.account as RunAccount).sends();
  const { core, name } = host;
  const sent = SentMessage.fromNode(number, core.time.nowMs(), payload, span, name, attempt.message, which);
  span.emitted?.(sent);
  return new Parcel(payload, envelope, Parcel.givenMessage(parcel), sent);
}

/** Apart from the numbers of messages, which chunks among them must not change. */
function chunkKey({ streamId, seq }: StreamChunk): string {
  return `chunk ${seq} of ${streamId}`;
}
