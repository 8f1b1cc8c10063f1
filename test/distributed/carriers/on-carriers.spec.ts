import { expect } from 'chai';
import { collect, StreamChunk } from '#src/index.js';
import { queue, type Delivery } from '#src/distributed/index.js';
import { encodeHead } from '#src/distributed/protocol/message-head.js';

import { held, line, node, pass, rows } from '../../support/nodes.js';
import { codeOf, failureOf } from '../../support/settling.js';
import { CARRIERS, nextTurn, useCarrier } from './use-carriers.js';

class Doc {
  constructor(
    readonly name: string,
    readonly at: Date,
  ) {}
}

for (const [name, make] of CARRIERS) {
  describe(`a flow on ${name}`, function () {
    this.timeout(30_000);
    const bench = useCarrier(make);

    it('D1 D3 runs each group where it is served, and builds no other nodes', async () => {
      const [a, b, c] = [pass('A'), node('B', (n) => Number(n) + 1), pass('C')];
      const flow = bench().build(line(a, b, c), { groups: { io: [a, c], cpu: [b] } });
      const [io, cpu] = [await bench().serve(flow, { groups: ['io'] }), await bench().serve(flow, { groups: ['cpu'] })];
      expect([io, cpu].map((worker) => Object.keys(worker.snapshot().nodes).length)).to.deep.equal([2, 1]);
      const client = await bench().connect(flow);
      expect(await client.call(1, { timeoutS: 20 })).to.equal(2);
      const published = bench().of('message_published');
      expect(published.map(({ extra }) => extra['queue'])).to.deep.equal(['B', 'C']);
    });

    it('D4 D5 D6 stores once what an arrival sends that runs again, also what went out before its end', async () => {
      let tries = 0;
      const a = node('A', async function* (_: unknown, ctx: { readonly signal: AbortSignal }) {
        for (let n = 0; n < 100; n++) yield n;
        if (++tries > 1) return;
        await new Promise((_resolve, reject) => {
          ctx.signal.addEventListener('abort', reject);
        });
      } as never);
      const came: unknown[] = [];
      const b = node('B', (n) => void came.push(n));
      const flow = bench().build(line(a, b), { groups: { one: [a], two: [b] } });
      const first = await bench().serve(flow, { groups: ['one'] });
      const client = await bench().connect(flow);
      const all = client.collect('all', { timeoutS: 20 });
      await bench().heard('message_published', 100);
      await first.stop({ graceS: 0 });
      await bench().serve(flow);
      expect(await all).to.deep.equal([]);
      expect([tries, came.toSorted((x, y) => Number(x) - Number(y))]).to.deep.equal([
        2,
        Array.from({ length: 100 }, (_, n) => n),
      ]);
    });

    it('D7 D11 works on a dead letter that is redriven under the same key', async () => {
      const keys: string[] = [];
      const a = node('A', (payload, ctx) => {
        if (keys.push(ctx.idempotencyKey) === 1) throw new Error('not yet');
        return payload;
      });
      const flow = bench().build(line(a));
      await bench().serve(flow);
      const client = await bench().connect(flow);
      const { rootId } = await client.emit('x', { id: 'upload-17' });
      await bench().heard('dead_letter');
      await bench().settled(client);
      expect(await client.deadLetters.redrive({ queue: 'A' })).to.equal(1);
      await bench().settled(client);
      expect(keys).to.deep.equal(['upload-17', 'upload-17']);
      expect(await client.result(rootId, { timeoutS: 20 })).to.equal('x');
      expect(await codeOf(client.deadLetters.list({ queue: 'Z' }))).to.equal('INVALID_OPTION');
    });

    it('D13 puts off a message for a node that its build does not have, for others', async () => {
      const flow = bench().build(line(pass('A')));
      const worker = await bench().serve(flow);
      const session = await bench().open(worker.name);
      const put = (id: string, to: string): void => {
        const head = encodeHead({
          ...{ root: id, kind: 'emit', results: 'none', beganMs: session.now(), traceId: id, ts: 1, key: id },
          ...{ headers: { tenant: 'default', priority: 0 }, meta: undefined, deadlineMs: undefined, trace: {} },
          ...{ to: [to], from: 'OpenSea', token: id, piece: false },
        });
        session.put({ id, queue: 'A', head, body: '"x"' }, () => {});
      };
      put('strange', 'Later');
      // Which comes after it.
      put('known', 'A');
      await bench().heard('part_end');
      await bench().settledTo(session, 1);
      await worker.stop();
      const delivery = await new Promise<Delivery>((resolve) => {
        session.take('A', { free: 1, maxHoldS: 900 }, resolve);
      });
      expect([delivery.id, delivery.redelivered]).to.deep.equal(['strange', false]);
      expect(session.now() - delivery.storedMs).to.be.greaterThan(4_500);
      await session.close(1_000);
    });

    it('D15 never starts what comes too late', async () => {
      let started = 0;
      const flow = bench().build(line(node('A', () => ++started)));
      const client = await bench().connect(flow);
      const { rootId } = await client.emit('y', { timeoutS: 0.05 });
      const late = failureOf(client.call('x', { timeoutS: 0.1 }));
      expect((await late).code).to.equal('DEADLINE_EXCEEDED');
      await bench().serve(flow);
      expect((await failureOf(client.result(rootId, { timeoutS: 20 }))).code).to.equal('DEADLINE_EXCEEDED');
      await bench().settled(client);
      expect(started).to.equal(0);
    });

    it('D16 cancels what runs and what is queued, of any client', async () => {
      const { node: slow, calls } = held('A');
      const flow = bench().build(line(slow));
      await bench().serve(flow);
      const [one, other] = [await bench().connect(flow), await bench().connect(flow)];
      const failures = [1, 2].map((n) => failureOf(one.call(n, { traceId: 't' })));
      await bench().heard('node_start');
      await other.cancel('t');
      expect((await Promise.all(failures)).map(({ code }) => code)).to.deep.equal([
        'TRACE_CANCELLED',
        'TRACE_CANCELLED',
      ]);
      expect(calls.every(({ ctx }) => ctx.signal.aborted)).to.equal(true);
      await bench().settled(other);
    });

    it('D2 D17 has a result for any process, also when who has sent it is gone', async () => {
      const flow = bench().build(line(pass('A')));
      const sender = await bench().connect(flow);
      const { rootId } = await sender.emit('x');
      await sender.stop();
      const client = await bench().connect(flow);
      await bench().serve(flow);
      expect(await client.result(rootId, { timeoutS: 20 })).to.equal('x');
    });

    it('D18 knows when nothing of a run is open any more, however it parts', async () => {
      const [a, b] = [
        node('A', async function* (count: number) {
          for (let n = 0; n < count; n++) yield n;
        } as never),
        node('B', (n) => (Number(n) % 2 === 0 ? n : undefined)),
      ];
      const flow = bench().build(line(a, b), { groups: { one: [a], two: [b] } });
      await bench().serve(flow);
      const client = await bench().connect(flow);
      const all = await client.collect(9, { timeoutS: 20 });
      expect(all.toSorted((x, y) => Number(x) - Number(y))).to.deep.equal([0, 2, 4, 6, 8]);
      expect((await failureOf(client.call(0, { timeoutS: 20 }))).code).to.equal('NO_RESULT');
    });

    it('D19 streams chunks of another process in their order, more than are on the way at a time', async () => {
      const talk = node('B', async (payload, ctx) => {
        for (let n = 0; n < 200; n++) await ctx.emitChunk(String(n));
        return payload;
      });
      const a = pass('A');
      const flow = bench().build(line(a, talk), { groups: { one: [a], two: [talk] } });
      await bench().serve(flow);
      const client = await bench().connect(flow);
      const stream = client.stream('x', { timeoutS: 20 });
      const texts: string[] = [];
      for await (const piece of stream) if (StreamChunk.is(piece)) texts.push(piece.text);
      expect(texts).to.deep.equal(Array.from({ length: 200 }, (_, n) => String(n)));
      expect(await stream.result).to.equal('x');
    });

    it('D21 works on the messages of a key in their order, in two processes', async () => {
      const seen: number[] = [];
      const a = node(
        'A',
        async (n) => {
          await new Promise((resolve) => {
            setImmediate(resolve);
          });
          seen.push(Number(n));
        },
        { concurrency: 8 },
      );
      const order = { by: (n: number) => n % 2, lanes: 4 };
      const flow = bench().build(line(a), { queues: [queue(a as never, { order } as never)] });
      const client = await bench().connect(flow);
      const roots = await Promise.all(Array.from({ length: 40 }, (_, n) => client.emit(n)));
      await Promise.all([bench().serve(flow), bench().serve(flow)]);
      await bench().heard('part_end', roots.length);
      for (const rest of [0, 1]) {
        const ofKey = seen.filter((n) => n % 2 === rest);
        expect(ofKey).to.deep.equal(Array.from({ length: 20 }, (_, n) => 2 * n + rest));
      }
    });

    it('D22 refuses a plan that cannot be cut', async () => {
      const [a, b] = [pass('A'), pass('B')];
      const all = collect('All') as never;
      const cut = bench().build(
        rows([
          [a, [b]],
          [b, [all]],
        ] as never),
        { groups: { one: [a], two: [b] } },
      );
      expect(await codeOf(bench().serve(cut))).to.equal('PLAN_UNSUPPORTED');
    });

    it('D24 D34 hands back what has not begun when it stops, and says what waits', async () => {
      const { node: slow, calls } = held('A');
      const flow = bench().build(line(slow));
      const worker = await bench().serve(flow);
      const client = await bench().connect(flow);
      await Promise.all([1, 2, 3].map((n) => client.emit(n)));
      await bench().heard('node_start');
      const stopping = worker.stop({ drainS: 20 });
      expect(worker.health().ready).to.equal(false);
      while ((await client.lag())[0]?.pending !== 2) await nextTurn();
      calls[0]?.resolve('done');
      await stopping;
      const [lag] = await client.lag();
      expect([lag?.pending, lag?.unacked]).to.deep.equal([2, 0]);
    });

    it('D28 brings dates, maps and instances as they were, and refuses what does not cross', async () => {
      const [a, b] = [pass('A'), pass('B')];
      const flow = bench().build(line(a, b), { groups: { one: [a], two: [b] }, types: { doc: Doc } });
      await bench().serve(flow);
      const client = await bench().connect(flow);
      const sent = { doc: new Doc('readme', new Date(1_000)), map: new Map([['k', new Set([1n])]]), none: undefined };
      const came = (await client.call(sent, { timeoutS: 20 })) as typeof sent;
      expect(came).to.deep.equal(sent);
      expect(came.doc).to.be.instanceOf(Doc);
      expect(await codeOf(client.call(() => 1))).to.equal('NOT_ENCODABLE');
    });

    it('D29 tells beginning and end of a run at the client alone, and parts at who works on them', async () => {
      const [a, b] = [pass('A'), pass('B')];
      const flow = bench().build(line(a, b), { groups: { one: [a], two: [b] } });
      await bench().serve(flow, { workerId: 'w1' });
      const client = await bench().connect(flow);
      await client.call('x', { traceId: 't', timeoutS: 20 });
      await bench().heard('part_end', 2);
      await bench().heard('trace_end');
      const [start] = bench().of('trace_start');
      expect([bench().of('trace_start').length, bench().of('trace_end').length]).to.deep.equal([1, 1]);
      const parts = bench().of('part_end');
      expect(parts.map(({ traceId }) => traceId)).to.deep.equal(['t', 't']);
      const roots = [start, ...parts].map((event) => event?.extra['root'] ?? event?.toPayload()['root']);
      expect(new Set(roots).size).to.equal(1);
    });
  });
}
