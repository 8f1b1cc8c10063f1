import { Readable } from 'node:stream';
import {
  Injectable,
  StreamableFile,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef, Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { FlowError, StreamChunk } from '../../index.js';
import { flowCallOf, type FlowCall } from './flow-call-interceptor.js';
import { answerFor } from './flow-error-http.js';

/** Keep proxies from collecting the events before they pass them on. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** Does what `@StreamFlow` says. */
@Injectable()
export class FlowStreamInterceptor implements NestInterceptor {
  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly reflector: Reflector,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<StreamableFile> {
    return next.handle().pipe(map((payload) => this.#stream(context, payload)));
  }

  #stream(context: ExecutionContext, payload: unknown): StreamableFile {
    const response = context.switchToHttp().getResponse<unknown>();
    const { httpAdapter } = this.adapterHost;
    for (const [name, value] of Object.entries(HEADERS)) httpAdapter.setHeader(response, name, value);
    httpAdapter.status(response, 200);
    const call = flowCallOf(context, this.moduleRef, this.reflector);
    // Pulled as the socket takes it, one event ahead: that is the backpressure. NestJS pipes it, on Express and on Fastify.
    const events = Readable.from(eventsOf(call, payload), { highWaterMark: 1 });
    return new StreamableFile(events, { type: 'text/event-stream; charset=utf-8' });
  }
}

/** The events of one stream; ends with `result` or `error`, and never throws. */
async function* eventsOf({ flow, emit, options }: FlowCall, payload: unknown): AsyncGenerator<string> {
  try {
    const stream = flow.stream(payload, emit);
    // At once, so that the browser knows the stream is open before the first node is done.
    yield `: ${stream.traceId}\n\n`;
    for await (const piece of stream) yield piece instanceof StreamChunk ? chunkEvent(piece) : event('piece', piece);
    yield event('result', (await stream.result) ?? null);
  } catch (error) {
    if (!FlowError.is(error)) throw error;
    if (emit.signal?.aborted === true) return;
    const exception = answerFor(error, { statuses: options.statuses, plan: flow.graph });
    yield event('error', exception.getResponse());
  }
}

function chunkEvent({ streamId, seq, text, done, meta }: StreamChunk): string {
  return event('chunk', { stream_id: streamId, seq, text, done, meta });
}

/** JSON has no raw newlines, so one `data` line holds it. */
function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
