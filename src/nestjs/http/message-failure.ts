import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { throwError } from 'rxjs';
import type { FlowErrorBody } from './flow-error-http.js';
import { isGraphql } from './graphql-context.js';

/** What the sender of a message gets whose flow failed: `{ status: 'error' }` as NestJS has it, and the body of an HTTP answer. */
export interface FlowErrorMessage extends FlowErrorBody {
  readonly status: 'error';
}

/** The failure of a message that `@CallFlow` works on, with its answer. */
export class MessageFailure extends HttpException {
  readonly answer: FlowErrorMessage;

  constructor(answer: FlowErrorMessage, cause: unknown) {
    super(answer, answer.statusCode, { cause });
    this.answer = answer;
  }
}

/** Sends the answer of a {@link MessageFailure}; `@CallFlow` brings it along. */
@Catch(MessageFailure)
export class MessageFailureFilter implements ExceptionFilter<MessageFailure> {
  catch({ answer }: MessageFailure, host: ArgumentsHost): unknown {
    return answerMessage(answer, host);
  }
}

/** The part of clients of `ws` and of socket.io that is needed here. */
interface Client {
  readonly readyState?: number;
  send(text: string): void;
  emit(event: string, data: unknown): void;
}

/**
 * The failure of a resolver, as every GraphQL server answers it: with the message and the `extensions` of the error. No
 * `GraphQLError`, which is of a package that most applications do not have.
 */
class ResolverFailure extends Error {
  override readonly name = 'ResolverFailure';
  readonly extensions: Omit<FlowErrorBody, 'message'>;

  constructor({ status: _, message, ...extensions }: FlowErrorMessage) {
    super(message);
    this.extensions = extensions;
    // Apollo sends it to the client, unless NODE_ENV is production; and where it was made says nothing.
    this.stack = `${this.name}: ${message}`;
  }
}

/** What a filter returns for a message: nothing on a WebSocket, where the client is told at once. */
export function answerMessage(answer: FlowErrorMessage, host: ArgumentsHost): unknown {
  // GraphQL takes an error that a resolver returns for one that it throws.
  if (isGraphql(host)) return new ResolverFailure(answer);
  // Never thrown: what a filter throws here ends the process.
  if (host.getType() !== 'ws') return throwError(() => answer);
  const client = host.switchToWs().getClient<Client>();
  // A socket of `ws` emits to itself; NestJS tells the two apart in the same way.
  if (typeof client.readyState !== 'number') client.emit('exception', answer);
  else if (client.readyState === 1) client.send(JSON.stringify({ event: 'exception', data: answer }));
  return undefined;
}
