import { Catch, Inject, Optional, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { FlowError } from '../../index.js';
import { answerFor, messageAnswerFor, type FlowErrorStatuses } from './flow-error-http.js';
import { answerMessage } from './message-failure.js';
import { isMessage, knownMessageTrace } from './message-trace.js';
import { traceOf } from './request-trace.js';

/** What the responses of Express and Fastify have in common. */
interface Reply {
  status(statusCode: number): { send(body: unknown): unknown };
}

/** Nobody provides it: NestJS builds the filter without statuses where it is given as a class. */
const NO_STATUSES: unique symbol = Symbol('penguiflow:statuses') as never;

/**
 * Answers requests and messages whose handler let a `FlowError` through, for those that call flows themselves; `@CallFlow` and
 * `@StreamFlow` need no filter. An HTTP request gets the status and the body of `toHttpException`; the sender of a message of
 * a microservice or a WebSocket gets a `FlowErrorMessage`; a GraphQL operation gets an error with the same in its `extensions`; elsewhere the
 * exception is the answer.
 *
 * @example
 * ```ts
 * app.useGlobalFilters(new FlowErrorFilter({ NODE_EXCEPTION: 500 }));
 * ```
 */
@Catch(FlowError)
export class FlowErrorFilter implements ExceptionFilter<FlowError> {
  readonly #statuses: FlowErrorStatuses;

  /** @param statuses - win over the built-in ones */
  constructor(@Optional() @Inject(NO_STATUSES) statuses: FlowErrorStatuses = {}) {
    this.#statuses = statuses;
  }

  catch(error: FlowError, host: ArgumentsHost): unknown {
    const statuses = this.#statuses;
    if (isMessage(host)) {
      return answerMessage(messageAnswerFor(error, { statuses, traceId: knownMessageTrace(host)?.traceId }), host);
    }
    if (host.getType() !== 'http') return answerFor(error, { statuses });
    const http = host.switchToHttp();
    const exception = answerFor(error, { statuses, traceId: traceOf(http.getRequest())?.traceId });
    http.getResponse<Reply>().status(exception.getStatus()).send(exception.getResponse());
    return undefined;
  }
}
