import { EventEmitter } from 'node:events';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { messageDataOf, messageTraceOf, readMessagesWith } from '#src/nestjs/http/message-trace.js';
import { FlowErrorFilter } from '#src/nestjs/index.js';

class Resolver {}

/** What a filter or a decorator gets for a resolver. */
function graphql(context: unknown): ExecutionContextHost {
  const host = new ExecutionContextHost([{}, {}, context, {}]);
  host.setType('graphql');
  return host;
}

const fresh = /^[\da-f]{32}$/;

describe('resolvers of GraphQL without an HTTP request that was traced', () => {
  afterEach(() => readMessagesWith(Resolver, {}));

  for (const [what, context] of Object.entries({ 'no context': undefined, 'an empty one': {}, 'a text': 'me' })) {
    it(`have a trace of their own, the time of the module and no signal: ${what}`, () => {
      readMessagesWith(Resolver, { timeoutS: 3 });
      const trace = messageTraceOf(graphql(context), Resolver);
      expect(trace).to.include({ timeoutS: 3, signal: undefined });
      expect(trace?.traceId).to.match(fresh);
    });
  }

  it('share the trace of their operation', () => {
    const context = {};
    const first = messageTraceOf(graphql(context), Resolver);
    expect(messageTraceOf(graphql(context), Resolver)).to.equal(first);
    expect(messageTraceOf(graphql({}), Resolver)?.traceId).to.not.equal(first?.traceId);
  });

  for (const [what, contextOf] of Object.entries({
    'that Apollo gives as `req`': (socket: EventEmitter) => ({ req: { extra: { socket } } }),
    'of the context itself': (socket: EventEmitter) => ({ extra: { socket } }),
  })) {
    it(`end with the connection ${what}`, () => {
      const socket = new EventEmitter();
      const trace = messageTraceOf(graphql(contextOf(socket)), Resolver);
      expect(trace?.signal?.aborted).to.equal(false);
      socket.emit('close');
      expect(trace?.signal?.aborted).to.equal(true);
    });
  }

  it('have the request of whichever server there is as their data, else the context', () => {
    const request = { headers: {} };
    for (const context of [{ req: request }, { request }, { reply: { request } }]) {
      expect(messageDataOf(graphql(context))).to.equal(request);
    }
    const context = { user: 'me' };
    expect(messageDataOf(graphql(context))).to.equal(context);
  });

  it('R14d FlowErrorFilter answers with an error whose `extensions` say all there is to say', () => {
    const cause = new TypeError('secret');
    const answer = new FlowErrorFilter({ NODE_EXCEPTION: 504 }).catch(
      new FlowError('NODE_EXCEPTION', { message: 'secret', traceId: 't-1', cause }),
      graphql({}),
    ) as Error & { readonly extensions: unknown };
    expect(answer).to.be.instanceOf(Error);
    expect(answer.message).to.equal('The work took too long.');
    expect(answer.extensions).to.deep.equal({ statusCode: 504, code: 'NODE_EXCEPTION', traceId: 't-1' });
    expect(answer.stack).to.equal('ResolverFailure: The work took too long.');
    expect(answer.cause).to.equal(undefined);
  });
});
