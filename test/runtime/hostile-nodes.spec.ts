import { expect } from 'chai';
import fc from 'fast-check';
import { Message } from '#src/index.js';
import { deferred, never } from '../support/deferred.js';
import { record, shortForm, useFlows, type TestFlow } from '../support/flows.js';
import { held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';

/** Values that are hard to print, to compare or to look into. */
const hostile: ReadonlyArray<readonly [what: string, value: unknown]> = [
  ['undefined', undefined],
  ['null', null],
  ['a string', 'text'],
  ['a symbol', Symbol('s')],
  ['a bigint', 10n],
  ['an object without a prototype', Object.create(null)],
  // Made without the constructor of Error, which would look at them for a stack trace.
  ['an error whose name is a symbol', Object.create(Error.prototype, { name: { value: Symbol('name') } })],
  [
    'an error whose getters throw',
    Object.create(Error.prototype, { name: { get: throws }, message: { get: throws }, stack: { get: throws } }),
  ],
  ['an object whose constructor throws', Object.defineProperty({}, 'constructor', { get: throws })],
  ['a proxy that throws at every touch', new Proxy({}, { get: throws, has: throws, getPrototypeOf: throws })],
  ['a frozen error', Object.freeze(new Error('frozen'))],
];

function throws(): never {
  throw new Error('trap');
}

describe('nodes that behave badly', () => {
  const bench = useFlows();

  for (const how of ['throws', 'rejects with'] as const) {
    for (const [what, value] of hostile) {
      it(`R14 a node that ${how} ${what} fails its message and nothing else`, async () => {
        const flow = await bench.run(
          line(
            node(
              'A',
              (payload: unknown) => {
                if (payload === 'fine') return payload;
                if (how === 'throws') throw value;
                // oxlint-disable-next-line typescript/prefer-promise-reject-errors
                return Promise.reject(value);
              },
              { maxRetries: 1, backoffBaseS: 0 },
            ),
          ),
        );
        const events = record(flow);
        const failure = await failureOf(flow.call('bad'));
        expect(failure).to.include({ code: 'NODE_EXCEPTION', nodeName: 'A' });
        expect(() => JSON.stringify(failure)).not.to.throw();
        expect(await flow.call('fine')).to.equal('fine');
        expect(flow.snapshot()).to.include({ traces: 0 });
        expect(shortForm(events).slice(0, 6)).to.deep.equal([
          'A:node_start',
          'A:node_error',
          'A:node_retry',
          'A:node_start',
          'A:node_error',
          'A:node_failed',
        ]);
        expect(await flow.stop()).to.include({ drained: true });
      });
    }
  }

  it('R14 whatever a node throws, the call rejects with a FlowError and the flow goes on', async () => {
    const flow = await bench.run(
      line(
        node('A', (payload: { readonly thrown: unknown } | 'fine') => {
          if (payload === 'fine') return payload;
          throw payload.thrown;
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }),
        async (thrown) => {
          expect((await failureOf(flow.call({ thrown }))).nodeName).to.equal('A');
          expect(await flow.call('fine')).to.equal('fine');
        },
      ),
      { numRuns: 100 },
    );
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R2 frozen payloads, and payloads of every kind, come out as they went in', async () => {
    const flow = await bench.run(
      line(
        pass('A'),
        node('B', async (payload: unknown) => payload),
      ),
    );
    const payloads = [Object.freeze({ a: 1 }), Object.freeze([1]), null, Symbol('s'), 10n, () => 1, new Map()];
    for (const payload of payloads) expect(await flow.call(payload)).to.equal(payload);
  });

  it('R2 whatever a payload is, it comes out as it went in', async () => {
    const flow = await bench.run(
      line(
        pass('A'),
        node('B', async (payload: unknown) => payload),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }),
        async (payload) => {
          // `undefined` emits nothing.
          if (payload !== undefined) expect(Object.is(await flow.call(payload), payload)).to.equal(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('R2 a payload with a throwing `then` fails the message', async () => {
    class Trap {
      get then(): never {
        throw new TypeError('trap');
      }
    }
    const flow = await bench.run(line(node('A', () => new Trap())));
    const failure = await failureOf(flow.call(1));
    expect(failure.cause).to.be.instanceOf(TypeError);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R2 a thenable that settles twice, or both ways, counts once', async () => {
    class Twice {
      then(ok: (value: string) => void, no: (reason: unknown) => void): void {
        ok('first');
        ok('second');
        no(new Error('third'));
      }
    }
    const flow = await bench.run(line(node('A', () => new Twice() as unknown as Promise<string>)));
    const events = record(flow);
    expect(await flow.call(1)).to.equal('first');
    expect(shortForm(events)).to.deep.equal(['A:node_start', 'A:node_success']);
  });

  it('R2 an async iterable that throws on the way fails the message; what it gave before stays', async () => {
    const flow = await bench.run(
      line(
        node('A', async function* () {
          yield 1;
          throw new TypeError('torn');
        }),
      ),
    );
    await flow.emit(0, { traceId: 't' });
    await settle();
    expect(await flow.fetch({ traceId: 't' })).to.equal(1);
    expect((await failureOf(flow.fetch({ traceId: 't' }))).message).to.contain('torn');
  });

  it('R2 an object whose async iterator throws, or gives nonsense, fails the message', async () => {
    const bad: unknown[] = [
      { [Symbol.asyncIterator]: throws },
      { [Symbol.asyncIterator]: () => ({}) },
      { [Symbol.asyncIterator]: () => ({ next: () => 7 }) },
      { [Symbol.asyncIterator]: () => ({ next: throws }) },
      Object.defineProperty({}, Symbol.asyncIterator, { get: throws }),
    ];
    for (const iterable of bad) {
      const flow = await bench.run(line(node('A', () => iterable)));
      expect((await failureOf(flow.call(1))).code).to.equal('NODE_EXCEPTION');
      expect(flow.snapshot().traces).to.equal(0);
      expect(await flow.stop()).to.include({ drained: true });
    }
  });

  it('R11 a node that ignores its signal holds nobody up, whichever way it is interrupted', async () => {
    const { node: work, calls } = held('Deaf', { timeoutS: 10 });
    const flow = await bench.run(line(work));
    const timedOut = codeOf(flow.call(1));
    await bench.clock.advance(10_000);
    expect(await timedOut).to.equal('NODE_TIMEOUT');
    const cancelled = codeOf(flow.call(2, { traceId: 't' }));
    flow.cancel('t');
    expect(await cancelled).to.equal('TRACE_CANCELLED');
    const late = codeOf(flow.call(3, { timeoutS: 1 }));
    await bench.clock.advance(1_000);
    expect(await late).to.equal('DEADLINE_EXCEEDED');
    expect(flow.snapshot().nodes[0]).to.include({ late: 3, inFlight: 0 });
    for (const call of calls) call.resolve('ignored');
    await settle();
    expect(flow.snapshot().nodes[0]).to.include({ late: 0, succeeded: 0 });
    expect(flow.snapshot()).to.include({ results: 0, traces: 0 });
  });

  it('R11 a node that throws in its abort listener does not stop the cancellation', async () => {
    const { node: work, calls } = held('A', { concurrency: 2 });
    const flow = await bench.run(line(work));
    await flow.emit(1, { traceId: 't' });
    await flow.emit(2, { traceId: 't' });
    const uncaught: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error));
    try {
      // The platform reports it; it does not throw it at who aborts.
      calls[0]?.ctx.signal.addEventListener('abort', throws);
      flow.cancel('t');
      await settle();
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const other of others) process.on('uncaughtException', other);
    }
    expect(uncaught).to.have.length(1);
    expect(flow.snapshot()).to.include({ traces: 0 });
    expect(flow.snapshot().nodes[0]?.cancelled).to.equal(2);
  });

  it('R14 emits that nobody awaits bring no process down when the attempt is interrupted', async () => {
    const flow = await bench.run(
      line(
        node('A', async (_: unknown, ctx) => {
          for (let n = 0; n < 5; n++) void ctx.emit(n);
          await never();
        }),
        held('B').node,
      ),
      { queueMaxsize: 1 },
    );
    const traceId = await flow.emit(1);
    await settle();
    flow.cancel(traceId);
    await settle();
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R3 emits that nobody awaits arrive although process has returned', async () => {
    const next = held('B');
    const flow = await bench.run(
      line(
        node('A', (_: unknown, ctx) => {
          for (let n = 0; n < 4; n++) void ctx.emit(n);
          return 'last';
        }),
        next.node,
      ),
      { queueMaxsize: 1 },
    );
    await flow.emit(1);
    for (let n = 0; n < 5; n++) {
      await settle();
      next.calls[n]?.resolve();
    }
    await settle();
    expect(next.calls.map(({ payload }) => payload)).to.deep.equal([0, 1, 2, 3, 'last']);
    expect(flow.snapshot().traces).to.equal(0);
  });

  for (const look of [1, 2]) {
    it(`R16 a result that cancels its trace at look ${look} for a \`then\` leaves the node free, and nothing of the trace`, async () => {
      let looks = 0;
      const get = (_: object, key: PropertyKey): undefined => {
        if (key === 'then' && ++looks === look) flow.cancel('t');
      };
      const result = new Proxy({}, { get });
      const flow = await bench.run(line(node('A', (input) => (input === 'next' ? input : result))));
      await flow.call('go', { traceId: 't' }).catch(() => {});
      await settle();
      expect(flow.snapshot().traces).to.equal(0);
      for (const counts of flow.snapshot().nodes) expect(counts).to.include({ inFlight: 0, late: 0 });
      expect(await flow.call('next')).to.equal('next');
    });
  }

  it('R5 emits that nobody awaits arrive in arrival order on an ordered node too', async () => {
    const first = deferred();
    const flow = await bench.run(
      line(
        node(
          'A',
          async (n: number, ctx) => {
            if (n === 0) await first.promise;
            void ctx.emit(`${n} early`);
            return `${n} last`;
          },
          { concurrency: 2, ordered: true },
        ),
      ),
    );
    await flow.emit(0);
    await flow.emit(1);
    await settle();
    first.resolve();
    await settle();
    const got: unknown[] = [];
    while (flow.snapshot().results > 0) got.push(await flow.fetch());
    expect(got).to.deep.equal(['0 early', '0 last', '1 early', '1 last']);
  });

  it('R8 a node may stop its flow', async () => {
    const flow = await bench.run(
      line(
        node('A', (payload: unknown) => {
          void flow.stop();
          return payload;
        }),
      ),
    );
    const call = flow.call(1);
    expect(await call.catch((error: unknown) => (error as { code: string }).code)).to.be.oneOf([1, 'FLOW_STOPPED']);
    await settle();
    expect(flow.state).to.equal('stopped');
  });

  it('R17 a node may call its own flow with another trace', async () => {
    const flow = await bench.run(
      rows([
        [
          node('A', async (n: number): Promise<unknown> => (n === 0 ? 'bottom' : flow.call(n - 1)), { concurrency: 4 }),
          [],
        ],
      ]),
    );
    expect(await flow.call(3)).to.equal('bottom');
  });

  it('R2 a message returned twice is handed on twice', async () => {
    const kept = new Message('kept', { traceId: 't' });
    const flow = await bench.run(line(node('A', () => kept)));
    await flow.emit(1, { traceId: 't' });
    await flow.emit(2, { traceId: 't' });
    expect([await flow.fetchMessage(), await flow.fetchMessage()]).to.deep.equal([kept, kept]);
    expect(await isPending(flow.fetch({ timeoutS: 1 }).catch(() => {}))).to.equal(true);
  });

  for (const [how, wrap] of [
    ['at once', <T>(value: T): T => value],
    ['later', async <T>(value: T): Promise<T> => value],
  ] as const) {
    it(`R16 a result that cancels its trace when it is looked at, returned ${how}, ends with it`, async () => {
      const flow: TestFlow = await bench.run(
        line(
          node('A', (payload: unknown, ctx) => {
            const has = (): boolean => !flow.cancel(ctx.traceId);
            return wrap(payload === 'trap' ? new Proxy({}, { has }) : payload);
          }),
        ),
      );
      expect(await codeOf(flow.call('trap'))).to.equal('TRACE_CANCELLED');
      expect(await flow.call('next')).to.equal('next');
      await settle();
      expect(flow.snapshot()).to.include({ results: 0, traces: 0 });
      expect(flow.snapshot().nodes[0]).to.include({ inFlight: 0, late: 0, cancelled: 1, succeeded: 1 });
    });
  }
});
