import { expect } from 'chai';
import {
  createFlow,
  emitStreamEvents,
  Flow,
  FlowError,
  Node,
  start,
  StreamChunk,
  type FlowNode,
  type NodeContext,
  type StreamEventOptions,
} from '#src/index.js';
import { testContext } from '#src/testing/index.js';

async function* letters(...words: readonly string[]): AsyncGenerator<string> {
  yield* words;
}

async function chunksOf<T>(
  source: AsyncIterable<T> | Iterable<T>,
  options?: StreamEventOptions<T>,
): Promise<{ readonly text: string; readonly chunks: readonly unknown[] }> {
  const ctx = testContext();
  const text = await emitStreamEvents(source, ctx, options);
  return { text, chunks: ctx.chunks.map((chunk) => [chunk.seq, chunk.text, chunk.done, chunk.meta]) };
}

/** A source that gives one value and then hangs. */
class Hanging implements AsyncIterator<string>, AsyncIterable<string> {
  closed = 0;
  #asked = 0;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<string>> {
    return this.#asked++ === 0 ? Promise.resolve({ done: false, value: 'first' }) : new Promise(() => {});
  }

  return(): Promise<IteratorResult<string>> {
    this.closed++;
    return new Promise(() => {});
  }
}

describe('emitStreamEvents', () => {
  it('R18 emits a chunk for each event, closes the stream, and gives the whole text', async () => {
    expect(await chunksOf(letters('kr', 'ill'))).to.deep.equal({
      text: 'krill',
      chunks: [
        [0, 'kr', false, {}],
        [1, 'ill', false, {}],
        [2, '', true, {}],
      ],
    });
    expect((await chunksOf([1, 2])).text).to.equal('12');
  });

  it('R18 closes a stream without events, with the meta for its end', async () => {
    expect((await chunksOf(letters(), { finalMeta: { tokens: 0 } })).chunks).to.deep.equal([
      [0, '', true, { tokens: 0 }],
    ]);
  });

  it('R18 asks the adapter what an event is, and leaves out events that are nothing', async () => {
    const source = [{ delta: 'a' }, { ping: true }, { delta: 'b', stop: true }];
    const { text, chunks } = await chunksOf<{ delta?: string; stop?: boolean }>(source, {
      adapter: ({ delta, stop = false }) => (delta === undefined ? null : { text: delta, done: stop, meta: { stop } }),
    });
    expect(text).to.equal('ab');
    expect(chunks).to.deep.equal([
      [0, 'a', false, { stop: false }],
      [1, 'b', true, { stop: true }],
    ]);
  });

  it('a source that says "done" and goes on makes a second stream, which is closed as well', async () => {
    const { chunks } = await chunksOf(letters('a', 'b'), { adapter: (text) => ({ text, done: text === 'a' }) });
    expect(chunks).to.deep.equal([
      [0, 'a', true, {}],
      [0, 'b', false, {}],
      [1, '', true, {}],
    ]);
  });

  it('passes on what the source throws, without a last chunk', async () => {
    async function* broken(): AsyncGenerator<string> {
      yield 'a';
      throw new RangeError('cut off');
    }
    const ctx = testContext();
    const error: unknown = await emitStreamEvents(broken(), ctx).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(RangeError);
    expect(ctx.chunks.map(({ text }) => text)).to.deep.equal(['a']);
  });

  it('R18 closes the source when the adapter fails', async () => {
    const source = new Hanging();
    const options = { adapter: () => 7 as unknown as string };
    const error: unknown = await emitStreamEvents(source, testContext(), options).catch((thrown: unknown) => thrown);
    expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
    expect(source.closed).to.equal(1);
  });

  it('refuses what is not iterable, and options nobody knows', async () => {
    for (const promise of [
      emitStreamEvents(7 as unknown as string, testContext()),
      emitStreamEvents(null as unknown as string, testContext()),
      emitStreamEvents('abc', testContext(), { stream: 'x' } as object),
      emitStreamEvents('abc', testContext(), { adapter: 'x' as never }),
    ]) {
      const error: unknown = await promise.catch((thrown: unknown) => thrown);
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
    }
  });

  it('R11 R16 closes a source that hangs when the attempt is interrupted', async () => {
    const source = new Hanging();
    @Node()
    class Talk implements FlowNode<string, string> {
      process(_question: string, ctx: NodeContext): Promise<string> {
        return emitStreamEvents(source, ctx);
      }
    }
    @Flow()
    class Talking {
      readonly graph = start(Talk);
    }
    const flow = createFlow(Talking);
    flow.on('node_failed', () => {});
    await flow.run();
    const stream = flow.stream('why');
    const first = await stream.next();
    expect((first.value as StreamChunk).text).to.equal('first');
    flow.cancel(stream.traceId);
    const error: unknown = await stream.next().catch((thrown: unknown) => thrown);
    expect(FlowError.is(error, 'TRACE_CANCELLED')).to.equal(true);
    expect(source.closed).to.equal(1);
    expect(await flow.stop()).to.deep.equal({ drained: true, dropped: 0, stuckNodes: [], unflushed: [] });
  });
});
