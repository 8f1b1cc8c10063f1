import { FlowError } from '../errors/flow-error.js';
import { withoutFrames } from '../errors/without-frames.js';
import { Message } from '../message/message.js';
import { checkSignal, invalidOption, isRecord, rejectUnknownOptions } from '../errors/option-error.js';
import { checkLabels } from './core/run-labels.js';
import type { NodeRef } from '../ports/node-context.js';

/** How a payload enters the flow. Left out on a `Message`, the message's own values stay. */
export interface EmitOptions {
  /** A label of the run, at most 16,384 characters; others may bear it. @defaultValue a fresh one, 32 hex digits */
  readonly traceId?: string;
  /** At most 1,024 characters. @defaultValue `'default'` */
  readonly tenant?: string;
  /**
   * Joins the active run that an emit with `join` began under the same trace id and tenant, and begins one where there is
   * none: joins (`joinK`), chunk numbers and `holdTrace` are then shared. Only for `emit` and `tryEmit`. @defaultValue false
   */
  readonly join?: boolean;
  /**
   * Keeps the results and the failure of the run for those who `fetch` its trace id: no `fetch()` without one and no `results()` takes
   * them. They take places at the egress like others until somebody does. Needs a `traceId`; only for `emit` and `tryEmit`. @defaultValue false
   */
  readonly scoped?: boolean;
  readonly topic?: string;
  /** @defaultValue 0 */
  readonly priority?: number;
  /** Time for the whole trace, in seconds: sets its deadline. @defaultValue none */
  readonly timeoutS?: number;
  /** Travels with the message, as a frozen shallow copy. @defaultValue `{}` */
  readonly meta?: Readonly<Record<string, unknown>>;
  /**
   * What people look for the run by: `{ order: '4711' }`. Tracers get them. At most 8 per run, names and values of 1 to 128 characters;
   * a run that is joined gets them, too. @defaultValue `{}`
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * What the payload is known by outside, such as the id of an order or of a webhook: `ctx.idempotencyKey` comes from it. At
   * most 1,024 characters. Two runs may have the same. @defaultValue none
   */
  readonly id?: string;
  /** Ingress nodes that get the payload. @defaultValue all */
  readonly to?: NodeRef | readonly NodeRef[];
  /** When it aborts, `emit` stops waiting for room, and `call` and `stream` cancel their run. */
  readonly signal?: AbortSignal;
}

/** How to collect the results of a run. */
export interface CollectOptions extends Omit<EmitOptions, 'join'> {
  /**
   * Gathers the failures of messages as well, and lets the rest of the run go on. Otherwise the first failure is that of all.
   * @defaultValue false
   */
  readonly settle?: boolean;
}

/** Whose runs to cancel. */
export interface CancelOptions {
  /** @defaultValue `'default'` */
  readonly tenant?: string;
}

/** How to wait for a result. */
export interface FetchOptions {
  /** Only a result of emitted runs with this trace id. @defaultValue of any */
  readonly traceId?: string;
  /** Whose trace id it is. @defaultValue `'default'` */
  readonly tenant?: string;
  /** Longest wait, in seconds; with 0 it only looks, and rejects at once when there is nothing. @defaultValue none */
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
  'labels',
  'id',
  'to',
  'signal',
  'join',
  'scoped',
];
const FETCH_OPTIONS: readonly (keyof FetchOptions)[] = ['traceId', 'tenant', 'timeoutS', 'signal'];

/** Longest trace id and tenant, in characters. */
const MAX_TRACE_ID = 16_384;
const MAX_TENANT = 1_024;
/** Longest id of a payload. */
const MAX_ID = 1_024;

/**
 * @param input - what is emitted
 * @throws FlowError `INVALID_OPTION`
 */
export function checkEmitOptions(options: EmitOptions | undefined, owner: string, input?: unknown): void {
  if (options === undefined) return;
  rejectUnknownOptions(options, EMIT_OPTIONS, owner);
  checkTraceId(options.traceId, owner);
  checkTimeoutS(options.timeoutS, owner);
  checkSignal(options.signal, owner);
  checkTenant(options.tenant, owner);
  for (const flag of ['join', 'scoped'] as const) {
    const value: unknown = options[flag];
    if (value !== undefined && typeof value !== 'boolean') throw invalidOption(flag, owner, 'true or false', value);
  }
  if (options.topic !== undefined && typeof options.topic !== 'string') {
    throw invalidOption('topic', owner, 'a string', options.topic);
  }
  if (options.priority !== undefined && !Number.isFinite(options.priority)) {
    throw invalidOption('priority', owner, 'a finite number', options.priority);
  }
  if (options.meta !== undefined && !isRecord(options.meta)) {
    throw invalidOption('meta', owner, 'a plain object', options.meta);
  }
  checkLabels(options.labels, owner);
  checkLabel('id', options.id, MAX_ID, owner);
  if (Array.isArray(options.to) && options.to.length === 0) {
    throw invalidOption('to', owner, 'at least one node', options.to);
  }
  if (options.scoped === true && options.traceId === undefined && !Message.is(input)) {
    const hint = 'Name the `traceId` that `fetch({ traceId })` is to ask for.';
    throw invalidOption('scoped', owner, 'left out where no `traceId` is named', true, hint);
  }
}

