import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  fallback,
  handleAll,
  handleWhen,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { dependency, FlowError, type Dependency, type FlowEvent, type NodeOptions } from '#src/index.js';
import { deferred, never } from '../../support/deferred.js';
import { record, shortForm, useFlows, type TestFlow } from '../../support/flows.js';
import { line, node } from '../../support/nodes.js';
import { codeOf, failureOf, isPending, reasonOf, settle } from '../../support/settling.js';

type Run = (signal: AbortSignal) => unknown;

class BankError extends Error {
  override readonly name = 'BankError';
}

/** A bank that answers what the test says, call by call; the last one stands for all that follow. */
function answers(...list: readonly unknown[]): { readonly run: Run; readonly signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  const run = (signal: AbortSignal): unknown => {
    const answer = list[Math.min(signals.length, list.length - 1)];
    signals.push(signal);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { run, signals };
}

describe('ctx.through', () => {
  const bench = useFlows();

  const charging = (to: Dependency<unknown>, run: Run, options: Omit<NodeOptions, 'name'> = {}): Promise<TestFlow> =>
    bench.run(line(node('Charge', async (_, ctx) => ctx.through(to, run), options)));

  const told = (events: readonly FlowEvent[]) =>
    events
      .filter(({ eventType }) => eventType.startsWith('dependency_') && eventType !== 'dependency_state')
      .map(({ eventType, extra, latencyMs }) => {
        const { dependency: name, tries, outcome, exception } = extra;
        return [eventType, name, tries, outcome, exception, latencyMs];
      });

  describe('what it gives', () => {
    it('R35 is what the function gives, be it at once or later', async () => {
      const bank = dependency('bank');
      const values = [
        'now',
        Promise.resolve('soon'),
        undefined,
        null,
        { then: (ok: (v: string) => void) => ok('theirs') },
      ];
      const { run } = answers(...values);
      const given: unknown[] = [];
      const flow = await bench.run(
        line(
          node('Charge', async (_, ctx) => {
            for (let n = 0; n < values.length; n++) given.push(await ctx.through(bank, run));
            return 'done';
          }),
        ),
      );
      await flow.call('m');
      expect(given).to.deep.equal(['now', 'soon', undefined, null, 'theirs']);
    });

    it('R35 is what the function throws, or rejects with, as it is', async () => {
      for (const thrown of [new BankError('no answer yet'), 'a text', undefined]) {
        const ways: Run[] = [
          () => {
            // oxlint-disable-next-line typescript/only-throw-error -- code of users does
            throw thrown;
          },
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- code of users does
          () => Promise.reject(thrown),
        ];
        for (const run of ways) {
          let caught: unknown = 'nothing';
          const flow = await bench.run(
            line(
              node('Charge', async (_, ctx) => {
                caught = await reasonOf(ctx.through(dependency('bank'), run));
              }),
            ),
          );
          await flow.emit('m');
          await settle();
          expect(caught).to.equal(thrown);
        }
      }
    });

    it('R35 is that of a retry policy, with one event for all tries', async () => {
      const bank = dependency('bank', { policy: retry(handleAll, { maxAttempts: 3 }) });
      const { run } = answers(new BankError('1'), new BankError('2'), 'paid');
      const flow = await charging(bank, run);
      const events = record(flow);
      expect(await flow.call('m')).to.equal('paid');
      expect(shortForm(events)).to.deep.equal([
        'Charge:node_start',
        'Charge:dependency_success',
        'Charge:node_success',
      ]);
      expect(told(events)).to.deep.equal([['dependency_success', 'bank', 3, 'success', undefined, 0]]);
    });

    it('R35 is the last error when all tries fail', async () => {
      const bank = dependency('bank', { policy: retry(handleAll, { maxAttempts: 1 }) });
      const { run } = answers(new BankError('1'), new BankError('2'));
      const flow = await charging(bank, run);
      const events = record(flow);
      const failure = await failureOf(flow.call('m'));
      expect(failure.code).to.equal('NODE_EXCEPTION');
      expect(failure.cause).to.be.instanceOf(BankError);
      expect(told(events)).to.deep.equal([['dependency_error', 'bank', 2, 'error', 'BankError: 2', 0]]);
      const [error] = events.filter(({ eventType }) => eventType === 'dependency_error');
      expect(error!.error).to.equal(failure.cause);
    });

    it('R35 is the answer of a fallback, and the event says so', async () => {
      const bank = dependency('bank', { policy: fallback(handleAll, 'later') });
      const flow = await charging(bank, answers(new BankError('no answer yet')).run);
      const events = record(flow);
      expect(await flow.call('m')).to.equal('later');
      expect(told(events)).to.deep.equal([
        ['dependency_success', 'bank', 1, 'fallback', 'BankError: no answer yet', 0],
      ]);
    });

    it('R35 comes once, from a function that calls back twice', async () => {
      const bank = dependency('bank');
      const twice: Run = () => ({
        then: (ok: (value: string) => void, no: (error: Error) => void) => {
          ok('paid');
          no(new Error('and not'));
          ok('twice');
        },
      });
      const flow = await charging(bank, twice);
      const events = record(flow);
      expect(await flow.call('m')).to.equal('paid');
      await settle();
      expect(told(events)).to.have.length(1);
    });

    it('R35 is seen by the retries of the node as any error', async () => {
      const bank = dependency('bank');
      const { run, signals } = answers(new BankError('1'), 'paid');
      const flow = await charging(bank, run, { maxRetries: 1, backoffBaseS: 0 });
      const events = record(flow);
      expect(await flow.call('m')).to.equal('paid');
      expect(signals).to.have.length(2);
      expect(told(events).map(([type]) => type)).to.deep.equal(['dependency_error', 'dependency_success']);
      expect(
        events.filter(({ eventType }) => eventType.startsWith('dependency_')).map(({ attempt }) => attempt),
      ).to.deep.equal([0, 1]);
    });

    it('R35 refuses what no dependency() made, and what is no function, without calling anything', async () => {
      const seen: unknown[] = [];
      const flow = await bench.run(
        line(
          node('Charge', async (_, ctx) => {
            seen.push((await failureOf(ctx.through({ name: 'bank' } as never, () => 1))).message);
            seen.push((await failureOf(ctx.through(dependency('bank'), 'run' as never))).message);
            const { through } = ctx;
            try {
              void through(dependency('bank'), () => 1);
            } catch (error) {
              seen.push((error as FlowError).message);
            }
          }),
        ),
      );
      await flow.emit('m');
      await settle();
      expect(seen).to.deep.equal([
        'Expected `to` of through() of node "Charge" to be made by `dependency()`, got an object of class Object',
        'Expected `run` of through() of node "Charge" to be a function, got "run"',
        '`through` was called without the context it belongs to',
      ]);
    });
  });

  describe('timeoutS', () => {
    it('R35 ends a try that takes too long, aborts its signal, and discards what comes later', async () => {
      const bank = dependency('bank', { timeoutS: 2 });
      const late = deferred<string>();
      const { run, signals } = answers(late.promise);
      const flow = await charging(bank, run);
      const events = record(flow);
      const call = failureOf(flow.call('m', { traceId: 't' }));
      await bench.clock.advance(1_999);
      expect(await isPending(call)).to.equal(true);
      await bench.clock.advance(1);
      const failure = await call;
      expect(failure).to.deep.include({ code: 'DEPENDENCY_TIMEOUT', nodeName: 'Charge', traceId: 't' });
      expect(failure.message).to.equal('"bank" gave no answer within 2 s');
      expect(failure.metadata).to.deep.include({ dependency: 'bank', timeout_s: 2 });
      expect(failure.exceptionType).to.equal('TimeoutError');
      expect(FlowError.is(signals[0]!.reason, 'DEPENDENCY_TIMEOUT')).to.equal(true);
      late.reject(new Error('too late'));
      await settle();
      expect(told(events)).to.deep.equal([
        ['dependency_error', 'bank', 1, 'timeout', `FlowError: ${failure.message}`, 2_000],
      ]);
    });

    it('R35 bounds each try, so that a retry policy goes on after one', async () => {
      const bank = dependency('bank', { timeoutS: 2, policy: retry(handleAll, { maxAttempts: 2 }) });
      const { run, signals } = answers(never(), never(), 'paid');
      const flow = await charging(bank, run);
      const events = record(flow);
      const call = flow.call('m');
      for (let n = 0; n < 2; n++) {
        await until(() => signals.length === n + 1);
        await bench.clock.advance(2_000);
      }
      expect(await call).to.equal('paid');
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true, false]);
      expect(told(events)).to.deep.equal([['dependency_success', 'bank', 3, 'success', undefined, 4_000]]);
    });

    it('R35 lies inside of the policy, so that a breaker sees it', async () => {
      const breaker = circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(1) });
      const bank = dependency('bank', { timeoutS: 2, policy: breaker });
      const { run, signals } = answers(never());
      const flow = await charging(bank, run);
      const first = codeOf(flow.call('m'));
      await bench.clock.advance(2_000);
      expect(await first).to.equal('DEPENDENCY_TIMEOUT');
      expect(await codeOf(flow.call('m'))).to.equal('DEPENDENCY_REJECTED');
      expect(signals).to.have.length(1);
    });

    it('R35 leaves no timer behind, and no aborted signal, when the function answers in time', async () => {
      const bank = dependency('bank', { timeoutS: 60 });
      const { run, signals } = answers('paid');
      const flow = await charging(bank, run);
      await flow.call('m');
      await bench.clock.advance(2_000);
      expect(bench.clock.pending).to.equal(0);
      await bench.clock.advance(60_000);
      expect(signals[0]!.aborted).to.equal(false);
    });
  });

  describe('a policy that refuses', () => {
    it('R35 gives DEPENDENCY_REJECTED with its error as cause, and the function is never called', async () => {
      const breaker = circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(1) });
      const bank = dependency('bank', { policy: breaker });
      const { run, signals } = answers(new BankError('no answer yet'));
      const flow = await charging(bank, run);
      const events = record(flow);
      await codeOf(flow.call('m'));
      const failure = await failureOf(flow.call('m'));
      expect(failure.code).to.equal('DEPENDENCY_REJECTED');
      expect(failure.message).to.equal('"bank" refused the call: breaker is open');
      expect(failure.cause).to.have.property('isBrokenCircuitError', true);
      expect(failure.hint).to.contain('breaker');
      expect(signals).to.have.length(1);
      const [event] = events.filter(({ eventType }) => eventType === 'dependency_rejected');
      expect(event!.extra).to.deep.include({
        dependency: 'bank',
        tries: 0,
        outcome: 'rejected',
        reason: 'breaker is open',
      });
      expect(event!.error).to.deep.include({ code: 'DEPENDENCY_REJECTED' });
    });

    it('R35 knows a full bulkhead, a breaker held open, and what it does not know by its words', async () => {
      const breaker = circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(1) });
      const held = breaker.isolate();
      const full = bulkhead(1, 0);
      void full.execute(() => never());
      const broken = {
        execute: (): never => {
          throw new TypeError('not today');
        },
      };
      const reasons: unknown[] = [];
      for (const policy of [breaker, full, broken]) {
        const flow = await charging(dependency('bank', { policy }), () => 1);
        reasons.push((await failureOf(flow.call('m'))).metadata['reason']);
      }
      expect(reasons).to.deep.equal(['breaker is held open', 'bulkhead is full', 'TypeError: not today']);
      held.dispose();
    });

    it('R35 is told apart from one that refuses after tries: that error goes on as it is', async () => {
      const breaker = circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(1) });
      const policy = wrap(retry(handleAll, { maxAttempts: 1 }), breaker);
      const flow = await charging(dependency('bank', { policy }), answers(new BankError('1')).run);
      const events = record(flow);
      const failure = await failureOf(flow.call('m'));
      expect(failure.cause).to.have.property('isBrokenCircuitError', true);
      expect(told(events).map(([type, , tries, outcome]) => [type, tries, outcome])).to.deep.equal([
        ['dependency_error', 1, 'error'],
      ]);
    });

    it('R35 that answers without a promise, or by calling nothing, is taken at its word', async () => {
      const sync = { execute: () => 'own answer' as never };
      const flow = await charging(dependency('bank', { policy: sync }), () => 1);
      const events = record(flow);
      expect(await flow.call('m')).to.equal('own answer');
      expect(told(events)).to.deep.equal([['dependency_success', 'bank', 0, 'fallback', undefined, 0]]);
    });
  });

  describe('the end of the attempt', () => {
    it('R11 R35 aborts the function by timeout, and its result reaches nobody', async () => {
      const bank = dependency('bank');
      const late = deferred<string>();
      const { run, signals } = answers(late.promise);
      const flow = await charging(bank, run, { timeoutS: 1 });
      const events = record(flow);
      const call = codeOf(flow.call('m'));
      await bench.clock.advance(1_000);
      expect(await call).to.equal('NODE_TIMEOUT');
      expect(FlowError.is(signals[0]!.reason, 'NODE_TIMEOUT')).to.equal(true);
      late.resolve('too late');
      await settle();
      expect(shortForm(events)).to.deep.equal([
        'Charge:node_start',
        'Charge:dependency_error',
        'Charge:node_timeout',
        'Charge:node_failed',
      ]);
      expect(told(events)).to.deep.equal([
        ['dependency_error', 'bank', 1, 'timeout', "FlowError: Node 'Charge' timed out after 1.00s", 1_000],
      ]);
    });

    it('R16 R35 by a cancel is a call that was given up, and nobody tries again', async () => {
      const bank = dependency('bank', { policy: retry(handleAll, { maxAttempts: 5 }) });
      const { run, signals } = answers(never());
      const flow = await charging(bank, run);
      const events = record(flow);
      const call = codeOf(flow.call('m', { traceId: 't' }));
      await settle();
      flow.cancel('t');
      expect(await call).to.equal('TRACE_CANCELLED');
      await settle();
      expect(signals).to.have.length(1);
      expect(FlowError.is(signals[0]!.reason, 'TRACE_CANCELLED')).to.equal(true);
      expect(told(events).map(([type, , tries, outcome]) => [type, tries, outcome])).to.deep.equal([
        ['dependency_error', 1, 'cancelled'],
      ]);
      expect(shortForm(events).filter((each) => !each.includes('trace_cancel_'))).to.deep.equal([
        'Charge:node_start',
        'Charge:dependency_error',
        'Charge:node_trace_cancelled',
      ]);
    });

    it('R8 R13 R35 by a deadline or a stop ends it, too', async () => {
      const bank = dependency('bank');
      const flow = await charging(bank, answers(never()).run);
      const events = record(flow);
      const late = codeOf(flow.call('m', { timeoutS: 1 }));
      await bench.clock.advance(1_000);
      expect(await late).to.equal('DEADLINE_EXCEEDED');
      const stopped = codeOf(flow.call('m'));
      await settle();
      await bench.stopAll();
      expect(await stopped).to.equal('FLOW_STOPPED');
      expect(told(events).map(([, , , outcome]) => outcome)).to.deep.equal(['timeout', 'cancelled']);
    });

    it('R11 R35 rejects a call that nobody awaited when the node returns, and aborts its signal', async () => {
      const bank = dependency('bank');
      const { run, signals } = answers(never());
      let forgotten: Promise<unknown> | undefined;
      const flow = await bench.run(
        line(
          node('Charge', async (_, ctx) => {
            forgotten = ctx.through(bank, run);
            return 'done';
          }),
        ),
      );
      const events = record(flow);
      expect(await flow.call('m')).to.equal('done');
      expect(await codeOf(forgotten!)).to.equal('ATTEMPT_ENDED');
      await settle();
      expect(FlowError.is(signals[0]!.reason, 'ATTEMPT_ENDED')).to.equal(true);
      expect(told(events).map(([type, , , outcome]) => [type, outcome])).to.deep.equal([
        ['dependency_error', 'cancelled'],
      ]);
    });

    it('R11 R35 lets a listener of the aborted signal, or of the event, cancel the run', async () => {
      const bank = dependency('bank');
      for (const way of ['signal', 'event'] as const) {
        const cancel = (): void => void flow.cancel('t');
        const run = (signal: AbortSignal): Promise<void> => {
          if (way === 'signal') signal.addEventListener('abort', cancel);
          return never();
        };
        const flow: TestFlow = await bench.run(
          line(
            node('Charge', async (_, ctx) => {
              void ctx.through(bank, run);
              return 'done';
            }),
            node('Ship', () => never()),
          ),
        );
        if (way === 'event') flow.on('dependency_error', cancel);
        expect(await codeOf(flow.call('m', { traceId: 't' }))).to.equal('TRACE_CANCELLED');
        await settle();
        const { traces, nodes } = flow.snapshot();
        expect([traces, ...nodes.map(({ inFlight, queued }) => inFlight + queued)]).to.deep.equal([0, 0, 0]);
        expect(nodes.map(({ succeeded, late }) => [succeeded, late])).to.deep.equal([
          [1, 0],
          [0, 1],
        ]);
      }
    });

    it('R11 R35 refuses a call that comes after it, without calling the function, and never unhandled', async () => {
      const go = deferred();
      const late: Promise<unknown>[] = [];
      let called = 0;
      const flow = await bench.run(
        line(
          node(
            'Charge',
            async (_, ctx) => {
              await go.promise;
              for (let n = 0; n < 2; n++) late.push(ctx.through(dependency('bank'), () => called++));
            },
            { timeoutS: 1 },
          ),
        ),
      );
      const events = record(flow);
      const call = codeOf(flow.call('m'));
      await bench.clock.advance(1_000);
      expect(await call).to.equal('NODE_TIMEOUT');
      go.resolve();
      await settle();
      expect(late).to.have.length(2);
      // The other one is heard of by nobody, which must not bring the process down.
      expect(await codeOf(late[0]!)).to.equal('ATTEMPT_ENDED');
      expect(called).to.equal(0);
      expect(told(events)).to.deep.equal([]);
    });

    it('R35 makes a policy that comes back later find nothing to call', async () => {
      const queue = bulkhead(1, 5);
      const gate = deferred<string>();
      const bank = dependency('bank', { policy: queue });
      const { run, signals } = answers(gate.promise, 'second');
      const flow = await charging(bank, run, { concurrency: 2 });
      const events = record(flow);
      const first = flow.call('m');
      const second = codeOf(flow.call('m', { traceId: 'second' }));
      await settle();
      flow.cancel('second');
      expect(await second).to.equal('TRACE_CANCELLED');
      gate.resolve('first');
      expect(await first).to.equal('first');
      await settle();
      expect(signals).to.have.length(1);
      expect(told(events).map(([, , tries, outcome]) => [tries, outcome])).to.deep.equal([
        [0, 'cancelled'],
        [1, 'success'],
      ]);
    });

    it('R35 does not count for a breaker that is told to leave cancels out', async () => {
      const isFailure = handleWhen((error) => !FlowError.is(error, 'TRACE_CANCELLED'));
      const breaker = circuitBreaker(isFailure, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(1) });
      const bank = dependency('bank', { policy: breaker });
      const flow = await charging(bank, answers(never(), 'paid').run);
      const call = codeOf(flow.call('m', { traceId: 't' }));
      await settle();
      flow.cancel('t');
      expect(await call).to.equal('TRACE_CANCELLED');
      expect(await flow.call('m')).to.equal('paid');
    });
  });

  describe('its signal', () => {
    it('R35 ends with that of the policy', async () => {
      const bank = dependency('bank', { policy: timeout(1, TimeoutStrategy.Aggressive) });
      const { run, signals } = answers(never());
      const flow = await charging(bank, run);
      const events = record(flow);
      const failure = await failureOf(flow.call('m'));
      expect(failure.cause).to.have.property('isTaskCancelledError', true);
      expect(signals[0]!.aborted).to.equal(true);
      expect(told(events).map(([type, , tries]) => [type, tries])).to.deep.equal([['dependency_error', 1]]);
    });

    it('R35 has one listener on that of the policy, while a try goes on', async () => {
      const { signal } = new AbortController();
      const shared = {
        execute: async <T>(run: (context: { readonly signal: AbortSignal }) => PromiseLike<T> | T): Promise<T> =>
          run({ signal }),
      };
      const gate = deferred<string>();
      const flow = await charging(dependency('bank', { policy: shared }), answers(gate.promise).run, {
        concurrency: 3,
      });
      const calls = [1, 2, 3].map((n) => flow.call(n));
      await settle();
      expect(getEventListeners(signal, 'abort')).to.have.length(1);
      gate.resolve('paid');
      await Promise.all(calls);
      expect(getEventListeners(signal, 'abort')).to.have.length(0);
    });

    it('R35 ends for tries that the policy left behind', async () => {
      const race = {
        execute: async <T>(run: (context: { readonly signal: AbortSignal }) => PromiseLike<T> | T): Promise<T> => {
          const { signal } = new AbortController();
          return Promise.race([run({ signal }), run({ signal })]);
        },
      };
      const { run, signals } = answers(never(), 'quick');
      const flow = await charging(dependency('bank', { policy: race }), run);
      const events = record(flow);
      expect(await flow.call('m')).to.equal('quick');
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, false]);
      expect(told(events)).to.deep.equal([['dependency_success', 'bank', 2, 'success', undefined, 0]]);
    });

    it('R35 is none the worse for a policy that hands on none, or fails unheard', async () => {
      const deaf = {
        execute: async <T>(run: (context: never) => PromiseLike<T> | T): Promise<T> => {
          // Nobody waits for this one.
          void run(undefined as never);
          return run(undefined as never);
        },
      };
      const { run } = answers(new BankError('unheard'), 'paid');
      const flow = await charging(dependency('bank', { policy: deaf }), run);
      expect(await flow.call('m')).to.equal('paid');
      await settle();
    });
  });

  it('R22 R35 builds no event that nobody listens to', async () => {
    const bank = dependency('bank');
    const flow = await charging(bank, () => 'paid');
    const seen: FlowEvent[] = [];
    flow.on('node_success', (event) => void seen.push(event));
    await flow.call('m');
    expect(seen).to.have.length(1);
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settle();
}
