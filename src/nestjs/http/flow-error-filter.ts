import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { FlowError } from '../../index.js';
import { answerFor, type FlowErrorStatuses } from './flow-error-http.js';

/** What the responses of Express and Fastify have in common. */
interface Reply {
  status(statusCode: number): { send(body: unknown): unknown };
}

/**
 * Answers requests whose controller let a `FlowError` through, for controllers that call flows themselves. `@CallFlow` and
 * `@StreamFlow` need no filter.
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
  constructor(statuses: FlowErrorStatuses = {}) {
    this.#statuses = statuses;
  }

  catch(error: FlowError, host: ArgumentsHost): void {
    // Transports other than HTTP have errors of their own.
    if (host.getType() !== 'http') throw error;
    const exception = answerFor(error, { statuses: this.#statuses });
    host.switchToHttp().getResponse<Reply>().status(exception.getStatus()).send(exception.getResponse());
  }
}