/**
 * For what begins a run of its own.
 * @throws FlowError `INVALID_OPTION`
 */
export function checkCallOptions(options: EmitOptions | undefined, owner: string): void {
  if (options?.scoped === true) {
    const hint = 'Only `emit` and `tryEmit` keep results for a fetch; a call and a stream have them to themselves.';
    throw invalidOption('scoped', owner, 'left out', true, hint);
  }
  checkEmitOptions(options, owner);
  if (options?.join === true) {
    const hint = 'Only `emit` and `tryEmit` join a run; a call and a stream always begin their own.';
    throw invalidOption('join', owner, 'left out', options.join, hint);
  }
}

/**
 * Takes `settle` off, and checks the rest as those of a call.
 * @throws FlowError `INVALID_OPTION`
 */
export function readCollectOptions(
  options: CollectOptions | undefined,
  owner: string,
): { readonly settle: boolean; readonly options: EmitOptions | undefined } {
  if (options === undefined) return { settle: false, options };
  if (!isRecord(options)) throw invalidOption('options', owner, 'a plain object', options);
  const { settle = false, ...rest } = options;
  if (typeof settle !== 'boolean') throw invalidOption('settle', owner, 'true or false', settle);
  checkCallOptions(rest, owner);
  return { settle, options: rest };
}

/** @throws FlowError `INVALID_OPTION` */
export function checkCancel(traceId: unknown, options: CancelOptions | undefined, owner: string): void {
  if (typeof traceId !== 'string' || traceId === '')
    throw invalidOption('traceId', owner, 'a non-empty string', traceId);
  if (options === undefined) return;
  rejectUnknownOptions(options, ['tenant'], owner);
  checkTenant(options.tenant, owner);
}

/** @throws FlowError `INVALID_OPTION` */
export function checkFetchOptions(options: FetchOptions, owner: string): void {
  rejectUnknownOptions(options, FETCH_OPTIONS, owner);
  checkTraceId(options.traceId, owner);
  checkTenant(options.tenant, owner);
  if (options.tenant !== undefined && options.traceId === undefined) {
    throw invalidOption('tenant', owner, 'left out where no `traceId` is named', options.tenant);
  }
  // A look without a wait.
  if (options.timeoutS !== 0) checkTimeoutS(options.timeoutS, owner, '>= 0');
  checkSignal(options.signal, owner);
}

/** The error for a wait that its signal ended. */
export function abortedError(what: string, signal: AbortSignal, traceId?: string): FlowError {
  const message = `${what} was aborted by its signal`;
  return withoutFrames(() => new FlowError('ABORTED', { message, traceId, cause: reasonOf(signal) }));
}

/** Whoever waits is told in any case, also if the signal is one of the user's own whose getter throws. */
function reasonOf(signal: AbortSignal): unknown {
  try {
    return signal.reason;
  } catch (error) {
    return error;
  }
}

/** @throws FlowError `INVALID_OPTION` */
export function checkTraceLabel(traceId: unknown, tenant: unknown, owner: string): void {
  if (traceId === undefined) throw invalidOption('traceId', owner, 'a trace id, or a Message', traceId);
  checkTraceId(traceId, owner);
  checkTenant(tenant, owner);
}

function checkTraceId(traceId: unknown, owner: string): void {
  checkLabel('traceId', traceId, MAX_TRACE_ID, owner);
}

function checkTenant(tenant: unknown, owner: string): void {
  checkLabel('tenant', tenant, MAX_TENANT, owner);
}

function checkLabel(option: string, value: unknown, longest: number, owner: string): void {
  if (value === undefined || (typeof value === 'string' && value !== '' && value.length <= longest)) return;
  throw invalidOption(option, owner, `a non-empty string of at most ${longest} characters`, value);
}

function checkTimeoutS(timeoutS: unknown, owner: string, expected = '> 0'): void {
  if (timeoutS !== undefined && !(typeof timeoutS === 'number' && timeoutS > 0)) {
    throw invalidOption('timeoutS', owner, expected, timeoutS);
  }
}
