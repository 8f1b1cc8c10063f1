import { expect } from 'chai';
import { Message, start, uncheckedGraph, type EmitReceipt, type PortOptions } from '#src/index.js';
import { queue } from '#src/distributed/index.js';
import { pass } from '../../support/nodes.js';
import { codeOf, failureOf, isPending } from '../../support/settling.js';
import { useClients } from './support/client-bench.js';

const Parse = pass('Parse');
const Score = pass('Score');

describe('emit() of a client', () => {
  const bench = useClients();
  const graph = start(Parse).to(Score);
  const groups = { cpu: [Score] };

  it('D2 resolves when the engine has acknowledged it, with what the run is known by', async () => {
    const { client, came } = await bench.connect(graph, { distributed: { groups }, client: { clientId: 'web_1' } });
    bench.carrier.faults.become('down');
    const emitted = client.emit(
      { page: 1 },
      { traceId: 't', tenant: 'acme', topic: 'a', priority: 2, meta: { by: 'me' } },
    );
    expect(await isPending(emitted)).to.equal(true);
    bench.carrier.faults.become('up');
    const receipt = await emitted;
    expect(receipt).to.include({ traceId: 't', duplicate: false });
    expect(receipt.rootId).to.match(/^web_1-[\w-]{22}$/);
    const { head, queue: name, payload } = await came();
    expect(name).to.equal('Parse');
    expect(payload).to.deep.equal({ page: 1 });
    expect(head).to.deep.include({
      root: receipt.rootId,
      kind: 'emit',
      results: 'reply',
      traceId: 't',
      headers: { tenant: 'acme', topic: 'a', priority: 2 },
      meta: '{"by":"me"}',
      deadlineMs: undefined,
      to: ['Parse'],
      from: 'OpenSea',
      key: receipt.rootId,
      piece: false,
    });
  });

  it('D16 gives each run a root of its own, that nobody can guess', async () => {
    const { client } = await bench.connect(graph);
    const payloads = Array.from({ length: 600 }, (_, number) => number);
    const receipts = await Promise.all(payloads.map((payload) => client.emit(payload, { traceId: 't' })));
    expect(new Set(receipts.map(({ rootId }) => rootId)).size).to.equal(600);
    expect(receipts.every(({ rootId }) => !rootId.includes('AAAAAAAA'))).to.equal(true);
    expect(receipts.every(({ rootId }) => rootId.startsWith(`${client.clientId}-`))).to.equal(true);
  });

  it('takes a Message with what it brings', async () => {
    const { client, came } = await bench.connect(graph);
    const deadlineS = bench.clock.now() / 1_000 + 7;
    await client.emit(new Message('doc', { traceId: 'm', headers: { tenant: 'acme' }, deadlineS, ts: 5 }));
    const { head } = await came();
    expect(head).to.include({ traceId: 'm', ts: 5, deadlineMs: bench.clock.now() + 7_000 });
    expect(head.headers.tenant).to.equal('acme');
  });

  it('D15 has the deadline travel on the clock of the engine', async () => {
    const { client, came, worker } = await bench.connect(graph);
    bench.carrier.faults.shiftClock(60_000);
    await client.emit('doc', { timeoutS: 10 });
    const { head } = await came();
    expect(head.deadlineMs).to.equal(worker.session.now() + 10_000);
    expect(head.beganMs).to.equal(worker.session.now());
  });

  it('D2 sends one message to each group that it enters', async () => {
    const [A, B, C] = [pass('A'), pass('B'), pass('C')];
    const { client, came, worker } = await bench.connect(
      uncheckedGraph([
        [A, []],
        [B, []],
        [C, []],
      ]),
      {
        distributed: { groups: { one: [A, C], two: [B] } },
      },
    );
    await client.emit('all');
    await came(1);
    expect(worker.taken.map(({ queue: name, head }) => [name, head.to])).to.deep.equal([
      ['A', ['A', 'C']],
      ['B', ['B']],
    ]);
    await client.emit('some', { to: [C, 'B'] });
    await came(3);
    expect(worker.taken.slice(2).map(({ queue: name, head }) => [name, head.to])).to.deep.equal([
      ['B', ['B']],
      ['C', ['C']],
    ]);
    expect(await codeOf(client.emit('none', { to: 'D' }))).to.equal('UNKNOWN_TARGET');
  });

  it('D21 puts what has an order into the lane of its key, the same one each time', async () => {
    const by = (doc: { readonly customer: string }): string => doc.customer;
    const { client, came, worker } = await bench.connect(graph, {
      distributed: { queues: [queue(Parse as never, { order: { by: by as never, lanes: 4 } })] },
    });
    for (const [from, customer] of ['a', 'b', 'c', 'd', 'e', 'a', 'b'].entries()) {
      await client.emit({ customer });
      const { delivery } = await came(from);
      await worker.session.settle(delivery, { departures: [] });
    }
    const lanes = worker.taken.map(({ queue: name }) => name);
    expect(lanes.every((lane) => /^Parse#[0-3]$/.test(lane))).to.equal(true);
    expect(new Set(lanes).size).to.be.above(1);
    expect(lanes.slice(5)).to.deep.equal(lanes.slice(0, 2));
  });

  it('D6 accepts an `id` once for a tenant: a second one resolves, and nothing begins', async () => {
    const { client, came, worker, flowClass, runs } = await bench.connect(graph);
    const first = await client.emit('doc', { id: 'upload-17' });
    const second = await (await bench.another(flowClass)).emit('doc', { id: 'upload-17' });
    const again = await client.emit('doc', { id: 'upload-17' });
    expect([first, second, again].map(({ duplicate }) => duplicate)).to.deep.equal([false, true, true]);
    await client.emit('doc', { id: 'upload-17', tenant: 'acme' });
    const { head } = await came(1);
    expect(worker.taken).to.have.length(2);
    expect(head).to.include({ key: 'upload-17' });
    expect(worker.taken.map(({ head: { root } }) => root)[0]).to.equal(first.rootId);
    // The run of a duplicate is over at once.
    expect(runs.filter(({ eventType }) => eventType === 'trace_end')).to.have.length(1);
  });

  it('D14 waits while the queue is full, in its turn, and says so once', async () => {
    const { client, worker, came } = await bench.connect(graph, {
      distributed: { queues: [queue(Parse, { bound: 2 })] },
      takes: false,
    });
    const told: unknown[] = [];
    client.on('flow_backpressure', ({ nodeName, extra }) => void told.push([nodeName, extra]));
    await client.emit(1);
    await client.emit(2);
    const waiting = [3, 4, 5].map((payload) => client.emit(payload));
    expect(await isPending(waiting[0] as Promise<EmitReceipt>)).to.equal(true);
    await bench.clock.advance(30_000);
    expect(told).to.deep.equal([['Parse', { waited_ms: 10_000, source: 'OpenSea', queue: 'Parse' }]]);
    worker.take('Parse');
    for (let from = 0; from < 5; from++) {
      const { delivery } = await came(from);
      await worker.session.settle(delivery, { departures: [] });
    }
    await Promise.all(waiting);
    expect(worker.taken.map(({ payload }) => payload)).to.deep.equal([1, 2, 3, 4, 5]);
    expect(told).to.have.length(1);
  });

  it('D14 lets nobody in before those who wait, and says nothing of a short wait', async () => {
    const { client, worker, came } = await bench.connect(graph, {
      distributed: { queues: [queue(Parse, { bound: 1 })] },
    });
    const told: unknown[] = [];
    client.on('flow_backpressure', (event) => void told.push(event));
    await client.emit(1);
    const second = client.emit(2);
    await bench.clock.advance(9_000);
    const { delivery } = await came();
    const settled = worker.session.settle(delivery, { departures: [] });
    // There is room, and the one who waits has not heard of it yet.
    const third = client.emit(3);
    await settled;
    await second;
    await worker.session.settle((await came(1)).delivery, { departures: [] });
    await third;
    await came(2);
    expect(worker.taken.map(({ payload }) => payload)).to.deep.equal([1, 2, 3]);
    await bench.clock.advance(10_000);
    expect(told).to.deep.equal([]);
  });

  it('D14 a wait ends with its signal and with its time, and nothing was sent', async () => {
    const { client, worker, came } = await bench.connect(graph, {
      distributed: { queues: [queue(Parse, { bound: 1 })] },
      takes: false,
    });
    await client.emit(1);
    const controller = new AbortController();
    const aborted = failureOf(client.emit(2, { signal: controller.signal }));
    const late = failureOf(client.emit(3, { timeoutS: 5 }));
    await bench.clock.advance(1_000);
    controller.abort(new Error('enough'));
    const { code, cause } = await aborted;
    expect([code, (cause as Error).message]).to.deep.equal(['ABORTED', 'enough']);
    await bench.clock.advance(4_000);
    expect((await late).code).to.equal('DEADLINE_EXCEEDED');
    worker.take('Parse');
    const { delivery } = await came();
    await worker.session.settle(delivery, { departures: [] });
    await bench.clock.advance(0);
    expect(worker.taken).to.have.length(1);
    expect(worker.cancels).to.deep.equal([]);
    expect(await codeOf(client.emit(4, { signal: controller.signal }))).to.equal('ABORTED');
  });

  it('D2 a signal that aborts while the engine is away has what was sent cancelled', async () => {
    const { client, worker, came } = await bench.connect(graph);
    bench.carrier.faults.become('down');
    const controller = new AbortController();
    const aborted = failureOf(client.emit(1, { signal: controller.signal }));
    await bench.clock.advance(0);
    controller.abort();
    expect((await aborted).code).to.equal('ABORTED');
    bench.carrier.faults.become('up');
    const { head } = await came();
    expect(worker.cancels.map(({ key }) => key)).to.deep.equal([`root ${head.root}`]);
  });

  const refused: readonly (readonly [string, unknown, object | undefined, string])[] = [
    ['an option that nobody knows', 1, { retries: 2 }, 'INVALID_OPTION'],
    ['a join, which works within a process only', 1, { traceId: 't', join: true }, 'INVALID_OPTION'],
    ['a result that is kept for a fetch', 1, { traceId: 't', scoped: true }, 'INVALID_OPTION'],
    ['a time that is none', 1, { timeoutS: -1 }, 'INVALID_OPTION'],
    ['a promise', Promise.resolve(1), undefined, 'INVALID_MESSAGE'],
    ['a payload that does not cross', { print: () => 1 }, undefined, 'NOT_ENCODABLE'],
    ['a meta that does not cross', 1, { meta: { print: () => 1 } }, 'NOT_ENCODABLE'],
    ['a meta that is larger than 16 kB', 1, { meta: { text: 'x'.repeat(17_000) } }, 'MESSAGE_TOO_LARGE'],
    ['a payload that is larger than the engine takes', 'x'.repeat(60_000), undefined, 'MESSAGE_TOO_LARGE'],
  ];
  for (const [title, payload, options, code] of refused) {
    it(`D27 refuses ${title} before anything is sent`, async () => {
      const { client, worker, runs } = await bench.connect(graph, { carrier: { maxBytes: 50_000 } });
      expect(await codeOf(client.emit(payload, options as PortOptions))).to.equal(code);
      await bench.clock.advance(0);
      expect([worker.taken, runs]).to.deep.equal([[], []]);
    });
  }

  it('D27 counts the head of a message, too', async () => {
    const { client, worker, runs } = await bench.connect(graph, { carrier: { maxBytes: 400 } });
    expect(await codeOf(client.emit('x'.repeat(390)))).to.equal('MESSAGE_TOO_LARGE');
    await bench.clock.advance(0);
    expect(worker.taken).to.deep.equal([]);
    expect(runs.at(-1)?.extra).to.include({ status: 'failed', error_code: 'MESSAGE_TOO_LARGE' });
  });

  it('D29 tells neither beginning nor end where the results go elsewhere, and keeps nothing of it', async () => {
    const { client, runs, came } = await bench.connect(graph, { distributed: { results: 'none' } });
    await client.emit(1);
    expect((await came()).head.results).to.equal('none');
    expect(runs).to.deep.equal([]);
    const codes = [codeOf(client.call(1)), codeOf(client.collect(1))];
    expect(await Promise.all(codes)).to.deep.equal(['RESULTS_QUEUED', 'RESULTS_QUEUED']);
    expect(() => client.stream(1))
      .to.throw()
      .with.property('code', 'RESULTS_QUEUED');
  });
});
