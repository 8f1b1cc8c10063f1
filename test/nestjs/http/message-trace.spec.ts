import { EventEmitter } from 'node:events';
import type { ArgumentsHost } from '@nestjs/common';
import { expect } from 'chai';
import { isObservable, lastValueFrom, type Observable } from 'rxjs';
import { FlowError } from '#src/index.js';
import { answerMessage, type FlowErrorMessage } from '#src/nestjs/http/message-failure.js';
import { knownMessageTrace, messageTraceOf, readMessagesWith } from '#src/nestjs/http/message-trace.js';
import { FlowErrorFilter } from '#src/nestjs/index.js';

class Handler {}

/** What a filter or a decorator gets for a message of a microservice. */
function rpc(context: object, data: unknown = {}): ArgumentsHost {
  return {
    getType: () => 'rpc',
    switchToRpc: () => ({ getContext: () => context, getData: () => data }),
  } as unknown as ArgumentsHost;
}

/** The same for a WebSocket. */
function ws(client: object, data: unknown = {}): ArgumentsHost {
  return {
    getType: () => 'ws',
    switchToWs: () => ({ getClient: () => client, getData: () => data }),
  } as unknown as ArgumentsHost;
}

/** The headers of NATS. */
function nats(headers: Readonly<Record<string, string>>): object {
  return { getHeaders: () => ({ get: (name: string) => headers[name] ?? '' }) };
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
const fresh = /^[\da-f]{32}$/;

describe('the trace of a message', () => {
  afterEach(() => readMessagesWith(Handler, {}));

  it('has the id that the headers of NATS name, unless they are not trusted', () => {
    const ids = (headers: Readonly<Record<string, string>>): string | undefined =>
      messageTraceOf(rpc(nats(headers)), Handler)?.traceId;
    expect(ids({ traceparent, 'x-request-id': 'mine' })).to.equal(traceId);
    expect(ids({ 'x-request-id': 'mine' })).to.equal('mine');
    expect(ids({ 'x-request-id': 'line\nbreak' })).to.match(fresh);
    expect(ids({})).to.match(fresh);
    readMessagesWith(Handler, { trustTraceHeaders: false, timeoutS: 3 });
    expect(ids({ traceparent })).to.match(fresh).and.not.equal(traceId);
  });

  it('has a fresh id where there are no headers, and no signal where there is no connection', () => {
    for (const context of [{}, { getHeaders: () => undefined }]) {
      const trace = messageTraceOf(rpc(context), Handler);
      expect(trace?.traceId).to.match(fresh);
      expect(trace?.signal).to.equal(undefined);
    }
  });

  it('is one for all that ask about a message', () => {
    const host = rpc({});
    expect(knownMessageTrace(host)).to.equal(undefined);
    const trace = messageTraceOf(host, Handler);
    expect(messageTraceOf(host, Handler)).to.equal(trace);
    expect(knownMessageTrace(host)).to.equal(trace);
    // A text cannot be told from the next one that is the same.
    const text = ws(new EventEmitter(), 'text');
    expect(messageTraceOf(text, Handler)?.traceId).to.match(fresh);
    expect(knownMessageTrace(text)).to.equal(undefined);
  });

  it('is none for requests', () => {
    const host = { getType: () => 'http' } as ArgumentsHost;
    expect([messageTraceOf(host, Handler), knownMessageTrace(host)]).to.deep.equal([undefined, undefined]);
  });

  it('R16 ends with its connection, which has one listener however many messages come', () => {
    for (const event of ['close', 'disconnect']) {
      const client = new EventEmitter();
      const signals = [1, 2, 3].map(() => messageTraceOf(ws(client, {}), Handler)?.signal);
      expect(new Set(signals).size).to.equal(1);
      expect(client.listenerCount(event)).to.equal(1);
      expect(signals[0]?.aborted).to.equal(false);
      client.emit(event);
      expect(signals[0]?.aborted).to.equal(true);
    }
  });

  it('R16 has ended where the connection is over already', () => {
    for (const over of [{ readyState: 3 }, { disconnected: true }]) {
      const client = Object.assign(new EventEmitter(), over);
      expect(messageTraceOf(ws(client), Handler)?.signal?.aborted).to.equal(true);
    }
    const socket = Object.assign(new EventEmitter(), { isClosed: true });
    expect(messageTraceOf(rpc({ getSocketRef: () => socket }), Handler)?.signal?.aborted).to.equal(true);
  });
});

describe('the answer to a message that failed', () => {
  const answer: FlowErrorMessage = { status: 'error', statusCode: 502, code: 'NODE_EXCEPTION', message: 'failed' };

  it('is what a microservice rejects with, and is never thrown', async () => {
    const answered = answerMessage(answer, rpc({}));
    expect(isObservable(answered)).to.equal(true);
    const rejected: unknown = await lastValueFrom(answered as Observable<unknown>).catch((error: unknown) => error);
    expect(rejected).to.equal(answer);
  });

  it('is emitted on socket.io, sent on ws, and left out where ws has closed', () => {
    const told: unknown[] = [];
    const emit = (event: string, data: unknown): unknown => told.push([event, data]);
    const send = (text: string): unknown => told.push(text);
    answerMessage(answer, ws({ emit, send }));
    answerMessage(answer, ws({ emit, send, readyState: 1 }));
    answerMessage(answer, ws({ emit, send, readyState: 3 }));
    expect(told).to.deep.equal([['exception', answer], JSON.stringify({ event: 'exception', data: answer })]);
  });

  it('has the trace id of the message where the error has none', async () => {
    const host = rpc({});
    const known = messageTraceOf(host, Handler)?.traceId;
    const answered = new FlowErrorFilter().catch(new FlowError('FLOW_STOPPED', { message: 'stopped' }), host);
    const rejected: unknown = await lastValueFrom(answered as Observable<unknown>).catch((error: unknown) => error);
    expect(rejected).to.include({ code: 'FLOW_STOPPED', statusCode: 503, traceId: known });
  });
});
