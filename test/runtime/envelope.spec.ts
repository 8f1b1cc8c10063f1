import { expect } from 'chai';
import { Message, type NodeContext } from '#src/index.js';
import { record, useFlows } from '../support/flows.js';
import { held, line, node, pass, rows } from '../support/nodes.js';
import { failureOf, settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('envelopes and traces', () => {
  const bench = useFlows();

  /** Runs one payload through a node and gives what its context says. */
  async function contextOf(emitted: unknown, options?: object): Promise<NodeContext> {
    let seen: NodeContext | undefined;
    const flow = await bench.run(
      line(
        node('Look', (payload: unknown, ctx) => {
          seen = ctx;
          return payload;
        }),
      ),
    );
    await flow.emit(emitted, options);
    if (seen === undefined) expect.fail('the node did not run');
    return seen;
  }

  it('R1 a bare payload gets an envelope with a fresh trace id of 32 hex digits and the default tenant', async () => {
    const ctx = await contextOf('payload');
    expect(ctx.traceId).to.match(/^[0-9a-f]{32}$/);
    expect(ctx.tenant).to.equal('default');
    expect(ctx.headers).to.deep.equal({ tenant: 'default', priority: 0 });
    expect(ctx.message.payload).to.equal('payload');
    expect(ctx.message.traceId).to.equal(ctx.traceId);
  });

  it('R1 no two emits share a fresh trace id, and emit resolves with it', async () => {
    const flow = await bench.run(line(pass('A')));
    const ids = await Promise.all([1, 2, 3].map((payload) => flow.emit(payload)));
    expect(new Set(ids).size).to.equal(3);
    expect((await flow.fetchMessage({ traceId: String(ids[1]) })).payload).to.equal(2);
  });

  it('R1 the options of emit become the envelope', async () => {
    const ctx = await contextOf(1, {
      traceId: 't',
      tenant: 'acme',
      topic: 'orders',
      priority: 3,
      timeoutS: 2,
      meta: { a: 1 },
    });
    expect(ctx.traceId).to.equal('t');
    expect(ctx.headers).to.deep.equal({ tenant: 'acme', topic: 'orders', priority: 3 });
    expect(ctx.meta).to.deep.equal({ a: 1 });
    expect(ctx.message.deadlineS).to.equal(bench.clock.now() / 1000 + 2);
  });

  it('R1 meta is a frozen shallow copy of what was given', async () => {
    const meta: Record<string, unknown> = { a: 1, inner: { b: 2 } };
    const ctx = await contextOf(1, { meta });
    meta['a'] = 2;
    expect([ctx.meta, ctx.message.meta === ctx.meta, ctx.meta['inner']]).to.deep.equal([
      { a: 1, inner: { b: 2 } },
      true,
      meta['inner'],
    ]);
    expect(() => Object.assign(ctx.meta, { a: 3 })).to.throw(TypeError);
    expect(() => Object.assign(ctx.meta, { more: 3 })).to.throw(TypeError);
  });

  it('R1 what can be no payload is refused: a promise that nobody awaited, and what cannot be looked at', async () => {
    const flow = await bench.run(line(pass('A')));
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const thenable = { then: (): void => {} };
    for (const [payload, said] of [
      [Promise.resolve(1), 'is a promise'],
      [thenable, 'is a promise'],
      [proxy, 'cannot be looked at'],
    ] as const) {
      for (const options of [undefined, { tenant: 'acme' }]) {
        for (const failed of [
          flow.emit(payload, options),
          flow.call(payload, options),
          flow.collect(payload, options),
        ]) {
          const { code, message } = await failureOf(failed);
          expect([code, message]).to.satisfy(([, text]: [string, string]) => text.includes(said));
          expect(code).to.equal('INVALID_MESSAGE');
        }
        expect(thrownBy(() => flow.tryEmit(payload, options)).code).to.equal('INVALID_MESSAGE');
        expect(thrownBy(() => flow.stream(payload, options)).code).to.equal('INVALID_MESSAGE');
        expect(thrownBy(() => new Message(payload)).code).to.equal('INVALID_MESSAGE');
        expect(thrownBy(() => new Message(1).with({ payload })).code).to.equal('INVALID_MESSAGE');
      }
    }
    expect(flow.snapshot().startedTraces).to.equal(0);
    const harmless = { then: 'no function' };
    expect(await flow.call(harmless)).to.equal(harmless);
  });

  it('R1 an emitted message is the envelope, as it is', async () => {
    const message = new Message('p', { traceId: 't', headers: { tenant: 'acme' }, meta: { a: 1 } });
    const ctx = await contextOf(message);
    expect(ctx.message).to.equal(message);
  });

  it('R1 options win over what the message says, and leave the rest of it', async () => {
    const message = new Message('p', { traceId: 't', headers: { tenant: 'acme', topic: 'orders' }, meta: { a: 1 } });
    const ctx = await contextOf(message, { tenant: 'other' });
    expect(ctx.traceId).to.equal('t');
    expect(ctx.headers).to.deep.equal({ tenant: 'other', topic: 'orders', priority: 0 });
    expect(ctx.meta).to.deep.equal({ a: 1 });
  });

  it('R1 the earlier of the two deadlines counts', async () => {
    const now = bench.clock.now() / 1000;
    expect((await contextOf(new Message(1, { deadlineS: now + 5 }), { timeoutS: 9 })).message.deadlineS).to.equal(
      now + 5,
    );
    expect((await contextOf(new Message(1, { deadlineS: now + 9 }), { timeoutS: 5 })).message.deadlineS).to.equal(
      now + 5,
    );
  });

  it('R1 an endless timeout is no deadline', async () => {
    const flow = await bench.run(line(pass('A')));
    await flow.emit('x', { timeoutS: Number.POSITIVE_INFINITY });
    const out = await flow.fetchMessage();
    expect([out.payload, out.deadlineS]).to.deep.equal(['x', undefined]);
  });

  it('R1 each line of the runtime and of a node carries the trace id', async () => {
    const flow = await bench.run(
      line(
        node('A', (_: unknown, ctx) => {
          ctx.logger.info('mine', { trace_id: 'forged' });
          throw new TypeError('no');
        }),
      ),
    );
    const breaking = flow.on('node_error', () => {
      throw new Error('middleware');
    });
    const traceId = await flow.emit(1);
    breaking.dispose();
    expect(bench.log.lines.map(({ message }) => message)).to.include.members(['mine', 'middleware_error']);
    expect(bench.log.lines.length).to.be.greaterThan(2);
    for (const { reserved } of bench.log.lines) expect(reserved['trace_id']).to.equal(traceId);
  });

  it('R2 a returned payload travels in the incoming envelope', async () => {
    const flow = await bench.run(
      line(
        node('A', (n: number) => n + 1),
        node('B', (n: number) => n + 1),
      ),
    );
    const message = new Message(1, {
      traceId: 't',
      headers: { tenant: 'acme', topic: 'x', priority: 2 },
      deadlineS: bench.clock.now() / 1000 + 60,
      meta: { a: 1 },
    });
    await flow.emit(message);
    const out = await flow.fetchMessage();
    expect(out.payload).to.equal(3);
    expect(out.traceId).to.equal('t');
    expect(out.headers).to.deep.equal(message.headers);
    expect(out.deadlineS).to.equal(message.deadlineS);
    expect(out.meta).to.equal(message.meta);
  });

  it('R2 a returned message is used as it is', async () => {
    const own: Message[] = [];
    const flow = await bench.run(
      line(
        node('A', (n: number, ctx) => {
          own.push(ctx.message.with({ payload: n + 1, headers: { tenant: 'b' }, meta: { from: 'A' } }));
          return own[0];
        }),
      ),
    );
    await flow.emit(1, { tenant: 'a', meta: { from: 'caller' } });
    const out = await flow.fetchMessage();
    expect(out).to.equal(own[0]);
    expect([out.payload, out.headers.tenant, out.meta]).to.deep.equal([2, 'b', { from: 'A' }]);
  });

  it('R2 a returned message of another trace is an error that is not retried', async () => {
    let runs = 0;
    const flow = await bench.run(
      line(
        node(
          'A',
          () => {
            runs++;
            return new Message(1, { traceId: 'other' });
          },
          { maxRetries: 3 },
        ),
      ),
    );
    const failure = await failureOf(flow.call(1));
    expect([failure.code, failure.nodeName, runs]).to.deep.equal(['TRACE_MISMATCH', 'A', 1]);
  });

  it('R2 undefined emits nothing, and the trace is over', async () => {
    let next = 0;
    const flow = await bench.run(
      line(
        node('A', () => undefined),
        node('B', () => void next++),
      ),
    );
    await flow.emit(1);
    expect(next).to.equal(0);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R2 null, false, 0 and the empty string are payloads', async () => {
    for (const payload of [null, false, 0, '']) {
      const flow = await bench.run(line(node('A', () => payload)));
      expect(await flow.call(1)).to.equal(payload);
      await flow.stop();
    }
  });

  it('R2 each value of an async iterable is emitted, in order, in the incoming envelope', async () => {
    const flow = await bench.run(
      line(
        node('A', async function* (n: number) {
          yield n;
          await settle();
          yield n + 1;
          yield undefined;
          yield n + 2;
        }),
      ),
    );
    await flow.emit(1, { traceId: 't', tenant: 'acme' });
    await settle();
    const out = [await flow.fetchMessage(), await flow.fetchMessage(), await flow.fetchMessage()];
    expect(out.map(({ payload }) => payload)).to.deep.equal([1, 2, 3]);
    expect(new Set(out.map(({ traceId, headers }) => `${traceId} ${headers.tenant}`))).to.deep.equal(
      new Set(['t acme']),
    );
    await settle();
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R2 an async iterable waits for room downstream', async () => {
    let made = 0;
    const next = held('B');
    const flow = await bench.run(
      line(
        node('A', async function* () {
          for (; made < 10;) yield ++made;
        }),
        next.node,
      ),
      { queueMaxsize: 1 },
    );
    await flow.emit(1);
    await settle();
    // One in the node, one in the floe, one that waits for room.
    expect(made).to.equal(3);
    next.calls[0]?.resolve();
    await settle();
    expect(made).to.equal(4);
  });

  it('R2 an async iterable that is given up is closed', async () => {
    let closed = false;
    const flow = await bench.run(
      line(
        node('A', async function* () {
          try {
            for (let n = 0; ; n++) yield n;
          } finally {
            closed = true;
          }
        }),
        held('B').node,
      ),
      { queueMaxsize: 1 },
    );
    const traceId = await flow.emit(1);
    await settle();
    flow.cancel(traceId);
    await settle();
    expect(closed).to.equal(true);
  });

  it('R2 a message inside an async iterable must be of the same trace', async () => {
    const flow = await bench.run(
      line(
        node('A', async function* () {
          yield new Message(1, { traceId: 'other' });
        }),
      ),
    );
    expect((await failureOf(flow.call(1))).code).to.equal('TRACE_MISMATCH');
  });

  it('R2 a synchronous process is as good as an async one', async () => {
    const flow = await bench.run(
      line(
        node('Sync', (n: number) => n + 1),
        node('Async', async (n: number) => n + 1),
      ),
    );
    expect(await flow.call(1)).to.equal(3);
  });

  it('R2 a promise of another make is as good as a native one', async () => {
    class Foreign {
      then(ok: (value: number) => void): void {
        ok(7);
      }
    }
    const flow = await bench.run(line(node('A', () => new Foreign() as unknown as Promise<number>)));
    expect(await flow.call(1)).to.equal(7);
  });

  it('R3 a trace is active while one of its messages is queued, in flight or at the egress', async () => {
    const first = held('A');
    const second = held('B');
    const flow = await bench.run(line(first.node, second.node));
    const [one, two] = [await flow.emit(1), await flow.emit(2)];
    expect(flow.snapshot().traces).to.equal(2);
    first.calls[0]?.resolve(1);
    await settle();
    expect(flow.snapshot().traces).to.equal(2);
    second.calls[0]?.resolve(1);
    await settle();
    expect(flow.snapshot()).to.include({ traces: 2, results: 1 });
    await flow.fetch({ traceId: one });
    expect(flow.snapshot().traces).to.equal(1);
    expect(flow.cancel(one)).to.equal(false);
    expect(flow.cancel(two)).to.equal(true);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R3 an emit that waits for room keeps its trace active', async () => {
    const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
    await flow.emit(1);
    await flow.emit(2);
    const waiting = flow.emit(3, { traceId: 't' });
    expect(flow.cancel('t')).to.equal(true);
    expect((await failureOf(waiting)).code).to.equal('TRACE_CANCELLED');
  });

  it('R3 events count what is pending and in flight of their trace', async () => {
    const leaf = held('C');
    const flow = await bench.run(
      rows([
        [pass('A'), [leaf.node, pass('B')]],
        [leaf.node, []],
      ]),
    );
    const events = record(flow);
    await flow.emit(1, { traceId: 't' });
    await flow.emit(2, { traceId: 'u' });
    const counts = events
      .filter(({ traceId }) => traceId === 't')
      .map((event) => `${event.nodeName}:${event.eventType} ${event.tracePending}/${event.traceInflight}`);
    expect(counts).to.deep.equal([
      'A:node_start 1/1',
      'A:node_success 1/1',
      // Both branches hold the message now: C works on it, B has it next.
      'C:node_start 2/1',
      'B:node_start 2/2',
      'B:node_success 2/2',
    ]);
  });

  it('R3 a message that waits between two attempts is in flight', async () => {
    const flow = await bench.run(
      line(
        node(
          'A',
          (_: unknown, ctx) => {
            if (ctx.attempt === 0) throw new Error('no');
            return 1;
          },
          { maxRetries: 1 },
        ),
      ),
    );
    const events = record(flow);
    await flow.emit(1);
    await bench.clock.advance(500);
    expect(events.map(({ tracePending, traceInflight }) => `${tracePending}/${traceInflight}`)).to.deep.equal([
      '1/1',
      '1/1',
      '1/1',
      '1/1',
      '1/1',
    ]);
  });
});
