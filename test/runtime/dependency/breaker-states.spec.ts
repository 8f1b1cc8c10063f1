import { expect } from 'chai';
import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  handleAll,
  retry,
  wrap,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { dependency, type Dependency, type FlowEvent } from '#src/index.js';
import { watchesOf } from '#src/runtime/dependency/breaker-watch.js';
import { record, useFlows, type TestFlow } from '../../support/flows.js';
import { line, node } from '../../support/nodes.js';
import { codeOf, settle } from '../../support/settling.js';

/** One that opens after a failure, and tries again at the next call. */
function breakerOf(halfOpenAfter = 0): CircuitBreakerPolicy {
  return circuitBreaker(handleAll, { halfOpenAfter, breaker: new ConsecutiveBreaker(1) });
}

describe('the breakers of dependencies', () => {
  const bench = useFlows();
  let isDown = false;

  beforeEach(() => {
    isDown = true;
  });

  const charging = (to: Dependency<unknown>, name = 'Charge'): Promise<TestFlow> =>
    bench.run(
      line(
        node(name, async (_, ctx) =>
          ctx.through(to, () => {
            if (isDown) throw new Error('no answer yet');
            return 'paid';
          }),
        ),
      ),
    );

  const states = (events: readonly FlowEvent[]) =>
    events.filter(({ eventType }) => eventType === 'dependency_state').map(({ extra }) => extra);

  it('R35 are told of when they open, half-open and close, as events of the flow', async () => {
    const flow = await charging(dependency('bank', { policy: breakerOf() }));
    const events = record(flow);
    await codeOf(flow.call('m'));
    isDown = false;
    expect(await flow.call('m')).to.equal('paid');
    expect(states(events)).to.deep.equal([
      { dependency: 'bank', state: 'open' },
      { dependency: 'bank', state: 'half_open' },
      { dependency: 'bank', state: 'closed' },
    ]);
    const [first] = events.filter(({ eventType }) => eventType === 'dependency_state');
    expect(first).to.deep.include({
      flowName: flow.name,
      nodeName: null,
      nodeId: null,
      traceId: null,
      tenant: null,
      runId: null,
    });
    const order = events.map(({ eventType }) => eventType);
    expect(order.indexOf('dependency_state')).to.be.lessThan(order.indexOf('dependency_error'));
  });

  it('R35 are found in what a policy wraps, at any depth, each once', async () => {
    const [outer, inner] = [breakerOf(), breakerOf()];
    const tries = retry(handleAll, { maxAttempts: 1 });
    const loop = { wrapped: [] as unknown[], execute: () => 1 };
    loop.wrapped.push(loop, inner);
    const policy = wrap(outer, wrap(tries, wrap(inner, bulkhead(2))), inner);
    expect(watchesOf(policy)).to.have.length(2);
    expect(watchesOf(loop)).to.deep.equal([watchesOf(inner)[0]]);
    expect(watchesOf(tries)).to.deep.equal([]);
    const flow = await charging(dependency('bank', { policy: wrap(tries, inner) }));
    const events = record(flow);
    await codeOf(flow.call('m'));
    expect(states(events).map(({ state }) => state)).to.deep.equal(['open', 'half_open', 'open']);
  });

  it('R35 that several flows share are told of once in the process, by the flow that used it last', async () => {
    const bank = dependency('bank', { policy: breakerOf() });
    const [a, b, c] = [await charging(bank, 'a'), await charging(bank, 'b'), await charging(bank, 'c')];
    const events = [a, b, c].map(record);
    isDown = false;
    for (const flow of [a, b, c]) await flow.call('m');
    isDown = true;
    await codeOf(b.call('m'));
    expect(events.map((each) => states(each).length)).to.deep.equal([0, 1, 0]);
    await codeOf(c.call('m'));
    expect(events.map((each) => states(each).length)).to.deep.equal([0, 1, 2]);
  });

  it('R35 are told of by another flow that uses them when nobody listens to the last one, or it has stopped', async () => {
    const breaker = breakerOf(60_000);
    const bank = dependency('bank', { policy: breaker });
    const [a, b] = [await charging(bank, 'a'), await charging(bank, 'b')];
    isDown = false;
    await a.call('m');
    await b.call('m');
    const events = record(a);
    const handle = breaker.isolate();
    expect(states(events)).to.deep.equal([{ dependency: 'bank', state: 'open', isolated: true }]);
    const more = record(b);
    await b.stop();
    handle.dispose();
    expect(states(events)).to.deep.equal([
      { dependency: 'bank', state: 'open', isolated: true },
      { dependency: 'bank', state: 'closed' },
    ]);
    expect(states(more)).to.deep.equal([]);
  });

  it('R35 are let go by the last flow that stops, and watched anew by the next one', async () => {
    const breaker = breakerOf();
    const bank = dependency('bank', { policy: breaker });
    for (let n = 0; n < 2; n++) {
      const flow = await charging(bank);
      const events = record(flow);
      isDown = n === 0;
      await flow.call('m').catch(() => {});
      expect(states(events).map(({ state }) => state)).to.deep.equal([['open'], ['half_open', 'closed']][n]);
      expect(listeners(breaker)).to.equal(1);
      await flow.stop();
      expect(listeners(breaker)).to.equal(0);
    }
  });

  it('R35 that two dependencies share are told of once, under the name that was used last', async () => {
    const policy = breakerOf();
    const [bank, refunds] = [dependency('bank', { policy }), dependency('refunds', { policy })];
    const flow = await bench.run(
      line(
        node('Charge', async (_, ctx) => {
          await ctx.through(bank, () => 1);
          await ctx.through(refunds, () => {
            throw new Error('no');
          });
        }),
      ),
    );
    const events = record(flow);
    await codeOf(flow.call('m'));
    expect(states(events)).to.deep.equal([{ dependency: 'refunds', state: 'open' }]);
  });

  it('R35 of another make are watched by onBreak, onHalfOpen and onReset', async () => {
    const made = breakerOf();
    const { onBreak, onHalfOpen, onReset } = made;
    const policy = { onBreak, onHalfOpen, onReset, execute: made.execute.bind(made) };
    const flow = await charging(dependency('bank', { policy }));
    const events = record(flow);
    await codeOf(flow.call('m'));
    expect(flow.snapshot().dependencies).to.deep.equal([{ name: 'bank', breaker: 'open' }]);
    isDown = false;
    await flow.call('m');
    expect(states(events).map(({ state }) => state)).to.deep.equal(['open', 'half_open', 'closed']);
    expect(flow.snapshot().dependencies).to.deep.equal([{ name: 'bank', breaker: 'closed' }]);
  });

  it('R35 that throw when they are watched refuse the call', async () => {
    const policy = {
      onStateChange: () => {
        throw new Error('not today');
      },
      execute: () => 1 as never,
    };
    const flow = await charging(dependency('bank', { policy: policy as never }));
    expect(await codeOf(flow.call('m'))).to.equal('DEPENDENCY_REJECTED');
  });

  it('R35 stand in the snapshot with the dependencies that were called', async () => {
    const breaker = breakerOf();
    const bank = dependency('bank', { policy: wrap(retry(handleAll, { maxAttempts: 1 }), breakerOf(), breaker) });
    const mail = dependency('mail');
    const flow = await bench.run(
      line(
        node('Charge', async (_, ctx) => {
          await ctx.through(mail, () => 1);
          await ctx.through(bank, () => 1);
        }),
      ),
    );
    expect(flow.snapshot().dependencies).to.deep.equal([]);
    await flow.emit('m');
    await settle();
    expect(flow.snapshot().dependencies).to.deep.equal([
      { name: 'mail', breaker: null },
      { name: 'bank', breaker: 'closed' },
    ]);
    breaker.isolate();
    expect(flow.snapshot().dependencies.at(-1)).to.deep.equal({ name: 'bank', breaker: 'open' });
    await flow.stop();
    expect(flow.snapshot().dependencies).to.deep.equal([]);
  });

  it('R35 of a program that makes a dependency for each call are watched for the first hundred alone', async () => {
    const breakers: CircuitBreakerPolicy[] = [];
    const flow = await bench.run(
      line(
        node('Charge', async (_, ctx) => {
          for (let n = 0; n < 120; n++) {
            breakers.push(breakerOf());
            await ctx.through(dependency(`bank-${n}`, { policy: breakers.at(-1)! }), () => n);
          }
        }),
      ),
    );
    await flow.emit('m');
    await settle();
    expect(flow.snapshot().dependencies).to.have.length(100);
    expect(breakers.map(listeners).filter((count) => count === 1)).to.have.length(100);
  });
});

/** How many listen to a breaker. */
function listeners(breaker: CircuitBreakerPolicy): number {
  return (breaker as unknown as { readonly stateChangeEmitter: { readonly size: number } }).stateChangeEmitter.size;
}
