import { AttemptContext } from './attempt-context.js';
import type { CurrentAttempt } from './current-attempt.js';

/** What is kept of an interrupted attempt while its code still runs: not the message, which is somebody else's by now. */
export interface LateAttempt {
  readonly delivery: number;
  readonly attempt: number;
  readonly traceId: string;
  readonly tenant: string;
  readonly runId: number;
  /** When it began, or, if nobody had noted that, when it was interrupted. */
  readonly sinceMs: number;
  /** When it was interrupted. */
  readonly interruptedMs: number;
  /** How long it had waited for room. */
  readonly blockedMs: number;
}

/** Taken before the attempt is interrupted. */
export function lateAttempt({ context, since }: CurrentAttempt, nowMs: number): LateAttempt {
  const { attempt, delivery, traceId, tenant } = context as AttemptContext;
  const runId = AttemptContext.parcel(context as AttemptContext).envelope.trace.run;
  const blockedMs = AttemptContext.lazyIfAny(context as AttemptContext)?.blockedMsAt(nowMs) ?? 0;
  const sinceMs = Number.isNaN(since) ? nowMs : since;
  return { delivery, attempt, traceId, tenant, runId, blockedMs, sinceMs, interruptedMs: nowMs };
}
