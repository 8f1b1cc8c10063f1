import { describeThrown, type FlowError } from '../../errors/flow-error.js';
import { EVENT_BIT } from '../../events/event-bus.js';
import type { AttemptSpan } from '../../ports/flow-tracer.js';
import type { Parcel } from '../trace/envelope.js';
import { AttemptContext } from './attempt-context.js';
import type { AttemptSlot } from './attempt-slot.js';
import type { AttemptHost } from './attempt-host.js';
import { nodeFailure } from './node-failure.js';
import { spentError } from './retry-answer.js';

/** Events that say what was thrown; for nobody else it is put into words. */
const FAILURE_EVENTS = EVENT_BIT.node_error | EVENT_BIT.node_timeout | EVENT_BIT.node_retry | EVENT_BIT.node_failed;

/** An attempt that failed, as its events tell of it. */
export interface FailedAttempt {
  readonly input: Parcel;
  readonly error: unknown;
  /** What was thrown, in words, while somebody listens. */
  readonly exception: string;
  readonly attempt: number;
  readonly span: AttemptSpan | undefined;
  readonly latencyMs: number | null;
  /** When the next attempt follows, in seconds; undefined when none does. */
  readonly sleepS: number | undefined;
  /** None follows only because the node has retried too much lately. */
  readonly isSpent: boolean;
}

/** Publishes that the attempt failed, and whether another one follows. */
export function publishFailure(
  { core, events, policy }: AttemptHost,
  type: 'node_error' | 'node_timeout',
  failed: FailedAttempt,
): void {
  if ((core.bus.mask & EVENT_BIT[type]) === 0) return;
  const { attempt, latencyMs, error, exception, sleepS, span, input } = failed;
  const extra = {
    exception,
    ...(policy.maxRetries === 0 ? undefined : { max_attempts: policy.maxRetries + 1 }),
    ...(sleepS === undefined ? undefined : { will_retry: true, sleep_s: sleepS }),
  };
  const { payload, envelope } = input;
  events.publish(type, envelope, { attempt, latencyMs, extra, error, span, payload });
}

/** Publishes that the next attempt follows after a wait. */
export function publishRetry({ events }: AttemptHost, failed: FailedAttempt): void {
  const { attempt, exception, sleepS, span, input } = failed;
  const { account } = input.envelope.trace;
  if (account !== undefined) account.retries++;
  const extra = { sleep_s: sleepS, exception };
  const { payload, envelope } = input;
  events.publish('node_retry', envelope, { attempt: attempt + 1, extra, span, payload });
}

/** Publishes that no attempt follows; returns the error for whoever waits for the trace. */
export function publishNodeFailed(host: AttemptHost, failed: FailedAttempt): FlowError {
  const { attempt, latencyMs, exception, span, input } = failed;
  const { payload, envelope } = input;
  const error = failed.isSpent ? spentError(host, failed.error) : failed.error;
  const failure = nodeFailure(host.plan, envelope.trace, error, { attempt, latencyMs });
  if ((host.core.bus.mask & EVENT_BIT.node_failed) === 0) return failure;
  const { parentRun } = envelope.trace;
  const parent = parentRun === 0 ? undefined : { parent_run: parentRun };
  const extra = { exception, flow_error: failure.toPayload(), ...parent };
  host.events.publish('node_failed', envelope, { attempt, latencyMs, extra, error: failure, span, payload });
  return failure;
}

/** What was thrown, in words, while somebody listens. */
export function exceptionOf({ core }: AttemptHost, error: unknown): string {
  return (core.bus.mask & FAILURE_EVENTS) === 0 ? '' : describeThrown(error);
}

/** Counts and publishes that the synchronous part of `process` held the event loop for too long. */
export function reportBlock({ host, span }: AttemptSlot, context: AttemptContext, ms: number): void {
  const { attempt } = context;
  const { payload, envelope } = AttemptContext.parcel(context);
  host.stats.blockedMs += ms;
  host.events.publish('loop_blocked', envelope, { attempt, latencyMs: ms, span, payload });
}
