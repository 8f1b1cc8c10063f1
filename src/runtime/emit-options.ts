import { FlowError } from '../errors/flow-error.js';
import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import { DEFAULT_TENANT, NO_META, PLAIN_HEADERS } from '../message/headers.js';
import { Message } from '../message/message.js';
import type { NodeRef } from '../ports/node-context.js';
import type { EnvelopeFacts } from './trace/envelope-facts.js';

/** How a payload enters the flow. Left out on a `Message`, the message's own values stay. */
export interface EmitOptions {
  /** @defaultValue a fresh one, 32 hex digits */
  readonly traceId?: string;
  /** @defaultValue `'default'` */
  readonly tenant?: string;
  readonly topic?: string;
  /** @defaultValue 0 */
  readonly priority?: number;
  /** Time for the whole trace, in seconds: sets its deadline. @defaultValue none */
  readonly timeoutS?: number;
  /** Travels with the message. @defaultValue `{}` */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Ingress nodes that get the payload. @defaultValue all */
  readonly to?: NodeRef | readonly NodeRef[];
  /** Ends the wait for room when it aborts. */
  readonly signal?: AbortSignal;
}

/** How to wait for a result. */
export interface FetchOptions {
  /** Only a result of this trace. @defaultValue of any */
  readonly traceId?: string;
  /** Longest wait, in seconds. @defaultValue none */
  readonly timeoutS?: number;
  /** Ends the wait when it aborts. */
  readonly signal?: AbortSignal;
}

const EMIT_OPTIONS: readonly (keyof EmitOptions)[] = [
  'traceId',
  'tenant',
  'topic',
  'priority',
  'timeoutS',
  'meta',
  'to',
  'signal',
];
const FETCH_OPTIONS: readonly (keyof FetchOptions)[] = ['traceId', 'timeoutS', 'signal'];

/** Reads what was emitted; `nowMs` is the wall clock. */
export function envelopeFacts(input: unknown, options: EmitOptions | undefined, nowMs: number): EnvelopeFacts {
  const message = Message.is(input) ? input : undefined;
  const ownDeadlineS = message?.deadlineS;
  if (options === undefined) {
    return {
      payload: message === undefined ? input : message.payload,
      message,
      traceId: message?.traceId,
      headers: message?.headers ?? PLAIN_HEADERS,
      deadlineS: ownDeadlineS,
      meta: message?.meta ?? NO_META,
      ts: message?.ts ?? nowMs / 1000,
      emittedMs: nowMs,
    };
  }
  const { timeoutS = Number.POSITIVE_INFINITY } = options;
  const optionDeadlineS = timeoutS === Number.POSITIVE_INFINITY ? undefined : nowMs / 1000 + timeoutS;
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
    deadlineS: earlier(ownDeadlineS, optionDeadlineS),
    meta: options.meta ?? message?.meta ?? NO_META,
    ts: message?.ts ?? nowMs / 1000,
    emittedMs: nowMs,
  };
}

/** @throws FlowError `INVALID_OPTION` */
export function checkEmitOptions(options: EmitOptions | undefined, owner: string): void {
  if (options === undefined) return;
  rejectUnknownOptions(options, EMIT_OPTIONS, owner);
  checkTraceId(options.traceId, owner);
  checkTimeoutS(options.timeoutS, owner);
  checkSignal(options.signal, owner);
  if (options.tenant !== undefined && (typeof options.tenant !== 'string' || options.tenant === '')) {
    throw invalidOption('tenant', owner, 'a non-empty string', options.tenant);
  }
  if (options.topic !== undefined && typeof options.topic !== 'string') {
    throw invalidOption('topic', owner, 'a string', options.topic);
  }
  if (options.priority !== undefined && !Number.isFinite(options.priority)) {
    throw invalidOption('priority', owner, 'a finite number', options.priority);
  }
  if (options.meta !== undefined && (typeof options.meta !== 'object' || options.meta === null)) {
    throw invalidOption('meta', owner, 'an object', options.meta);
  }
}

/** @throws FlowError `INVALID_OPTION` */
export function checkFetchOptions(options: FetchOptions, owner: string): void {
  rejectUnknownOptions(options, FETCH_OPTIONS, owner);
  checkTraceId(options.traceId, owner);
  checkTimeoutS(options.timeoutS, owner);
  checkSignal(options.signal, owner);
}

/** The error for a wait that its signal ended. */
export function abortedError(what: string, signal: AbortSignal, traceId?: string): FlowError {
  return new FlowError('ABORTED', { message: `${what} was aborted by its signal`, traceId, cause: signal.reason });
}

const CHANGES_MESSAGE: readonly (keyof EmitOptions)[] = ['traceId', 'tenant', 'topic', 'priority', 'timeoutS', 'meta'];

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.min(one, other);
}

function checkTraceId(traceId: unknown, owner: string): void {
  if (traceId !== undefined && (typeof traceId !== 'string' || traceId === '')) {
    throw invalidOption('traceId', owner, 'a non-empty string', traceId);
  }
}

function checkSignal(signal: AbortSignal | undefined, owner: string): void {
  if (signal === undefined) return;
  if (typeof signal?.aborted !== 'boolean' || typeof signal.addEventListener !== 'function') {
    throw invalidOption('signal', owner, 'an AbortSignal', signal);
  }
}

function checkTimeoutS(timeoutS: unknown, owner: string): void {
  if (timeoutS !== undefined && !(typeof timeoutS === 'number' && timeoutS > 0)) {
    throw invalidOption('timeoutS', owner, '> 0', timeoutS);
  }
}
