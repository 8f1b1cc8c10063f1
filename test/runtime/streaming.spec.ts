import { expect } from 'chai';
import fc from 'fast-check';

import { createFlow, Flow, FlowError, Node, start, StreamChunk, type FlowNode, type NodeContext } from '#src/index.js';
import { uncheckedGraph } from '#src/graph/unchecked-graph.js';
import { deferred } from '../support/deferred.js';
import { record, useFlows } from '../support/flows.js';
import { held } from '../support/nodes.js';
import { readAll } from '../support/read-all.js';
import { codeOf, settle } from '../support/settling.js';

@Node()
class Spell implements FlowNode<string, string> {
  async process(word: string, ctx: NodeContext): Promise<string> {
    const letters = Array.from(word);
    for (const [index, letter] of letters.entries()) {
      await ctx.emitChunk(letter, { done: index === letters.length - 1 });
    }
    return word.toUpperCase();
  }
}

@Node()
class Exclaim implements FlowNode<string, string> {
  process(word: string): string {
    return `${word}!`;
  }
}

describe('streaming', () => {
  const bench = useFlows();

  it('R18 stream() hands out the chunks in order and the final value as the return value', async () => {
    const flow = await bench.run(start(Spell).to(Exclaim));
    const stream = flow.stream('abc');
    const [pieces, final] = await readAll(stream);
    expect(pieces).to.deep.equal([
      new StreamChunk(stream.traceId, 0, 'a'),
      new StreamChunk(stream.traceId, 1, 'b'),
      new StreamChunk(stream.traceId, 2, 'c', true),
    ]);
    expect(final).to.equal('ABC!');
    expect(await stream.result).to.equal('ABC!');
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R18 a chunk inherits the envelope', async () => {
    const flow = await bench.run(start(Spell));
    await flow.emit('x', { traceId: 't', tenant: 'acme', meta: { k: 1 } });
    const message = await flow.fetchMessage({ traceId: 't', tenant: 'acme' });
    expect(message.payload).to.deep.equal(new StreamChunk('t', 0, 'x', true));
    expect(message.headers.tenant).to.equal('acme');
    expect(message.meta).to.deep.equal({ k: 1 });
  });

  it('R18 numbers start over after done, and each stream id counts by itself', async () => {
    @Node()
    class Mixed {
      async process(_: unknown, ctx: NodeContext): Promise<void> {
        await ctx.emitChunk('a1', { streamId: 'a' });
        await ctx.emitChunk('b1', { streamId: 'b' });
        await ctx.emitChunk('a2', { streamId: 'a', done: true });
        await ctx.emitChunk('a3', { streamId: 'a' });
        await ctx.emitChunk('b2', { streamId: 'b' });
      }
    }
    const flow = await bench.run(start(Mixed));
    const [pieces] = await readAll(flow.stream('go'));
    expect((pieces as StreamChunk[]).map(({ streamId, seq, text }) => [streamId, seq, text])).to.deep.equal([
      ['a', 0, 'a1'],
      ['b', 0, 'b1'],
      ['a', 1, 'a2'],
      ['a', 0, 'a3'],
      ['b', 1, 'b2'],
    ]);
  });

  it('R18 chunks into one stream are numbered without a gap under any interleaving', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ stream: fc.constantFrom('x', 'y'), wait: fc.boolean() }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        async (plan, concurrency) => {
          @Node({ concurrency: 8 })
          class Writer {
            async process(_: unknown, ctx: NodeContext): Promise<void> {
              const parts = plan.map(async ({ stream, wait }) => {
                if (wait) await Promise.resolve();
                await ctx.emitChunk('.', { streamId: stream });
              });
              await Promise.all(parts);
            }
          }
          @Node()
          class Spread {
            async process(_: unknown, ctx: NodeContext): Promise<void> {
              for (let n = 0; n < concurrency; n++) await ctx.emit(n);
            }
          }
          const flow = await bench.run(uncheckedGraph([[Spread as never, [Writer as never]]]) as never, {
            queueMaxsize: 2,
          });
          const [pieces] = await readAll(flow.stream('go'));
          for (const id of ['x', 'y']) {
            const numbers = (pieces as StreamChunk[]).filter((c) => c.streamId === id).map((c) => c.seq);
            expect(numbers).to.deep.equal(numbers.map((_, index) => index));
          }
          expect(pieces).to.have.lengthOf(plan.length * concurrency);
          await flow.stop();
        },
      ),
      { numRuns: 40 },
    ));

  it('R18 `to` sends chunks to the named successors instead', async () => {
    const seen: unknown[] = [];
    @Node()
    class Keep {
      process(chunk: unknown): void {
        seen.push(chunk);
      }
    }
    @Node()
    class Talk {
      async process(_: unknown, ctx: NodeContext): Promise<void> {
        await ctx.emitChunk('hi', { to: Keep });
      }
    }
    const flow = await bench.run(uncheckedGraph([[Talk as never, [Keep as never]]]) as never);
    const [pieces] = await readAll(flow.stream('go'));
    expect(pieces).to.deep.equal([]);
    expect(seen).to.have.lengthOf(1);
    expect(seen[0]).to.include({ text: 'hi', seq: 0 });
  });

  it('R18 a slow reader slows the node down, and nothing else', async () => {
    let sent = 0;
    @Node({ concurrency: 2 })
    class Pour {
      async process(job: string, ctx: NodeContext): Promise<string> {
        if (job === 'quick') return 'done';
        for (let n = 0; n < 100; n++) {
          await ctx.emitChunk(String(n));
          sent++;
        }
        return 'poured';
      }
    }
    const flow = await bench.run(start(Pour), { queueMaxsize: 4 });
    const stream = flow.stream('slow');
    await stream.next();
    await new Promise(setImmediate);
    expect(sent).to.be.lessThan(8);
    expect(await flow.call('quick')).to.equal('done');
    const [pieces, final] = await readAll(stream);
    expect(pieces).to.have.lengthOf(99);
    expect(final).to.equal('poured');
  });

  it('R18 a reader that leaves early cancels the trace', async () => {
    const aborted = deferred<unknown>();
    @Node()
    class Endless {
      async process(_: unknown, ctx: NodeContext): Promise<void> {
        ctx.signal.addEventListener('abort', () => aborted.resolve(ctx.signal.reason));
        for (;;) await ctx.emitChunk('.');
      }
    }
    const flow = await bench.run(start(Endless), { queueMaxsize: 2 });
    for await (const piece of flow.stream('go')) {
      expect(piece).to.be.instanceOf(StreamChunk);
      break;
    }
    expect(FlowError.is(await aborted.promise, 'TRACE_CANCELLED')).to.equal(true);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R14 a failure reaches the reader after the chunks that came before it', async () => {
    @Node()
    class Break {
      async process(_: unknown, ctx: NodeContext): Promise<void> {
        await ctx.emitChunk('one');
        throw new Error('broken');
      }
    }
    const flow = await bench.run(start(Break));
    const stream = flow.stream('go');
    expect(await stream.next()).to.deep.include({ done: false });
    const error = await stream.next().catch((reason: unknown) => reason);
    expect(FlowError.is(error, 'NODE_EXCEPTION')).to.equal(true);
    expect(await stream.result.catch((reason: unknown) => reason)).to.equal(error);
    expect(await stream.next()).to.deep.equal({ done: true, value: undefined });
  });

  it('R18 values of an async generator are pieces, through later nodes too, and its return value is the final one', async () => {
    @Node()
    class Count implements FlowNode<number, string> {
      async *process(to: number): AsyncGenerator<string, string> {
        for (let n = 1; n <= to; n++) yield String(n);
        return 'end';
      }
    }
    @Flow({ name: 'generator' })
    class Counting {
      readonly graph = start(Count).to(Exclaim);
    }
    await using flow = createFlow(Counting);
    flow.on('node_failed', () => {});
    await flow.run();
    expect(await readAll(flow.stream(3))).to.deep.equal([['1!', '2!', '3!'], 'end!']);
  });

  it('R18 a call takes the answer and leaves the chunks', async () => {
    const flow = await bench.run(start(Spell));
    expect(await flow.call('abc')).to.equal('ABC');
    expect(flow.snapshot()).to.include({ results: 0, traces: 0, discardedResults: 0 });
  });

  it('R18 the signal of a stream cancels its trace', async () => {
    @Node()
    class Hang {
      process(_: unknown, ctx: NodeContext): Promise<void> {
        return new Promise((_resolve, reject) => {
          ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error));
        });
      }
    }
    const flow = await bench.run(start(Hang));
    const controller = new AbortController();
    const next = flow.stream('go', { signal: controller.signal }).next();
    controller.abort();
    expect(FlowError.is(await next.catch((reason: unknown) => reason), 'ABORTED')).to.equal(true);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('refuses a chunk that is no text, naming the node', async () => {
    @Node()
    class Wrong {
      async process(_: unknown, ctx: NodeContext): Promise<void> {
        await ctx.emitChunk(42 as never);
      }
    }
    const flow = await bench.run(start(Wrong));
    const error = (await flow.call('go').catch((reason: unknown) => reason)) as FlowError;
    expect((error.cause as FlowError).message).to.equal(
      'Expected `text` of emitChunk() of node "Wrong" to be a string, got 42',
    );
  });

  it('R18 next() called before the last one has settled is answered in the order of the calls, and none hangs', async () => {
    @Node()
    class Count {
      async *process(_: string): AsyncGenerator<number, string> {
        for (const n of [1, 2, 3]) yield n;
        return 'done';
      }
    }
    const flow = await bench.run(start(Count));
    const stream = flow.stream('go');
    const steps = await Promise.all([1, 2, 3, 4, 5].map(async () => stream.next()));
    expect(steps.map(({ value }) => value as unknown)).to.deep.equal([1, 2, 3, 'done', undefined]);
    const left = flow.stream('go');
    const waiting = [left.next(), left.next()];
    await left.return();
    expect((await Promise.all(waiting)).map(({ done }) => done)).to.deep.equal([true, true]);
  });

  it('R8 R18 a result that nobody reads towards is rejected when the flow stops, and when the run is cancelled', async () => {
    const flow = await bench.run(start(Spell).to(Exclaim));
    const stopped = flow.stream('x').result;
    const cancelled = flow.stream('y', { traceId: 'y' }).result;
    flow.cancel('y');
    expect(await codeOf(cancelled)).to.equal('TRACE_CANCELLED');
    await flow.stop();
    expect(await codeOf(stopped)).to.equal('FLOW_STOPPED');
  });

  it('R14 R17 what comes after the answer of a stream is counted like what comes after that of a call', async () => {
    const fast = held('Fast');
    const failing = held('Failing');
    const second = held('Second');
    const flow = await bench.run(start(fast.node, failing.node, second.node));
    const events = record(flow);
    for (const way of ['call', 'stream'] as const) {
      const before = flow.snapshot();
      const answer = way === 'call' ? flow.call('x') : readAll(flow.stream('x'));
      await settle();
      for (const [{ calls }, value] of [
        [fast, 'answer'],
        [second, 'further'],
      ] as const)
        calls.at(-1)?.resolve(value);
      failing.calls.at(-1)?.reject(new Error('late'));
      await answer;
      await settle();
      const after = flow.snapshot();
      expect(after.discardedResults - before.discardedResults, way).to.equal(1);
      expect(after.unclaimedFailures - before.unclaimedFailures, way).to.equal(1);
    }
    expect(events.filter(({ eventType }) => eventType === 'node_failed')).to.have.length(2);
  });
});
