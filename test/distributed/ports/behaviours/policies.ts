import { expect } from 'chai';
import { IsPositive } from 'class-validator';
import { NonRetryableError, type NodeInvocation } from '#src/index.js';

import { failing, held, line, node, pass } from '../../../support/nodes.js';
import { failureOf, isPending } from '../../../support/settling.js';
import type { Behaviour } from '../ways.js';

class Order {
  @IsPositive()
  quantity = 1;
}

/** Retries, timeouts, deadlines, validation: the policy of a node. */
export const POLICIES: readonly Behaviour[] = [
  {
    title: 'R10 tries again after its backoff, and counts the attempts',
    async holds(open) {
      const [a, b] = [pass('A'), failing('B', { times: 2, maxRetries: 3, backoffBaseS: 1, backoffMultiplier: 3 })];
      const opened = await open(line(a, b), { elsewhere: [b] });
      const answer = opened.port.call('x');
      await opened.pass(900);
      expect(opened.attempts()).to.deep.equal(['A 0', 'B 0']);
      await opened.pass(200);
      expect(opened.attempts()).to.deep.equal(['A 0', 'B 0', 'B 1']);
      await opened.pass(2_700);
      expect(await isPending(answer)).to.equal(true);
      await opened.pass(400);
      expect(await opened.now(answer)).to.equal('x');
      expect(opened.attempts()).to.deep.equal(['A 0', 'B 0', 'B 1', 'B 2']);
    },
  },
  {
    title: 'R10 does not try again what `retryOn` or a NonRetryableError says is for good',
    async holds(open) {
      const asked: unknown[] = [];
      const retryOn = (error: unknown): boolean => {
        asked.push((error as Error).message);
        return false;
      };
      for (const [options, calls] of [
        [{ maxRetries: 3, retryOn }, ['no']],
        [{ maxRetries: 3, error: new NonRetryableError('never') }, []],
      ] as const) {
        asked.length = 0;
        const opened = await open(line(failing('A', options)));
        const error = await opened.now(failureOf(opened.port.call('x')));
        expect([error.code, error.nodeName]).to.deep.equal(['NODE_EXCEPTION', 'A']);
        expect([opened.attempts(), asked]).to.deep.equal([['A 0'], calls]);
      }
    },
  },
  {
    title: 'R11 ends an attempt at its timeout, aborts its signal, and fails with NODE_TIMEOUT when none is left',
    async holds(open) {
      const { node: slow, calls } = held('B', { timeoutS: 2, maxRetries: 1, backoffBaseS: 0 });
      const opened = await open(line(pass('A'), slow), { elsewhere: [slow] });
      const failure = failureOf(opened.port.call('x'));
      await opened.pass(2_000);
      await opened.pass(1_000);
      await opened.pass(2_000);
      const error = await opened.now(failure);
      expect([error.code, error.nodeName]).to.deep.equal(['NODE_TIMEOUT', 'B']);
      expect(calls.map(({ ctx }) => [ctx.attempt, ctx.signal.aborted])).to.deep.equal([
        [0, true],
        [1, true],
      ]);
    },
  },
  {
    title: 'R12 tells the caller what failed, where, and in which attempt',
    async holds(open) {
      const broken = failing('B', { error: new RangeError('too far'), maxRetries: 1, backoffBaseS: 0 });
      const opened = await open(line(pass('A'), broken), { elsewhere: [broken] });
      const error = await opened.now(failureOf(opened.port.call('x', { traceId: 'order-17' })));
      expect(error.toPayload()).to.deep.include({ code: 'NODE_EXCEPTION', node_name: 'B', trace_id: 'order-17' });
      expect(error.metadata).to.include({ attempt: 1 });
      expect(error.message).to.contain('too far');
      expect((error.cause as Error).name).to.equal('RangeError');
    },
  },
  {
    title: 'R13 ends a run at its deadline, and what comes later never starts',
    async holds(open) {
      const { node: slow, calls } = held('B');
      const [after, left] = [pass('C'), [] as number[]];
      const first = node('A', (payload, ctx) => {
        left.push(ctx.remainingMs ?? -1);
        return payload;
      });
      const opened = await open(line(first, slow, after), { elsewhere: [slow] });
      const failure = failureOf(opened.port.call('x', { timeoutS: 3 }));
      await opened.pass(2_900);
      expect(calls.map(({ ctx }) => ctx.signal.aborted)).to.deep.equal([false]);
      expect([left, Math.round(calls[0]?.ctx.remainingMs ?? 0)]).to.deep.equal([[3_000], 100]);
      await opened.pass(200);
      expect((await opened.now(failure)).code).to.equal('DEADLINE_EXCEEDED');
      expect(calls[0]?.ctx.signal.aborted).to.equal(true);
      calls[0]?.resolve('late');
      await opened.pass(1_000);
      expect(opened.attempts()).to.deep.equal(['A 0', 'B 0']);
    },
  },
  {
    title: 'R15 refuses a payload that its node does not take, says what is wrong with it, and does not try again',
    async holds(open) {
      const price = node('B', () => 1, { input: Order, maxRetries: 3 });
      const opened = await open(line(pass('A'), price), { elsewhere: [price], types: { order: Order } });
      const error = await opened.now(failureOf(opened.port.call({ quantity: -2 })));
      expect([error.code, error.nodeName]).to.deep.equal(['VALIDATION_FAILED', 'B']);
      expect(JSON.stringify(error.metadata)).to.contain('quantity');
      expect(opened.attempts('node_retry')).to.deep.equal([]);
      expect(await opened.now(opened.port.call({ quantity: 2 }))).to.equal(1);
    },
  },
  {
    title:
      'R5 works on as many messages at a time as its concurrency says, and keeps the order of a run with `ordered`',
    async holds(open) {
      const parts = node('A', async function* () {
        for (let n = 0; n < 5; n++) yield n;
      } as never);
      const { node: three, calls } = held('B', { concurrency: 3, ordered: true });
      const opened = await open(line(parts, three));
      const all = opened.port.collect('x');
      await opened.turn();
      expect(calls.map(({ payload }) => payload)).to.deep.equal([0, 1, 2]);
      for (const n of [2, 1, 0]) calls[n]?.resolve(n);
      await opened.turn();
      for (const n of [4, 3]) calls[n]?.resolve(n);
      expect(await opened.now(all)).to.deep.equal([0, 1, 2, 3, 4]);
    },
  },
  {
    title: 'R10 R11 runs the interceptors of the flow around each attempt',
    async holds(open) {
      const steps: string[] = [];
      const around = {
        intercept: async ({ nodeName, context }: NodeInvocation, next: () => Promise<unknown>) => {
          steps.push(`${nodeName} ${context.attempt}`);
          const result = await next();
          return typeof result === 'string' ? `${result}!` : result;
        },
      };
      const b = failing('B', { times: 1, maxRetries: 1, backoffBaseS: 0 });
      const opened = await open(line(pass('A'), b), { elsewhere: [b], create: { interceptors: [around] as never } });
      expect(await opened.now(opened.port.call('x'))).to.equal('x!!');
      expect(steps).to.deep.equal(['A 0', 'B 0', 'B 1']);
    },
  },
];
