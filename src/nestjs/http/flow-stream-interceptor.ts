import { Readable, type Writable } from 'node:stream';
import {
  Injectable,
  StreamableFile,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef, Reflector } from '@nestjs/core';
import { map, tap, type Observable } from 'rxjs';
import { FlowError, formatSseEvent, StreamChunk } from '../../index.js';
import { flowCallOf, type FlowCall } from './flow-call-interceptor.js';
import { answerFor, messageAnswerFor } from './flow-error-http.js';
import { MessageFailure } from './message-failure.js';
import { isMessage } from './message-trace.js';
import { replyWithStream } from './stream-replies.js';
import { withHeartbeat } from './with-heartbeat.js';

/** Keep proxies from collecting the events before they pass them on. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** Below the minute after which most proxies give up. */
const HEARTBEAT_S = 15;

/** Does what `@StreamFlow` says. */
@Injectable()
export class FlowStreamInterceptor implements NestInterceptor {
  readonly #moduleRef: ModuleRef;
  readonly #reflector: Reflector;
  readonly #adapterHost: HttpAdapterHost;

  constructor(moduleRef: ModuleRef, reflector: Reflector, adapterHost: HttpAdapterHost) {
    this.#moduleRef = moduleRef;
    this.#reflector = reflector;
    this.#adapterHost = adapterHost;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<StreamableFile> {
    if (isMessage(context)) throw forRequestsAlone(context);
    return next.handle().pipe(
      map((payload) => this.#stream(context, payload)),
      tap((stream) => replyWithStream(context.switchToHttp().getResponse(), stream)),
    );
  }

  #stream(context: ExecutionContext, payload: unknown): StreamableFile {
    // First, as it may refuse the request.
    const call = flowCallOf(context, this.#moduleRef, this.#reflector);
    const response = context.switchToHttp().getResponse<unknown>();
    const { httpAdapter } = this.#adapterHost;
    for (const [name, value] of Object.entries(HEADERS)) httpAdapter.setHeader(response, name, value);
    httpAdapter.status(response, 200);
    // Pulled as the socket takes it, one event ahead: that is the backpressure. NestJS pipes it, on Express and on Fastify.
    const { heartbeatS = HEARTBEAT_S } = call.options;
    const events = withHeartbeat(eventsOf(call, payload, rawOf(response)), heartbeatS);
    return new StreamableFile(Readable.from(events, { highWaterMark: 1 }), {
      type: 'text/event-stream; charset=utf-8',
    });
  }
}

function forRequestsAlone(context: ExecutionContext): MessageFailure {
  const error = new FlowError('INVALID_OPTION', {
    message: `${context.getClass().name}.${context.getHandler().name} has @StreamFlow, which answers HTTP requests alone`,
    hint: 'Use `@CallFlow`, or take the handle and iterate over `flow.stream(…)`.',
  });
  return new MessageFailure(messageAnswerFor(error, {}), error);
}

/** The events of one stream; ends with `result` or `error`, and never throws. */
async function* eventsOf(
  { flow, emit, options }: FlowCall,
  payload: unknown,
  response: Writable,
): AsyncGenerator<string> {
  try {
    const stream = flow.stream(payload, emit);
    cutOffStalled(stream.result, response, flow.plan.chunkStallS);
    // At once, so that the browser knows the stream is open before the first node is done.
    yield `: ${stream.traceId}\n\n`;
    for await (const piece of stream) yield StreamChunk.is(piece) ? chunkEvent(piece) : event('piece', piece);
    yield event('result', (await stream.result) ?? null);
  } catch (error) {
    if (emit.signal?.aborted === true) return;
    // The status is sent, so what is no failure of the flow (a result that is not JSON) has to be told here, too.
    const failure = FlowError.is(error)
      ? error
      : new FlowError('INVALID_MESSAGE', {
          message: 'A piece or the result of a stream is not JSON-ready',
          cause: error,
        });
    const answer = answerFor(failure, { statuses: options.statuses, plan: flow.plan, traceId: emit.traceId });
    yield event('error', answer.getResponse());
  }
}

/**
 * Ends the connection of a client that read nothing for so long that its run was ended, unless it takes the end of the stream after
 * all, in as much time again. It would stay open for good, and a shutdown would wait for it.
 */
function cutOffStalled(result: Promise<unknown>, response: Writable, stallS: number): void {
  result.catch((error: unknown) => {
    if (!FlowError.is(error, 'READER_STALLED')) return;
    const limit = setTimeout(() => response.destroy(), stallS * 1000);
    limit.unref();
    response.once('close', () => clearTimeout(limit));
  });
}

/** Fastify has Node's response within its own. */
function rawOf(response: unknown): Writable {
  return (response as { readonly raw?: Writable }).raw ?? (response as Writable);
}

function chunkEvent(chunk: StreamChunk): string {
  return formatSseEvent(chunk, { eventName: 'chunk', data: 'json' });
}

/** JSON has no raw newlines, so one `data` line holds it. */
function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
