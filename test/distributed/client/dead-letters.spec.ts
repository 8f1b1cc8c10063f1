import { expect } from 'chai';
import { FlowError, start } from '#src/index.js';
import { queue, type ClientDeadLetters } from '#src/distributed/index.js';
import { pass } from '../../support/nodes.js';
import { codeOf, failureOf, isPending } from '../../support/settling.js';
import { useClients, type Connected } from './support/client-bench.js';

const Parse = pass('Parse');
const Score = pass('Score');

describe('dead letters of a client', () => {
  const bench = useClients();
  const graph = start(Parse).to(Score);

  /** Emits payloads that all die. */
  async function died(payloads: readonly unknown[], options = {}): Promise<Connected> {
    const connected = await bench.connect(graph, options);
    const { client, worker, came } = connected;
    const error = new FlowError('NODE_EXCEPTION', { message: 'no', nodeName: 'Parse' });
    const dead = { reason: JSON.stringify(error.toPayload()) };
    for (const [from, payload] of payloads.entries()) {
      await client.emit(payload, { traceId: `t${from}`, tenant: 'acme', timeoutS: 60 });
      await worker.session.settle((await came(from)).delivery, { departures: [], dead });
    }
    worker.taken.length = 0;
    return connected;
  }

  it('D11 are shown with what is known of them, and their payload on demand', async () => {
    const { client } = await died([{ page: 1 }, 'two']);
    const [letter, second] = await client.deadLetters.list();
    expect(letter).to.include({ queue: 'Parse', traceId: 't0', tenant: 'acme', deadMs: bench.clock.now() });
    expect(letter?.nodes).to.deep.equal(['Parse']);
    expect(letter?.key).to.equal(letter?.rootId);
    expect(letter?.error).to.include({ code: 'NODE_EXCEPTION', message: 'no', nodeName: 'Parse' });
    expect(letter?.payload()).to.deep.equal({ page: 1 });
    expect((await client.deadLetters.read(second?.id as string))?.payload()).to.equal('two');
    expect(await client.deadLetters.read('4711')).to.equal(undefined);
    expect(await client.deadLetters.list({ limit: 1, after: letter?.id as string })).to.have.length(1);
  });

  it('D7 are sent once more under another id and the same key, without the deadline they had', async () => {
    const { client, came } = await died(['doc']);
    const [letter] = await client.deadLetters.list();
    await bench.clock.advance(120_000);
    expect(await client.deadLetters.redrive(letter?.id as string)).to.equal(1);
    const { delivery, head, payload } = await came();
    expect(payload).to.equal('doc');
    expect(head).to.include({
      key: letter?.key,
      root: letter?.rootId,
      deadlineMs: undefined,
      beganMs: bench.clock.now(),
    });
    expect(delivery.id).to.match(/^[\w-]{32}$/);
    expect(await client.deadLetters.list()).to.deep.equal([]);
    expect(await client.deadLetters.redrive(letter?.id as string)).to.equal(0);
  });

  it('D7 are sent in bulk with a rate, and stop at a signal', async () => {
    const { client, worker } = await died([1, 2, 3, 4, 5]);
    const controller = new AbortController();
    const redriven = failureOf(client.deadLetters.redrive({}, { perS: 2, signal: controller.signal }));
    await bench.clock.advance(0);
    expect(worker.taken).to.have.length(1);
    await bench.clock.advance(1_000);
    expect(worker.taken.map(({ payload }) => payload)).to.deep.equal([1, 2, 3]);
    controller.abort();
    await bench.clock.advance(1_000);
    expect((await redriven).code).to.equal('ABORTED');
    expect(await client.deadLetters.list()).to.have.length(2);
  });

  it('D7 all of a queue are those that were there: what fails again meanwhile is not sent again and again', async () => {
    const payloads = Array.from({ length: 130 }, (_, number) => number);
    const { client, worker } = await died(payloads, {
      distributed: { queues: [queue(Parse, { maxInFlight: 1_000 })] },
    });
    const redriven = client.deadLetters.redrive({ queue: 'Parse' }, { perS: 100 });
    for (let settled = 0; settled < 130; await bench.clock.advance(10)) {
      for (const { delivery } of worker.taken.splice(0)) {
        settled++;
        await worker.session.settle(delivery, { departures: [], dead: { reason: '{}' } });
      }
    }
    expect(await redriven).to.equal(130);
    expect(await client.lag()).to.deep.include({
      queue: 'Parse',
      pending: 0,
      unacked: 0,
      oldestS: undefined,
      dead: 130,
    });
  });

  it('D14 wait for room in their queue', async () => {
    const { client, worker } = await died(['doc'], { distributed: { queues: [queue(Parse, { bound: 1 })] } });
    await client.emit('in the way');
    const redriven = client.deadLetters.redrive({});
    expect(await isPending(redriven)).to.equal(true);
    await worker.session.settle(worker.taken[0]?.delivery as never, { departures: [] });
    expect(await redriven).to.equal(1);
  });

  it('D11 are thrown away, and a letter that nobody can read is shown all the same', async () => {
    const { client, worker } = await bench.connect(graph);
    worker.session.put({ id: 'odd', queue: 'Parse', head: 'no head', body: 'no body' }, () => {});
    await bench.clock.advance(0);
    const odd = worker.taken[0]?.delivery as never;
    await worker.session.settle(odd, { departures: [], dead: { reason: 'no reason' } });
    const [letter] = await client.deadLetters.list();
    expect(letter).to.include({ queue: 'Parse', key: undefined, traceId: undefined });
    expect(letter?.error.message).to.equal('no reason');
    expect(() => letter?.payload())
      .to.throw()
      .with.property('code', 'NOT_DECODABLE');
    expect(await client.deadLetters.discard([letter?.id as string, '4711'])).to.equal(1);
  });

  it('redrive() refuses a rate that is none', async () => {
    const { client } = await bench.connect(graph);
    expect(await codeOf(client.deadLetters.redrive('1', { perS: 0 }))).to.equal('INVALID_OPTION');
    expect(await codeOf(client.deadLetters.redrive('1', { rate: 1 } as never))).to.equal('INVALID_OPTION');
  });

  const wrong: readonly (readonly [
    string,
    (letters: ClientDeadLetters) => Promise<unknown>,
    string,
    string | undefined,
  ])[] = [
    [
      'lists a queue that is not there',
      (letters) => letters.list({ queue: 'Score' }),
      'Expected `queue` of deadLetters.list() of flow "X" to be a queue of the flow, got "Score"',
      'Its queues are "Parse".',
    ],
    [
      'redrives a queue that is not there',
      (letters) => letters.redrive({ queue: 'Nope' }),
      'Expected `queue` of redrive() of flow "X" to be a queue of the flow, got "Nope"',
      'Its queues are "Parse".',
    ],
    [
      'redrives by a field that is none, which would be all of them',
      (letters) => letters.redrive({ quee: 'Parse' } as never),
      'Unknown option `quee` of redrive() of flow "X"',
      'Known options: queue.',
    ],
    [
      'lists by a field that is none',
      (letters) => letters.list({ node: 'Parse' } as never),
      'Unknown option `node` of deadLetters.list() of flow "X"',
      'Known options: queue, after, limit.',
    ],
    [
      'redrives by numbers',
      (letters) => letters.redrive([1] as never),
      'Expected `which` of redrive() of flow "X" to be an id, a list of ids, or `{ queue }`, got an array of 1',
      'For all of them write `redrive({})`.',
    ],
    [
      'discards by a queue',
      (letters) => letters.discard({ queue: 'Parse' } as never),
      'Expected `ids` of discard() of flow "X" to be an id, or a list of ids, got an object',
      undefined,
    ],
  ];
  for (const [title, ask, message, hint] of wrong) {
    it(`D11 tells who ${title}`, async () => {
      const { client } = await died(['doc']);
      const error = await failureOf(ask(client.deadLetters));
      expect([error.code, error.message]).to.deep.equal(['INVALID_OPTION', message.replace('X', client.name)]);
      if (hint !== undefined) expect(error.hint).to.equal(hint);
      expect(await client.deadLetters.list({ queue: 'Parse' })).to.have.length(1);
    });
  }

  it('D11 of a queue that is not there any more are listed and thrown away', async () => {
    const { client, worker, flowClass } = await bench.connect(graph);
    const queues = ['Parse', 'Old'].map((each) => ({ queue: each, bound: 10, maxInFlight: 10 }));
    await worker.session.provision({ flow: client.name, hash: 'former', queues }, 'ensure');
    worker.take('Old');
    worker.session.put({ id: 'old', queue: 'Old', head: '', body: '' }, () => {});
    await bench.clock.advance(0);
    await worker.session.settle(worker.taken[0]?.delivery as never, { departures: [], dead: { reason: '{}' } });
    await bench.another(flowClass);
    const [letter] = await client.deadLetters.list({ queue: 'Old' });
    expect(await client.deadLetters.list({ queue: 'Old', after: letter?.id as string })).to.deep.equal([]);
    expect(await client.deadLetters.discard(letter?.id as string)).to.equal(1);
    expect(await codeOf(client.deadLetters.list({ queue: 'Old' }))).to.equal('INVALID_OPTION');
  });

  it('D11 redrives nothing where nobody says what', async () => {
    const { client } = await bench.connect(graph);
    const { code, hint } = await failureOf(client.deadLetters.redrive(undefined as never));
    expect([code, hint]).to.deep.equal(['INVALID_OPTION', 'For all of them write `redrive({})`.']);
  });
});
