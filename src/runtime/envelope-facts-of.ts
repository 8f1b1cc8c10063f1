import { DEFAULT_TENANT, frozenMeta, NO_META, PLAIN_HEADERS } from '../message/headers.js';
import { Message } from '../message/message.js';
import type { Clock } from '../ports/clock.js';
import type { EmitOptions } from './emit-options.js';
import { Deadline } from './trace/deadline.js';
import type { EnvelopeFacts } from './trace/envelope-facts.js';

const CHANGES_MESSAGE: readonly (keyof EmitOptions)[] = ['traceId', 'tenant', 'topic', 'priority', 'timeoutS', 'meta'];

/**
 * Reads what was emitted.
 *
 * @param inherited - the deadline of what the message was made from, if it was
 */
export function envelopeFactsOf(
  input: unknown,
  options: EmitOptions | undefined,
  clock: Clock,
  inherited?: Deadline,
): EnvelopeFacts {
  const nowMs = clock.now();
  const message = Message.is(input) ? input : undefined;
  const deadline = Deadline.of(message?.deadlineS, options?.timeoutS, clock, inherited);
  if (options === undefined) {
    return {
      payload: message === undefined ? input : message.payload,
      message,
      traceId: message?.traceId,
      headers: message?.headers ?? PLAIN_HEADERS,
      deadline,
      meta: message?.meta ?? NO_META,
      ts: message?.ts ?? nowMs / 1000,
      emittedMs: nowMs,
    };
  }
  const changed = CHANGES_MESSAGE.some((key) => options[key] !== undefined);
  const topic = options.topic ?? message?.headers.topic;
  return {
    payload: message === undefined ? input : message.payload,
    message: changed ? undefined : message,
    traceId: options.traceId ?? message?.traceId,
    headers: {
      tenant: options.tenant ?? message?.headers.tenant ?? DEFAULT_TENANT,
      ...(topic === undefined ? undefined : { topic }),
      priority: options.priority ?? message?.headers.priority ?? 0,
    },
    deadline,
    meta: options.meta === undefined ? (message?.meta ?? NO_META) : frozenMeta(options.meta),
    ts: message?.ts ?? nowMs / 1000,
    emittedMs: nowMs,
  };
}
