import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpAdapterHost } from '@nestjs/core';
import { withLogFields } from '../../index.js';
import type { RequestGate } from './request-gate.js';
import { beginTrace, traceOf, type RequestTraceOptions } from './request-trace.js';

/** The part of Fastify that is needed here. */
interface FastifyHooks {
  addHook(name: 'preValidation', hook: (request: unknown, reply: unknown, done: () => void) => void): void;
}

/**
 * Puts a middleware before all routes: it lets requests in through the gate, finds or makes their trace id, sends it back
 * as `x-request-id`, and has every line that is written for the request carry it.
 *
 * It is given to the adapter itself, because NestJS binds the middlewares of modules to paths, which prefixes and versions change.
 */
export function traceRequests({ httpAdapter }: HttpAdapterHost, gate: RequestGate, options: RequestTraceOptions): void {
  httpAdapter.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (!gate.admit(response)) return;
    const { traceId } = beginTrace(request, response, options);
    response.setHeader('x-request-id', traceId);
    withLogFields({ trace_id: traceId }, next);
  });
  if (httpAdapter.getType() !== 'fastify') return;
  // Fastify reads the body after the middlewares, in the async context of the socket, so the fields have to be set again.
  httpAdapter.getInstance<FastifyHooks>().addHook('preValidation', (request, _reply, done) => {
    withLogFields({ trace_id: traceOf(request)?.traceId }, done);
  });
}
