import { expect } from 'chai';
import {
  MapRoutingPolicy,
  oneOf,
  predicateRouter,
  unionRouter,
  type NodeClass,
  type RoutingDecision,
  type RoutingRequest,
} from '#src/index.js';
import { useFlows, record, shortForm, type TestFlow } from '../support/flows.js';
import { held, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, isPending } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

class Circle {
  constructor(readonly radius: number) {}
}
class Square {
  constructor(readonly side: number) {}
}
class RoundedSquare extends Square {}

/** Marks what passes, so that a result tells its way. */
function mark(name: string): NodeClass<unknown> {
  return node(name, (payload) => ({ by: name, payload }));
}

describe('routers', () => {
  const bench = useFlows();
  const fast = mark('fast');
  const slow = mark('slow');

  function routed(router: NodeClass): Promise<TestFlow> {
    return bench.run(rows([[router, [fast, slow]]]));
  }

  /** Names of the nodes that a payload came out of. */
  async function ways(flow: TestFlow, payload: unknown, count = 1): Promise<string[]> {
    await flow.emit(payload);
    const found: string[] = [];
    for (let index = 0; index < count; index++) found.push(((await flow.fetch()) as { readonly by: string }).by);
    return found;
  }

  describe('predicateRouter', () => {
    it('R19 sends the message unchanged to the successor that is named, by name or by class', async () => {
      const flow = await routed(predicateRouter('lanes', (text: string) => (text === 'a' ? 'fast' : slow)));
      await flow.emit('a', { traceId: 't', tenant: 'acme', meta: { k: 1 } });
      const message = await flow.fetchMessage();
      expect(message.payload).to.deep.equal({ by: 'fast', payload: 'a' });
      expect([message.traceId, message.headers.tenant, message.meta]).to.deep.equal(['t', 'acme', { k: 1 }]);
      expect(await ways(flow, 'b')).to.deep.equal(['slow']);
    });

    it('R19 sends to several, each once, and takes a predicate that decides later', async () => {
      const flow = await routed(predicateRouter('lanes', async () => ['slow', 'fast', 'slow']));
      expect(await ways(flow, 'a', 2)).to.deep.equal(['slow', 'fast']);
    });

    it('R19 sends once to a node that is named by its class and by its name', async () => {
      const flow = await routed(predicateRouter('lanes', () => [slow, 'slow', 'fast', fast, 'slow']));
      expect(await flow.collect('a')).to.deep.equal([
        { by: 'slow', payload: 'a' },
        { by: 'fast', payload: 'a' },
      ]);
    });

    for (const nothing of [null, undefined, []] as const) {
      it(`R19 drops the message for ${JSON.stringify(nothing)}`, async () => {
        const flow = await routed(predicateRouter('lanes', () => nothing));
        expect(await codeOf(flow.call('a'))).to.equal('NO_RESULT');
      });
    }

    it('R19 says which successors there are when the named one is none, and does not retry', async () => {
      const flow = await routed(predicateRouter('lanes', () => 'medium', { maxRetries: 3, backoffBaseS: 0 }));
      const events = record(flow);
      const error = await failureOf(flow.call('a'));
      expect(error.code).to.equal('UNKNOWN_TARGET');
      expect(error.message).to.contain('fast, slow');
      expect(shortForm(events)).to.not.contain('lanes:node_retry');
    });

    it('R10 retries a predicate that failed', async () => {
      let calls = 0;
      const predicate = (): string => {
        if (++calls < 3) throw new Error('not yet');
        return 'fast';
      };
      const flow = await routed(predicateRouter('lanes', predicate, { maxRetries: 2, backoffBaseS: 0 }));
      expect(await ways(flow, 'a')).to.deep.equal(['fast']);
    });

    it('R19 sends nothing twice when an attempt times out between two targets', async () => {
      const quick = held('quick');
      const stuck = held('stuck');
      const router = predicateRouter('lanes', () => ['quick', 'stuck'], {
        timeoutS: 1,
        maxRetries: 5,
        backoffBaseS: 0,
      });
      const flow = await bench.run(rows([[router, [quick.node, stuck.node]]]), { queueMaxsize: 1 });
      // The second message finds `stuck` busy, the third its floe full.
      for (const payload of [1, 2, 3]) await flow.emit(payload);
      const waiting = flow.emit(4);
      await bench.clock.advance(0);
      quick.calls[0]?.resolve();
      await bench.clock.advance(2_500);
      quick.calls[1]?.resolve();
      await bench.clock.advance(0);
      for (let index = 0; index < 4; index++) {
        stuck.calls[index]?.resolve();
        await bench.clock.advance(100);
        quick.calls[index + 1]?.resolve();
        await bench.clock.advance(100);
      }
      await waiting;
      for (const { calls } of [quick, stuck]) {
        expect(calls.map(({ payload }) => payload)).to.deep.equal([1, 2, 3, 4].slice(0, calls.length));
      }
      expect(quick.calls.length).to.be.at.least(3);
    });

    it('R4 waits for room like any emit', async () => {
      const stuck = held('stuck');
      const router = predicateRouter('lanes', () => stuck.node);
      const flow = await bench.run(rows([[router, [stuck.node]]]), { queueMaxsize: 1 });
      for (const payload of [1, 2, 3, 4]) await flow.emit(payload);
      expect(await isPending(flow.emit(5))).to.equal(true);
    });

    it('makes a class of its own for each call', () => {
      expect(predicateRouter('a', () => null)).to.not.equal(predicateRouter('a', () => null));
      expect(thrownBy(() => predicateRouter('', () => null)).code).to.equal('INVALID_OPTION');
      expect(thrownBy(() => predicateRouter('a', () => null, { timeoutS: -1 })).message).to.contain('timeoutS');
    });
  });

  describe('unionRouter', () => {
    it('R19 goes by class, the subclass to the class it extends', async () => {
      const circles = mark('Circle');
      const squares = mark('squares');
      const router = unionRouter('shapes', [Circle, Square], { routes: { Square: squares } });
      const flow = await bench.run(rows([[router, [circles, squares]]]));
      expect(await ways(flow, new Circle(1))).to.deep.equal(['Circle']);
      expect(await ways(flow, new Square(1))).to.deep.equal(['squares']);
      expect(await ways(flow, new RoundedSquare(1))).to.deep.equal(['squares']);
    });

    it('R15 R19 checks its `input`: plain objects become instances before they are routed', async () => {
      const input = oneOf('kind', { round: Circle, square: Square });
      const router = unionRouter('shapes', [Circle, Square], { input, routes: { round: 'fast', square: 'slow' } });
      const flow = await routed(router);
      const { by, payload } = (await flow.call({ kind: 'round', radius: 2 })) as { by: string; payload: unknown };
      expect([by, payload instanceof Circle]).to.deep.equal(['fast', true]);
      expect(await codeOf(flow.call({ kind: 'flat' }))).to.equal('VALIDATION_FAILED');
    });

    it('R19 goes by the kind of plain objects', async () => {
      const flow = await routed(unionRouter('lanes', ['fast', 'slow']));
      expect(await ways(flow, { kind: 'slow' })).to.deep.equal(['slow']);
    });

    it('R19 fails for what is no member, and for a kind without a successor', async () => {
      const flow = await routed(unionRouter('lanes', ['fast', 'medium', Circle]));
      const stranger = await failureOf(flow.call({ kind: 'toString' }));
      expect(stranger.code).to.equal('UNROUTED_MESSAGE');
      expect(stranger.message).to.contain('fast, medium, Circle');
      expect(await codeOf(flow.call('fast'))).to.equal('UNROUTED_MESSAGE');
      expect(await codeOf(flow.call(null))).to.equal('UNROUTED_MESSAGE');
      expect(await codeOf(flow.call({ kind: 'medium' }))).to.equal('UNKNOWN_TARGET');
    });

    it('R19 drops a kind that is routed to nobody', async () => {
      const flow = await routed(unionRouter('lanes', ['fast'], { routes: { fast: null } }));
      expect(await codeOf(flow.call({ kind: 'fast' }))).to.equal('NO_RESULT');
    });

    it('refuses a union without members', () => {
      expect(thrownBy(() => unionRouter('lanes', [])).code).to.equal('INVALID_OPTION');
      for (const policy of [5, 'fast', {}, { select: 1 }, null] as never[]) {
        for (const make of [
          () => predicateRouter('lanes', () => null, { policy }),
          () => unionRouter('lanes', [Circle], { policy }),
        ])
          expect(thrownBy(make).message).to.match(
            /^Expected `policy` of (predicate|union)Router "lanes" to be a function, or an object with `select`, got /,
          );
      }
    });
  });

  describe('policies', () => {
    it('R19 see the proposal and have the last word, as functions or objects, sooner or later', async () => {
      const requests: RoutingRequest<string>[] = [];
      const keep = (request: RoutingRequest<string>): RoutingDecision => {
        requests.push(request);
        return request.proposed;
      };
      const policies = [
        keep,
        { select: keep },
        async (request: RoutingRequest<string>) => keep(request),
        { select: async (request: RoutingRequest<string>) => keep(request) },
      ];
      for (const policy of policies) {
        const flow = await routed(predicateRouter('lanes', (_: string) => [fast], { policy }));
        await flow.emit('a', { traceId: 't', tenant: 'acme' });
        expect(await flow.fetch()).to.deep.equal({ by: 'fast', payload: 'a' });
      }
      for (const { payload, traceId, tenant, nodeName, proposedNames, message } of requests) {
        expect([payload, traceId, tenant, nodeName, proposedNames]).to.deep.equal([
          'a',
          't',
          'acme',
          'lanes',
          ['fast'],
        ]);
        expect(message.payload).to.equal('a');
      }
      expect(requests).to.have.length(4);
    });

    it('R19 may send elsewhere or drop, and are not asked about what is dropped already', async () => {
      let asked = 0;
      const policy = (): RoutingDecision => {
        asked++;
        return asked === 1 ? 'slow' : null;
      };
      const flow = await routed(
        predicateRouter('lanes', (text: string) => (text === 'none' ? null : 'fast'), { policy }),
      );
      expect(await ways(flow, 'a')).to.deep.equal(['slow']);
      expect(await codeOf(flow.call('b'))).to.equal('NO_RESULT');
      expect(await codeOf(flow.call('none'))).to.equal('NO_RESULT');
      expect(asked).to.equal(2);
    });

    it('R14 that fail, fail the message', async () => {
      const policy = async (): Promise<RoutingDecision> => {
        throw new RangeError('no table');
      };
      const flow = await routed(unionRouter('lanes', ['fast'], { policy }));
      const error = await failureOf(flow.call({ kind: 'fast' }));
      expect(error.code).to.equal('NODE_EXCEPTION');
      expect(error.cause).to.be.instanceOf(RangeError);
    });

    it('R19 from a map decide by trace, by a key of their own, and can be replaced while the flow runs', async () => {
      const byTenant = new MapRoutingPolicy({ acme: 'fast' }, { key: ({ tenant }) => tenant, fallback: ['slow'] });
      const flow = await routed(predicateRouter('lanes', () => ['fast', 'slow'], { policy: byTenant }));
      const byOf = async (tenant: string): Promise<unknown> => {
        await flow.emit('a', { tenant });
        return ((await flow.fetch()) as { readonly by: string }).by;
      };
      expect([await byOf('acme'), await byOf('zed'), await byOf('__proto__')]).to.deep.equal(['fast', 'slow', 'slow']);
      byTenant.update(new Map([['zed', 'fast']]));
      byTenant.setFallback('slow');
      expect([await byOf('acme'), await byOf('zed')]).to.deep.equal(['slow', 'fast']);
    });
  });

  it('R19 a diamond of branches that hand on the very same message reaches a router twice', async () => {
    const router = predicateRouter('lanes', () => ['fast'], { maxRetries: 1 });
    const [src, left, right] = [pass('src'), pass('left'), pass('right')];
    const flow = await bench.run(
      rows([
        [src, [left, right]],
        [left, [router]],
        [right, [router]],
        [router, [fast]],
      ]),
    );
    expect(await ways(flow, 'a', 2)).to.deep.equal(['fast', 'fast']);
  });

  it('R19 refuses a predicate that is no function where the router is made', () => {
    const error = thrownBy(() => predicateRouter('lanes', 'fast' as never));
    expect(error.message).to.equal('Expected `predicate` of predicateRouter "lanes" to be a function, got "fast"');
  });
});
