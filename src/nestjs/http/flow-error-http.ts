import { HttpException, HttpStatus, Logger } from '@nestjs/common';
import type { FlowError, FlowErrorCode, FlowPlan } from '../../index.js';
import type { FlowErrorMessage } from './message-failure.js';

/** HTTP statuses by error code, for `statuses` of `@CallFlow` and of `FlowErrorFilter`. */
export type FlowErrorStatuses = Partial<Readonly<Record<FlowErrorCode, number>>>;

/** The body of the answer to a request whose flow failed. Nothing of the payload, of the cause or of a stack is in it. */
export interface FlowErrorBody {
  readonly statusCode: number;
  /** The code of the `FlowError`. */
  readonly code: string;
  readonly message: string;
  /** To find the lines of the request. */
  readonly traceId?: string;
  /** What is wrong with the request: paths and constraints, never values. */
  readonly violations?: unknown;
}

/** What is not listed is 500: a fault of the program, not of the request or of the world around it. */
const STATUSES: FlowErrorStatuses = {
  VALIDATION_FAILED: HttpStatus.BAD_REQUEST,
  INVALID_OPTION: HttpStatus.BAD_REQUEST,
  TENANT_REQUIRED: HttpStatus.BAD_REQUEST,
  NODE_EXCEPTION: HttpStatus.BAD_GATEWAY,
  NODE_TIMEOUT: HttpStatus.GATEWAY_TIMEOUT,
  DEPENDENCY_TIMEOUT: HttpStatus.GATEWAY_TIMEOUT,
  DEPENDENCY_REJECTED: HttpStatus.SERVICE_UNAVAILABLE,
  RETRY_BUDGET_SPENT: HttpStatus.SERVICE_UNAVAILABLE,
  DEADLINE_EXCEEDED: HttpStatus.GATEWAY_TIMEOUT,
  FETCH_TIMEOUT: HttpStatus.GATEWAY_TIMEOUT,
  TRACE_CANCELLED: HttpStatus.SERVICE_UNAVAILABLE,
  READER_STALLED: HttpStatus.SERVICE_UNAVAILABLE,
  ABORTED: 499, // nginx's "client closed request": nobody reads it, the access log does
  NOT_RUNNING: HttpStatus.SERVICE_UNAVAILABLE,
  FLOW_STOPPED: HttpStatus.SERVICE_UNAVAILABLE,
};

const TEXTS: Readonly<Record<number, string>> = {
  400: 'The request is not valid.',
  499: 'The client closed the request.',
  500: 'Something went wrong inside.',
  502: 'A step of the work failed.',
  503: 'The work was refused or interrupted. Try again later.',
  504: 'The work took too long.',
};

/** Options of calls that are as a request has them; the others are the program's own. */
const OF_REQUESTS: ReadonlySet<unknown> = new Set(['tenant', 'traceId']);

/** How {@link toHttpException} maps. */
export interface HttpErrorOptions {
  /** Win over the built-in statuses. */
  readonly statuses?: FlowErrorStatuses | undefined;
  /** The graph of the flow: tells a payload that is refused at the ingress from one that the flow itself spoilt. */
  readonly plan?: FlowPlan | undefined;
  /** The trace id of the request, for errors that have none, like `FLOW_STOPPED`. */
  readonly traceId?: string | undefined;
}

/**
 * Turns a failure of a flow into the exception that NestJS answers with. An `HttpException` that a node threw keeps its
 * status and body, so a node may throw `new NotFoundException('no such order')`.
 *
 * @example
 * ```ts
 * catchError((error) => throwError(() => (FlowError.is(error) ? toHttpException(error) : error)));
 * ```
 */
export function toHttpException(error: FlowError, { statuses, plan, traceId }: HttpErrorOptions = {}): HttpException {
  const { code, cause } = error;
  if (statuses?.[code] === undefined && cause instanceof HttpException) return cause;
  const body = bodyOf(error, { statuses, plan, traceId });
  return new HttpException(body, body.statusCode, { cause: error });
}

function bodyOf(error: FlowError, { statuses, plan, ...request }: HttpErrorOptions): FlowErrorBody {
  const { code, metadata, traceId = request.traceId } = error;
  const isInvalidRequest = code === 'VALIDATION_FAILED' && refusesRequest(error, plan);
  const isOurFault =
    (code === 'VALIDATION_FAILED' && !isInvalidRequest) ||
    (code === 'INVALID_OPTION' && !OF_REQUESTS.has(metadata['option']));
  const statusCode = statuses?.[code] ?? (isOurFault ? undefined : STATUSES[code]) ?? HttpStatus.INTERNAL_SERVER_ERROR;
  return {
    statusCode,
    code,
    message: TEXTS[statusCode] ?? TEXTS[statusCode < 500 ? 400 : 500]!,
    ...(traceId === undefined ? undefined : { traceId }),
    ...(isInvalidRequest ? { violations: metadata['violations'] } : undefined),
  };
}

const logger = new Logger('PenguiFlow');

/** Like `toHttpException`, and logs what the program itself did wrong, as NestJS does with errors it does not know. */
export function answerFor(error: FlowError, options: HttpErrorOptions): HttpException {
  const exception = toHttpException(error, options);
  if (exception.getStatus() === 500) logger.error(error);
  return exception;
}

/** The same for the sender of a message. What a node threw, an `HttpException` too, is no part of it. */
export function messageAnswerFor(error: FlowError, options: HttpErrorOptions): FlowErrorMessage {
  const answer: FlowErrorMessage = { status: 'error', ...bodyOf(error, options) };
  if (answer.statusCode === 500) logger.error(error);
  return answer;
}

/** What a node emits against its `output`, an inner node gets against its `input`, or a broken schema says, is no fault of the request. */
function refusesRequest({ metadata, nodeName }: FlowError, plan: FlowPlan | undefined): boolean {
  if (metadata['direction'] !== 'input' || metadata['schema_broken'] === true) return false;
  return plan === undefined
    ? metadata['ingress'] === true
    : plan.nodes.some(({ name, ingress }) => name === nodeName && ingress);
}
