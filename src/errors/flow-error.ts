import { FLOW_ERRORS, type FlowErrorCode } from './flow-error-code.js';
import { hasMarker, isInstance } from './marker.js';
import { framesAbove, framesText, keepStack, setStack } from './stack.js';
import { thrownText } from './thrown-text.js';

/** What a {@link FlowError} is built from. */
export interface FlowErrorInit {
  /** What went wrong, in one sentence, naming the class, field or node. */
  readonly message: string;
  readonly traceId?: string | undefined;
  readonly nodeName?: string | undefined;
  readonly nodeId?: string | undefined;
  /** What was thrown underneath, if anything was. */
  readonly cause?: unknown;
  /** JSON-ready facts about the failure (attempt, latency_ms, violations …). */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** The fix; the catalogue's text when left out. */
  readonly hint?: string | undefined;
}

/** The wire form of a {@link FlowError}: the original's keys, snake_case. */
export interface FlowErrorPayload {
  readonly code: string;
  readonly message: string;
  readonly trace_id?: string;
  readonly node_name?: string;
  readonly node_id?: string;
  readonly exception_type?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const IS_FLOW_ERROR: unique symbol = Symbol.for('penguiflow:flow-error') as never;

/**
 * Everything PenguiFlow throws on purpose, and every failure of a run.
 *
 * @example
 * ```ts
 * try {
 *   await flow.call(order, { timeoutS: 10 });
 * } catch (error) {
 *   if (FlowError.is(error, 'NODE_TIMEOUT')) retryLater(error.traceId);
 *   else throw error;
 * }
 * ```
 */
export class FlowError extends Error {
  /** Which entry of the catalogue this is; decide on it, never on the text. */
  readonly code: FlowErrorCode;
  // Declared only: Node prints every field of an uncaught error, and what is not known is not to be read there.
  declare readonly traceId: string | undefined;
  declare readonly nodeName: string | undefined;
  declare readonly nodeId: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What the reader does about it. */
  readonly hint: string;
  readonly [IS_FLOW_ERROR] = true;

  constructor(code: FlowErrorCode, init: FlowErrorInit) {
    const limit = Error.stackTraceLimit;
    // One frame, from which the platform knows the line of the source that it shows above an uncaught error.
    Error.stackTraceLimit = Math.min(limit, 1);
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    Error.stackTraceLimit = limit;
    this.code = code;
    if (init.traceId !== undefined) this.traceId = init.traceId;
    if (init.nodeName !== undefined) this.nodeName = init.nodeName;
    if (init.nodeId !== undefined) this.nodeId = init.nodeId;
    this.metadata = Object.freeze(knownFacts(init.metadata ?? {}));
    this.hint = init.hint ?? FLOW_ERRORS[code].fix;
    // Its first line has the code, which the platform would leave out.
    if (limit === 0) keepStack(this, `FlowError [${code}]: ${init.message}`);
    else {
      const frames = framesAbove(new.target);
      // Not written over, which would put it into words first, and forget the frame.
      delete this.stack;
      setStack(this, () => `FlowError [${code}]: ${this.message}${framesText(frames)}`);
    }
    Object.defineProperty(this, IS_FLOW_ERROR, { enumerable: false });
  }

  override get name(): string {
    return 'FlowError';
  }

  /**
   * Tells whether a value is a FlowError, of the given code if one is named.
   * Works across two installed copies of the package, because it looks for a marker and not for the class.
   */
  static is(value: unknown, code?: FlowErrorCode): value is FlowError {
    if (!hasMarker(value, IS_FLOW_ERROR)) return false;
    return code === undefined || (value as FlowError).code === code;
  }

  /** As {@link FlowError.is}, for this class itself. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(value, this, FlowError);
  }

  /** The type name of what was thrown underneath, if anything was. */
  get exceptionType(): string | undefined {
    return this.cause === undefined ? undefined : exceptionType(this.cause);
  }

  /** The JSON-ready form that goes into events and logs; same keys as in PenguiFlow for Python. */
  toPayload(): FlowErrorPayload {
    const type = this.exceptionType;
    return {
      code: this.code,
      message: this.message,
      ...(this.traceId === undefined ? undefined : { trace_id: this.traceId }),
      ...(this.nodeName === undefined ? undefined : { node_name: this.nodeName }),
      ...(this.nodeId === undefined ? undefined : { node_id: this.nodeId }),
      ...(type === undefined ? undefined : { exception_type: type }),
      ...(Object.keys(this.metadata).length === 0 ? undefined : { metadata: this.metadata }),
    };
  }

  /** `JSON.stringify(error)` gives the payload plus the hint, never the cause's own fields. */
  toJSON(): FlowErrorPayload & { readonly hint: string } {
    return { ...this.toPayload(), hint: this.hint };
  }
}

/** What is not known is not to be read in what an error prints. */
function knownFacts(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (!Object.values(facts).includes(undefined)) return { ...facts };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/** The class name of a thrown value (`'TypeError'`), or its kind when it is not an object (`'string'`). */
export function exceptionType(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return thrown === null ? 'null' : typeof thrown;
  try {
    const name: unknown = thrown instanceof Error ? thrown.name : (thrown.constructor?.name ?? 'Object');
    return typeof name === 'string' ? name : 'Error';
  } catch {
    // A getter or a proxy that throws.
    return 'Object';
  }
}

/** One line for a thrown value: `TypeError: x is not a function`, `Object: {"status":503}`; never throws itself. */
export function describeThrown(thrown: unknown): string {
  try {
    return `${exceptionType(thrown)}: ${thrownText(thrown)}`;
  } catch {
    return 'a value that cannot be printed';
  }
}
