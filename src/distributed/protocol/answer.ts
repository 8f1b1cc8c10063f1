import { FLOW_ERRORS, FlowError, type FlowErrorCode, type FlowErrorPayload } from '../../index.js';

/**
 * What the records of a root say, topic `answers`, key = the root (D17, D18). Every open end of the root, a token, is closed by one of them; the root is over when all
 * that were opened are closed.
 */
export type Answer = ResultAnswer | FailureAnswer | StepAnswer;

/** A result. */
export interface ResultAnswer {
  readonly kind: 'result';
  /** Names the result: two records of one are the same result twice. */
  readonly result: string;
  readonly token: string;
  /** Whether it is the last thing that comes of its token. */
  readonly closes: boolean;
  /** A piece of a stream, and not its final value. */
  readonly piece: boolean;
  /** Tagged JSON. */
  readonly value: string;
  /** Chunks of the arrival that made it, by stream id: so many were sent before it (D19). */
  readonly chunks?: Readonly<Record<string, number>>;
  /** With `chunks`: the arrival, and how often it has begun, as its chunks say; whoever has none of them asks it for them. */
  readonly from?: string;
  readonly run?: number;
}

/** A message failed for good. */
export interface FailureAnswer {
  readonly kind: 'failure';
  /** Names the failure: two records of one are the same failure twice. */
  readonly failure: string;
  readonly token: string;
  readonly closes: boolean;
  readonly error: FlowErrorPayload;
}

/** An arrival is over that led to something else than one departure. */
interface StepAnswer {
  readonly kind: 'step';
  readonly token: string;
  /** Tokens that it opened. */
  readonly opened: readonly string[];
  /** Whether its own is closed: it led to nothing that goes on with it. */
  readonly closes: boolean;
  /** It ran again and may have sent other messages than before: nobody can say that no result will come. */
  readonly uncertain?: true;
}

export function encodeAnswer(answer: Answer): string {
  return JSON.stringify(answer);
}

/** Undefined for a text that no process of ours has written. */
export function decodeAnswer(text: string): Answer | undefined {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { kind, token } = (given ?? {}) as Partial<Answer>;
  const isOurs = typeof token === 'string' && (kind === 'result' || kind === 'failure' || kind === 'step');
  return isOurs ? (given as Answer) : undefined;
}

/** The failure of another process, as it was. */
export function errorFrom(payload: FlowErrorPayload): FlowError {
  const { code, message, trace_id, node_name, node_id, exception_type, metadata } = payload;
  return new FlowError(code as FlowErrorCode, {
    message,
    traceId: trace_id,
    nodeName: node_name,
    nodeId: node_id,
    metadata,
    cause: exception_type === undefined ? undefined : causeNamed(exception_type, message),
    // Another build may know more codes.
    hint: Object.hasOwn(FLOW_ERRORS, code)
      ? undefined
      : 'The process that failed is of another build, whose errors tell more.',
  });
}

/** Of what was thrown elsewhere only the name is known. */
function causeNamed(name: string, message: string): Error {
  const cause = new Error(message);
  cause.name = name;
  return cause;
}
