import { HttpException, HttpStatus, Logger } from '@nestjs/common';
import { FlowError, type FlowErrorCode } from '../../index.js';

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
  NODE_EXCEPTION: HttpStatus.BAD_GATEWAY,
  NODE_TIMEOUT: HttpStatus.GATEWAY_TIMEOUT,
  DEADLINE_EXCEEDED: HttpStatus.GATEWAY_TIMEOUT,
  FETCH_TIMEOUT: HttpStatus.GATEWAY_TIMEOUT,
  TRACE_CANCELLED: HttpStatus.SERVICE_UNAVAILABLE,
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

/**
 * Turns a failure of a flow into the exception that NestJS answers with. An `HttpException` that a node threw keeps its
 * status and body, so a node may throw `new NotFoundException('no such order')`.
 *
 * @param statuses - win over the built-in ones
 * @example
 * ```ts
 * catchError((error) => throwError(() => (FlowError.is(error) ? toHttpException(error) : error)));
 * ```
 */
export function toHttpException(error: FlowError, statuses: FlowErrorStatuses = {}): HttpException {
  if (statuses[error.code] === undefined && error.cause instanceof HttpException) return error.cause;
  const isRequestsFault = error.code !== 'VALIDATION_FAILED' || violatesInput(error);
  const statusCode =
    statuses[error.code] ?? (isRequestsFault ? STATUSES[error.code] : undefined) ?? HttpStatus.INTERNAL_SERVER_ERROR;
  const body: FlowErrorBody = {
    statusCode,
    code: error.code,
    message: TEXTS[statusCode] ?? (statusCode < 500 ? 'The request cannot be served.' : TEXTS[500]!),
    ...(error.traceId === undefined ? undefined : { traceId: error.traceId }),
    ...(statusCode < 500 && error.code === 'VALIDATION_FAILED'
      ? { violations: error.metadata['violations'] }
      : undefined),
  };
  return new HttpException(body, statusCode, { cause: error });
}

const logger = new Logger('PenguiFlow');

/** Like `toHttpException`, and logs what the program itself did wrong, as NestJS does with errors it does not know. */
export function answerFor(error: FlowError, statuses?: FlowErrorStatuses): HttpException {
  const exception = toHttpException(error, statuses);
  if (exception.getStatus() === 500) logger.error(error);
  return exception;
}

/** A node that emits what its `output` forbids is no fault of the request. */
function violatesInput({ metadata }: FlowError): boolean {
  return metadata['direction'] !== 'out';
}
