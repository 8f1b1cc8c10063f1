import { AssertionError } from 'node:assert';
import { expect, use } from 'chai';
import { handleAll, retry } from 'cockatiel';
import { CLOCK, dependency, Flow, FlowError, Message, Node, start, type NodeContext } from '#src/index.js';
import {
  checkEnvelope,
  expectNodeSequence,
  ManualClock,
  penguiflowChai,
  recordEvents,
  runOne,
  simulateError,
  testContext,
} from '#src/testing/index.js';
import { FlowBench } from '../support/flows.js';
import { line, pass } from '../support/nodes.js';
import { failureOf, reasonOf } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

use(penguiflowChai);

@Node({ name: 'Price', maxRetries: 2, backoffBaseS: 0 })
class Price {
  process(order: string): string {
    return `${order} priced`;
  }
}

@Node({ name: 'Charge' })
class Charge {
  async process(order: string, ctx: NodeContext): Promise<string> {
    ctx.logger.info('charging', { order });
    return `${order} charged`;
  }
}

@Flow({ name: 'testing-orders' })
class Orders {
  readonly graph = start(Price).to(Charge);
}

describe('penguiflow/testing', () => {
  describe('runOne', () => {
    it('runs a message through the real runtime and tells value, trace and events', async () => {
      const run = await runOne(Orders, 'o-1', { traceId: 'a', tenant: 'acme' });
      expect(run.value).to.equal('o-1 priced charged');
      expect(run.traceId).to.equal('a');
      expect(run.error).to.equal(undefined);
      expect(run.events.map((event) => event.tenant)).to.deep.equal(Array.from({ length: 6 }, () => 'acme'));
      expectNodeSequence(run, ['Price', 'Charge']);
    });

    it('takes a whole message', async () => {
      const run = await runOne(Orders, new Message('o-1', { traceId: 'b' }));
      expect(run.traceId).to.equal('b');
    });

    it('R14 makes the failure of the run part of what it returns', async () => {
      const broken = { process: simulateError(3) };
      const run = await runOne(Orders, 'o-1', { providers: [{ token: Price, useValue: broken }] });
      expect(run.value).to.equal(undefined);
      expect(run.error?.code).to.equal('NODE_EXCEPTION');
      expect(run).to.have.failedWith('NODE_EXCEPTION').and.retried('Price', 2);
    });

    it('hands interceptors to createFlow', async () => {
      const shout = { intercept: async (_: unknown, next: () => Promise<unknown>) => `${String(await next())}!` };
      const run = await runOne(Orders, 'o-1', { interceptors: [shout] });
      expect(run.value).to.equal('o-1 priced! charged!');
    });

    it('throws what is wrong with the declaration', async () => {
      class Undecorated {
        readonly graph = start(Price);
      }
      expect((await failureOf(runOne(Undecorated, 'o'))).code).to.equal('FLOW_NOT_DECORATED');
    });

    it('waits for branches that still run when the result is there', async () => {
      @Node({ name: 'Audit' })
      class Audit {
        async process(_: string, ctx: NodeContext): Promise<void> {
          await new Promise((resolve) => {
            setImmediate(resolve);
          });
          ctx.logger.info('late');
        }
      }
      @Flow({ name: 'testing-branches' })
      class Branches {
        readonly graph = start(Price).to(Charge, Audit);
      }
      const run = await runOne(Branches, 'o');
      expect(
        run.events.some(({ nodeName, eventType }) => nodeName === 'Audit' && eventType === 'node_success'),
      ).to.equal(true);
    });

    it('R11 runs on a clock that the test moves', async () => {
      const clock = new ManualClock();
      @Node({ name: 'Slow', timeoutS: 60 })
      class Slow {
        process(_: string, ctx: NodeContext): Promise<void> {
          return ctx.sleep(3_600);
        }
      }
      @Flow({ name: 'testing-slow' })
      class SlowFlow {
        readonly graph = start(Slow);
      }
      const running = runOne(SlowFlow, 'o', { providers: [{ token: CLOCK, useValue: clock }] });
      await clock.advance(60_000);
      const run = await running;
      expect(run).to.have.failedWith('NODE_TIMEOUT');
    });
  });

  describe('recordEvents and expectNodeSequence', () => {
    it('record each trace, and stop when disposed', async () => {
      const bench = new FlowBench();
      const flow = await bench.run(line(pass('a'), pass('b')));
      const recording = recordEvents(flow);
      await flow.call('x', { traceId: 'one' });
      await flow.call('x', { traceId: 'two' });
      expectNodeSequence(recording.of('one'), ['a', 'b']);
      recording.dispose();
      await flow.call('x', { traceId: 'three' });
      expect(recording.of('three')).to.deep.equal([]);
      await bench.stopAll();
    });

    it('count a node that follows itself once, and show the difference', async () => {
      const run = await runOne(Orders, 'o', { providers: [{ token: Price, useValue: { process: simulateError(1) } }] });
      expectNodeSequence(run, ['Price', 'Charge']);
      expect(() => expectNodeSequence(run, ['Charge', 'Price'])).to.throw(AssertionError, 'Price');
    });
  });

  describe('the chai plugin', () => {
    it('reads what was visited', async () => {
      const run = await runOne(Orders, 'o');
      expect(run).to.have.visited('Charge', 'Price');
      expect(run).to.not.have.visited('Refund', 'Ship');
      expect(() => expect(run).to.have.visited('Price', 'Refund')).to.throw('it visited Price, Charge');
      expect(() => expect(run).to.not.have.visited('Refund', 'Price')).to.throw('not to have visited');
    });

    it('reads retries and failures, and says what there was', async () => {
      const run = await runOne(Orders, 'o', { providers: [{ token: Price, useValue: { process: simulateError(2) } }] });
      expect(run).to.have.retried('Price').and.retried('Price', 2);
      expect(run).to.not.have.retried('Charge');
      expect(run).to.not.have.failedWith();
      expect(() => expect(run).to.have.retried('Price', 1)).to.throw('it was 2 time(s)');
      expect(() => expect(run).to.have.failedWith('NODE_TIMEOUT')).to.throw('it did not fail');
    });
  });

  describe('simulateError', () => {
    it('fails as often as it was told, then works', async () => {
      const flaky = simulateError(2, { result: (payload: string) => payload.toUpperCase() });
      const ctx = testContext();
      expect(String(await reasonOf(flaky('x', ctx)))).to.equal('SimulatedFailure: simulated failure 1 of 2');
      await reasonOf(flaky('x', ctx));
      expect(await flaky('x', ctx)).to.equal('X');
      expect([flaky.attempts, flaky.failures]).to.deep.equal([3, 2]);
    });

    it('throws what it was told to', async () => {
      const flaky = simulateError(1, { error: (attempt) => new RangeError(`no ${attempt}`) });
      expect(await reasonOf(flaky('x', testContext()))).to.be.instanceOf(RangeError);
    });

    it('refuses a number of times that makes no sense', () => {
      expect(thrownBy(() => simulateError(0)).code).to.equal('INVALID_OPTION');
    });
  });

  describe('testContext', () => {
    it('keeps what a node emits, logs and waits for', async () => {
      const ctx = testContext({
        message: new Message('o', { headers: { tenant: 'acme' } }),
        attempt: 2,
        source: 'Price',
      });
      await new Charge().process('o', ctx);
      await ctx.emit(1, { to: 'Ship' });
      await ctx.sleep(3);
      expect(ctx.lines).to.deep.equal([{ level: 'info', message: 'charging', fields: { order: 'o' } }]);
      expect(ctx.emitted).to.deep.equal([{ payload: 1, to: 'Ship' }]);
      expect(ctx.sleeps).to.deep.equal([3]);
      expect([ctx.tenant, ctx.attempt, ctx.source, ctx.delivery]).to.deep.equal(['acme', 2, 'Price', 0]);
    });

    it('R18 numbers chunks as the runtime does', async () => {
      const ctx = testContext();
      await ctx.emitChunk('a');
      await ctx.emitChunk('b', { done: true });
      await ctx.emitChunk('c');
      await ctx.emitChunk('d', { streamId: 's' });
      expect(ctx.chunks.map(({ text, seq }) => `${text}${seq}`)).to.deep.equal(['a0', 'b1', 'c0', 'd0']);
    });

    it('ends an attempt and a trace when the test says so', async () => {
      const ctx = testContext();
      let ended = 0;
      ctx.onTraceEnd(() => ended++);
      ctx.abort();
      ctx.endTrace();
      ctx.endTrace();
      expect(ended).to.equal(1);
      expect(FlowError.is(ctx.signal.reason, 'TRACE_CANCELLED')).to.equal(true);
      expect((await failureOf(ctx.emit(1))).code).to.equal('ATTEMPT_ENDED');
    });

    it('R35 calls dependencies through their policies, and keeps what was called', async () => {
      const ctx = testContext({ nodeName: 'Charge' });
      const bank = dependency('bank', { timeoutS: 1, policy: retry(handleAll, { maxAttempts: 1 }) });
      const flaky = simulateError(1, { result: () => 'paid' });
      expect(await ctx.through(bank, () => flaky('x', ctx))).to.equal('paid');
      expect(await ctx.through(dependency('clock'), (signal) => signal === ctx.signal)).to.equal(true);
      const refusing = { execute: () => Promise.reject(new Error('closed today')) };
      const refused = await failureOf(ctx.through(dependency('mail', { policy: refusing }), () => 1));
      expect([refused.code, String(refused.cause)]).to.deep.equal(['DEPENDENCY_REJECTED', 'Error: closed today']);
      const thrown = new RangeError('no');
      const rejected = ctx.through(dependency('clock'), () => Promise.reject(thrown));
      expect(await reasonOf(rejected)).to.equal(thrown);
      expect(ctx.dependencyCalls).to.deep.equal([
        { dependency: 'bank', tries: 2 },
        { dependency: 'clock', tries: 1 },
        { dependency: 'mail', tries: 0 },
        { dependency: 'clock', tries: 1 },
      ]);
      ctx.abort();
      expect((await failureOf(ctx.through(bank, () => 1))).code).to.equal('ATTEMPT_ENDED');
    });

    it('answers playbooks with what the test gives, and refuses without', async () => {
      const ctx = testContext({ playbook: (flowClass, payload) => `${flowClass.name} of ${String(payload)}` });
      expect(await ctx.call(Orders, 'o')).to.equal('Orders of o');
      expect((await failureOf(testContext().call(Orders, 'o'))).hint).to.contain('playbook');
    });
  });

  describe('checkEnvelope', () => {
    const message = new Message('o', { headers: { tenant: 'acme' } });

    it('passes a node that returns payloads, and gives the messages', async () => {
      const [first] = await checkEnvelope(new Price(), message);
      expect(first?.payload).to.equal('o priced');
      expect(first?.headers.tenant).to.equal('acme');
    });

    it('reads emitted values too, and what a generator yields and returns, but not undefined, which is nothing', async () => {
      const node = {
        async *process(_: string, ctx: NodeContext): AsyncGenerator<number | undefined, number> {
          await ctx.emit(1);
          yield 2;
          yield undefined;
          return 3;
        },
      };
      expect((await checkEnvelope(node, message)).map(({ payload }) => payload)).to.deep.equal([1, 2, 3]);
    });

    it('refuses a message of another trace or tenant', async () => {
      const lost = { process: (payload: string): Message<string> => new Message(payload) };
      expect(await reasonOf(checkEnvelope(lost, message))).to.be.instanceOf(AssertionError);
      const moved = { process: (): Message<string> => message.with({ headers: { tenant: 'zed' } }) };
      expect(String(await reasonOf(checkEnvelope(moved, message)))).to.contain('headers');
      const atTheEnd = {
        async *process(payload: string): AsyncGenerator<string, Message<string>> {
          yield payload;
          return new Message(payload);
        },
      };
      expect(String(await reasonOf(checkEnvelope(atTheEnd, message)))).to.contain('trace id');
    });
  });
});
