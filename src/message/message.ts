import { FlowError } from '../errors/flow-error.js';
import { describeValue, isRecord } from '../errors/option-error.js';
import { isInstance } from '../errors/marker.js';
import { checkPayload } from './check-payload.js';
import { DEFAULT_TENANT, frozenMeta, NO_META, PLAIN_HEADERS, type MessageHeaders } from './headers.js';
import { newTraceId } from './trace-id.js';

/** What a {@link Message} may be built from; everything but the payload has a default. */
export interface MessageInit {
  /** @defaultValue a fresh one, 32 hex digits */
  readonly traceId?: string;
  readonly headers?: Partial<MessageHeaders>;
  /** Wall-clock end of the trace, in seconds since the epoch. @defaultValue none */
  readonly deadlineS?: number;
  /** Anything the user wants to travel with the message, which has a frozen shallow copy of it. @defaultValue `{}` */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** When the message was made, in seconds since the epoch. @defaultValue now */
  readonly ts?: number;
}

/** Fields that are known to be right, because a message has them already. */
class CheckedFields {
  constructor(
    readonly traceId: string,
    readonly headers: MessageHeaders,
    readonly deadlineS: number | undefined,
    readonly meta: Readonly<Record<string, unknown>>,
    readonly ts: number,
  ) {}
}

const IS_MESSAGE: unique symbol = Symbol.for('penguiflow:message') as never;

/**
 * A payload in its envelope: headers, trace id, deadline and meta.
 *
 * @example
 * ```ts
 * const message = new Message(order, { headers: { tenant: 'acme' }, deadlineS: Date.now() / 1000 + 10 });
 * await flow.emit(message);
 * ```
 */
export class Message<out T = unknown> {
  readonly payload: T;
  readonly headers: MessageHeaders;
  readonly traceId: string;
  readonly ts: number;
  readonly deadlineS: number | undefined;
  readonly meta: Readonly<Record<string, unknown>>;

  /**
   * @throws FlowError `INVALID_MESSAGE` when a field has a value it cannot have, or a name nobody knows, and for a payload that is a promise
   */
  constructor(payload: T, init: MessageInit | CheckedFields = {}) {
    const checked = init instanceof CheckedFields;
    if (!checked) {
      checkFields('a Message', init, FIELDS);
      checkTraceId(init.traceId);
      checkSeconds('deadlineS', init.deadlineS);
      checkSeconds('ts', init.ts);
      checkMeta(init.meta);
    }
    checkPayload(payload);
    this.payload = payload;
    this.headers = checked ? init.headers : completeHeaders(init.headers);
    this.traceId = init.traceId ?? newTraceId();
    this.ts = init.ts ?? Date.now() / 1000;
    this.deadlineS = init.deadlineS;
    this.meta = init.meta === undefined ? NO_META : checked ? init.meta : frozenMeta(init.meta);
    // A subclass has yet to set the fields of its own.
    if (new.target === Message) Object.freeze(this);
  }

  /** Of the class and not of each message, which would cost more than the rest of it. */
  get [IS_MESSAGE](): true {
    return true;
  }

  /** A copy with some parts replaced; the trace id stays unless it is named. */
  with<U = T>(change: MessageInit & { readonly payload?: U }): Message<U> {
    if (hasPayloadOnly(change)) {
      const fields = new CheckedFields(this.traceId, this.headers, this.deadlineS, this.meta, this.ts);
      return new Message<U>(change.payload as U, fields);
    }
    const { payload, ...init } = change;
    return new Message<U>('payload' in change ? (payload as U) : (this.payload as unknown as U), {
      traceId: this.traceId,
      ts: this.ts,
      meta: this.meta,
      ...(this.deadlineS === undefined ? undefined : { deadlineS: this.deadlineS }),
      ...init,
      headers: { ...this.headers, ...change.headers },
    });
  }

  /** Tells whether a value is a message, also across two installed copies of the package. */
  static is(value: unknown): value is Message {
    return typeof value === 'object' && value !== null && IS_MESSAGE in value;
  }

  /** As {@link Message.is}, for this class itself. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(value, this, Message);
  }
}

const FIELDS: readonly (keyof MessageInit)[] = ['traceId', 'headers', 'deadlineS', 'meta', 'ts'];
const HEADERS: readonly (keyof MessageHeaders)[] = ['tenant', 'topic', 'priority'];

/** The change that nodes make: the same envelope around another payload. */
function hasPayloadOnly(change: object): boolean {
  if (typeof change !== 'object' || change === null || !Object.hasOwn(change, 'payload')) return false;
  for (const key in change) if (key !== 'payload') return false;
  return true;
}

function completeHeaders(headers: Partial<MessageHeaders> | undefined): MessageHeaders {
  if (headers === undefined || headers === PLAIN_HEADERS) return PLAIN_HEADERS;
  checkHeaders(headers);
  return Object.freeze({
    tenant: headers.tenant ?? DEFAULT_TENANT,
    ...(headers.topic === undefined ? undefined : { topic: headers.topic }),
    priority: headers.priority ?? 0,
  });
}

function checkTraceId(traceId: unknown): void {
  if (traceId !== undefined && (typeof traceId !== 'string' || traceId === '')) {
    throw new FlowError('INVALID_MESSAGE', {
      message: `Expected \`traceId\` of a Message to be a non-empty string, got ${describeValue(traceId)}`,
    });
  }
}

function checkMeta(meta: unknown): void {
  if (meta !== undefined && !isRecord(meta)) {
    throw new FlowError('INVALID_MESSAGE', {
      message: `Expected \`meta\` of a Message to be a plain object, got ${describeValue(meta)}`,
    });
  }
}

function checkSeconds(field: string, value: unknown): void {
  if (value !== undefined && (typeof value !== 'number' || !Number.isFinite(value))) {
    throw new FlowError('INVALID_MESSAGE', {
      message: `Expected \`${field}\` of a Message to be seconds since the epoch, got ${describeValue(value)}`,
    });
  }
}

function checkHeaders(headers: Partial<MessageHeaders>): void {
  checkFields('the headers of a Message', headers, HEADERS);
  const { tenant, topic, priority } = headers;
  if (tenant !== undefined && (typeof tenant !== 'string' || tenant === '')) {
    throw invalidHeader('tenant', 'a non-empty string', tenant);
  }
  if (topic !== undefined && typeof topic !== 'string') throw invalidHeader('topic', 'a string', topic);
  if (priority !== undefined && !Number.isFinite(priority))
    throw invalidHeader('priority', 'a finite number', priority);
}

function invalidHeader(header: string, expected: string, got: unknown): FlowError {
  return new FlowError('INVALID_MESSAGE', {
    message: `Expected \`headers.${header}\` of a Message to be ${expected}, got ${describeValue(got)}`,
  });
}

function checkFields(owner: string, given: object, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null) {
    throw new FlowError('INVALID_MESSAGE', {
      message: `Expected the fields of ${owner} to be an object, got ${describeValue(given)}`,
    });
  }
  for (const field in given) {
    if (known.includes(field)) continue;
    throw new FlowError('INVALID_MESSAGE', {
      message: `Unknown field \`${field}\` of ${owner}`,
      hint: `Known fields: ${known.join(', ')}.${HEADERS.includes(field as never) ? ` \`${field}\` belongs into \`headers\`.` : ''}`,
    });
  }
}
