import { expect } from 'chai';
import { FlowError, start, StreamChunk, type PortStream } from '#src/index.js';
import { pass } from '../../support/nodes.js';
import { failureOf, isPending } from '../../support/settling.js';
import { useClients, type Connected } from './support/client-bench.js';
import type { Taken } from './support/fake-worker.js';

const Parse = pass('Parse');

/** What a reader sees of a piece. */
function seen(piece: unknown): unknown {
  return piece instanceof StreamChunk ? `${piece.seq}:${piece.text}${piece.done ? '.' : ''}` : piece;
}

describe('D19 stream() of a client', () => {
  const bench = useClients();
  const graph = start(Parse);

  /** A stream whose message has come to the other side. */
  async function opened(
    options = {},
  ): Promise<Connected & { readonly stream: PortStream<unknown>; readonly taken: Taken }> {
    const connected = await bench.connect(graph, options);
    const stream = connected.client.stream('question', { traceId: 't' });
    return { ...connected, stream, taken: await connected.came() };
  }

  async function take(stream: PortStream<unknown>, count: number): Promise<unknown[]> {
    const pieces: unknown[] = [];
    for (let left = count; left > 0; left--) {
      const next = stream.next();
      await bench.clock.advance(0);
      pieces.push(seen((await next).value));
    }
    return pieces;
  }

  it('hands out chunks and pieces, then the final value as the return value and as `result`', async () => {
    const { stream, worker, taken, runs } = await opened();
    expect([stream.traceId, taken.head.kind]).to.deep.equal(['t', 'stream']);
    worker.chunk(taken, 0, { meta: '{"model":"x"}' });
    worker.chunk(taken, 1, { done: true });
    await bench.clock.advance(0);
    await worker.result(taken, { page: 1 }, { piece: true, closes: false });
    await worker.result(taken, 'answer', { chunks: { t: 2 } });
    const first = await stream.next();
    expect(first.value)
      .to.be.instanceOf(StreamChunk)
      .and.deep.include({ streamId: 't', meta: { model: 'x' } });
    expect(await take(stream, 2)).to.deep.equal(['1:t1.', { page: 1 }]);
    expect(await stream.next()).to.deep.equal({ done: true, value: 'answer' });
    expect(await stream.next()).to.deep.equal({ done: true, value: undefined });
    expect(await stream.result).to.equal('answer');
    expect(runs.map(({ eventType }) => eventType)).to.deep.equal(['trace_start', 'trace_end']);
    expect(runs.at(-1)?.extra).to.include({ kind: 'stream', status: 'succeeded', results: 2 });
  });

  it('numbers chunks by stream id, in order, and drops what comes twice', async () => {
    const { stream, worker, taken } = await opened();
    for (const at of [0, 2, 1, 1, 0, 3]) worker.chunk(taken, at, { seq: 40 + at });
    worker.chunk(taken, 0, { streamId: 'other' });
    worker.chunk(taken, 0, { from: 'another-arrival', text: 'a' });
    expect(await take(stream, 6)).to.deep.equal(['0:t0', '1:t1', '2:t2', '3:t3', '0:t0', '4:a']);
    expect(await isPending(stream.next())).to.equal(true);
  });

  it('asks again for what got lost, once at once and then from time to time', async () => {
    const { worker, taken } = await opened();
    const again = (): number => worker.credits.filter((credit) => credit.again === true).length;
    worker.chunk(taken, 0);
    worker.chunk(taken, 2);
    worker.chunk(taken, 3);
    await bench.clock.advance(0);
    expect(again()).to.equal(1);
    expect(worker.credits.at(-1)).to.include({ from: taken.delivery.id, run: 1, streamId: 't', again: true });
    await bench.clock.advance(2_000);
    expect(again()).to.equal(3);
  });

  it('does not take for a gap what comes twice', async () => {
    const { worker, taken } = await opened();
    for (const at of [0, 1, 0, 1]) worker.chunk(taken, at);
    await bench.clock.advance(3_000);
    expect(worker.credits).to.not.deep.equal([]);
    expect(worker.credits.filter(({ again }) => again)).to.deep.equal([]);
  });

  it('asks for the last chunks, of which nobody would miss one but for the count of the result', async () => {
    const { stream, worker, taken } = await opened();
    worker.chunk(taken, 0);
    await bench.clock.advance(0);
    const { id: from } = taken.delivery;
    await worker.result(taken, 'answer', { chunks: { t: 2 }, from, run: 1 });
    await bench.clock.advance(0);
    expect(worker.credits.some(({ again }) => again)).to.equal(true);
    expect(await take(stream, 1)).to.deep.equal(['0:t0']);
    expect(await isPending(stream.result)).to.equal(true);
    worker.chunk(taken, 1);
    expect(await take(stream, 2)).to.deep.equal(['1:t1', 'answer']);
  });

  it('asks for all of them where not one has come, and goes on without when nobody sends them', async () => {
    const { stream, worker, taken } = await opened();
    await worker.result(taken, 'answer', { chunks: { t: 2 }, from: taken.delivery.id, run: 7 });
    await bench.clock.advance(0);
    expect(worker.credits).to.deep.equal([{ from: taken.delivery.id, run: 7, streamId: 't', at: 0, again: true }]);
    const next = stream.next();
    await bench.clock.advance(9_000);
    expect(await isPending(next)).to.equal(true);
    await bench.clock.advance(2_000);
    expect(await next).to.deep.equal({ done: true, value: 'answer' });
  });

  it('says that chunks begin anew, and numbers them from 0', async () => {
    const { stream, worker, taken } = await opened();
    worker.chunk(taken, 0);
    worker.chunk(taken, 1);
    await bench.clock.advance(0);
    worker.chunk(taken, 0, { run: 2, text: 'anew' });
    worker.chunk(taken, 2, { run: 1, text: 'of the dead' });
    worker.chunk(taken, 1, { run: 2, text: 'more' });
    expect(await take(stream, 5)).to.deep.equal([
      '0:t0',
      '1:t1',
      { restarted: true, streamId: 't' },
      '0:anew',
      '1:more',
    ]);
    await worker.result(taken, 'answer', { chunks: { t: 2 }, from: taken.delivery.id, run: 2 });
    expect(await stream.next()).to.deep.equal({ done: true, value: 'answer' });
  });

  it('says nothing of a restart of which no chunk had come', async () => {
    const { stream, worker, taken } = await opened();
    worker.chunk(taken, 1);
    worker.chunk(taken, 0, { run: 2 });
    expect(await take(stream, 1)).to.deep.equal(['0:t0']);
  });

  it('gives credit for what the reader takes, and none for what it does not', async () => {
    const { stream, worker, taken } = await opened();
    for (let at = 0; at < 64; at++) worker.chunk(taken, at);
    await bench.clock.advance(900);
    expect(worker.credits).to.deep.equal([]);
    await take(stream, 16);
    expect(worker.credits.map(({ at }) => at)).to.deep.equal([16]);
    await take(stream, 3);
    await bench.clock.advance(20);
    expect(worker.credits.map(({ at }) => at)).to.deep.equal([16, 19]);
    // A reader that is slow is still there: its sender hears so, and gets no more room.
    await bench.clock.advance(5_000);
    const later = worker.credits.slice(2);
    expect(later.length).to.be.within(4, 6);
    expect(later.every(({ at, again }) => at === 19 && again === undefined)).to.equal(true);
  });

  it('credits all at its end, so that nobody keeps it for a reader', async () => {
    const { worker, taken } = await opened();
    for (let at = 0; at < 5; at++) worker.chunk(taken, at);
    await bench.clock.advance(0);
    await worker.result(taken, 'answer', { chunks: { t: 5 } });
    await bench.clock.advance(0);
    expect(worker.credits.at(-1)).to.include({ at: 5 });
  });

  it('a piece comes after the chunks that were sent before it', async () => {
    const { stream, worker, taken } = await opened();
    await worker.result(taken, 'piece', { piece: true, closes: false, chunks: { t: 1 } });
    await bench.clock.advance(0);
    worker.chunk(taken, 0);
    expect(await take(stream, 2)).to.deep.equal(['0:t0', 'piece']);
  });

  it('ends with undefined when all tokens are closed and nothing was final', async () => {
    const { stream, worker, taken } = await opened();
    await worker.result(taken, 'piece', { piece: true });
    expect(await take(stream, 1)).to.deep.equal(['piece']);
    expect(await stream.next()).to.deep.equal({ done: true, value: undefined });
    expect(await stream.result).to.equal(undefined);
  });

  it('rejects with the failure when what came before it was read; `result` at once', async () => {
    const { stream, worker, taken } = await opened();
    worker.chunk(taken, 0);
    await bench.clock.advance(0);
    const result = failureOf(stream.result);
    await worker.failure(taken, new FlowError('NODE_EXCEPTION', { message: 'no' }));
    expect((await result).code).to.equal('NODE_EXCEPTION');
    expect(await take(stream, 1)).to.deep.equal(['0:t0']);
    expect((await failureOf(stream.next())).code).to.equal('NODE_EXCEPTION');
    expect(await stream.next()).to.deep.equal({ done: true, value: undefined });
  });

  it('D16 leaving the loop cancels the run', async () => {
    const { stream, worker, taken, runs } = await opened();
    worker.chunk(taken, 0);
    for await (const piece of stream) {
      expect(seen(piece)).to.equal('0:t0');
      break;
    }
    await bench.clock.advance(0);
    expect(worker.cancels.map(({ key }) => key)).to.deep.equal([`root ${taken.head.root}`]);
    expect(runs.at(-1)?.extra).to.include({ status: 'cancelled', reason: 'its stream was left' });
    expect(await stream.result).to.equal(undefined);
  });

  it('ends a run whose reader takes nothing for `chunkStallS`', async () => {
    const { stream, worker, taken, runs } = await opened({ flow: { chunkStallS: 30 } });
    worker.chunk(taken, 0);
    worker.chunk(taken, 1);
    await bench.clock.advance(29_000);
    expect(await take(stream, 1)).to.deep.equal(['0:t0']);
    await bench.clock.advance(29_000);
    expect(runs).to.have.length(1);
    await bench.clock.advance(4_000);
    expect((await failureOf(stream.next())).code).to.equal('READER_STALLED');
    expect(worker.cancels).to.have.length(1);
  });

  it('several calls of next() are answered in their order', async () => {
    const { stream, worker, taken } = await opened();
    const nexts = [stream.next(), stream.next(), stream.next(), stream.next()];
    worker.chunk(taken, 0);
    await bench.clock.advance(0);
    await worker.result(taken, 'piece', { piece: true, closes: false });
    await worker.result(taken, 'answer');
    const steps = await Promise.all(nexts);
    expect(steps.map(({ done, value }) => [done, seen(value)])).to.deep.equal([
      [false, '0:t0'],
      [false, 'piece'],
      [true, 'answer'],
      [true, undefined],
    ]);
  });
});
