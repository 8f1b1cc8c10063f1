import { INHERITED, type InheritingOptions } from './calling-run.js';
import type { FlowCore } from './core/flow-core.js';
import type { EnvelopeFacts } from './trace/envelope-facts.js';
import { Envelope, Parcel } from './trace/envelope.js';
import type { RunAccount } from './trace/run-account.js';
import { SentMessage } from './trace/sent-message.js';
import type { TraceRecord } from './trace/trace-record.js';

/** The message that goes into a run. The run is its own envelope unless the message has other facts: it may have joined. */
export function enteringParcel(
  core: FlowCore,
  { headers, deadline, meta, ts, payload, message }: EnvelopeFacts,
  trace: TraceRecord,
  options: InheritingOptions | undefined,
): Parcel {
  const begun = trace.pending === 0 && trace.headers === headers && trace.ts === ts;
  const envelope = begun ? trace : new Envelope(trace, headers, deadline, meta, ts);
  if (trace.span === undefined) return new Parcel(payload, envelope, message);
  const account = trace.account as RunAccount;
  const id = options?.id ?? options?.[INHERITED]?.key;
  const sent = SentMessage.fromOutside(account.sends(), core.time.nowMs(), payload, id);
  account.first ??= sent;
  return new Parcel(payload, envelope, message, sent);
}

/** Whether the messages of a run that is begun so have keys, also when nobody traces it. */
export function isIdentified(options: InheritingOptions | undefined): boolean {
  return options !== undefined && (options.id !== undefined || options[INHERITED]?.key !== undefined);
}
