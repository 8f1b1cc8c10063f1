import process from 'node:process';

import { expect } from 'chai';
import fc from 'fast-check';

import { uncheckedGraph } from '#src/graph/unchecked-graph.js';
import { FlowError, Node, start, StreamChunk, type FlowNode, type NodeContext } from '#src/index.js';
import { deferred } from '../../support/deferred.js';
import { useFlows } from '../../support/flows.js';
import { held, rows } from '../../support/nodes.js';
import { readAll } from '../../support/read-all.js';
import { settle } from '../../support/settling.js';

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

describe('a stream and its reader', () => {
  const bench = useFlows();

  it('R18 chunks that a reader waits for and chunks that wait for it come in one order, and none is lost', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 20 }),
        fc.array(fc.boolean(), { maxLength: 20 }),
        async (writerPauses, readerPauses) => {
          @Node()
          class Write {
            async process(_: string, ctx: NodeContext): Promise<string> {
              for (const pauses of writerPauses) {
                if (pauses) await new Promise(setImmediate);
                void ctx.emitChunk('.');
              }
              return 'end';
            }
          }
          const flow = await bench.run(start(Write), { queueMaxsize: 2 });
          const stream = flow.stream('go');
          const numbers: number[] = [];
          for (let at = 0; ; at++) {
            if (readerPauses[at] === true) await new Promise(setImmediate);
            const step = await stream.next();
            if (step.done === true) break;
            numbers.push((step.value as StreamChunk).seq);
          }
          expect(numbers).to.deep.equal(writerPauses.map((_, index) => index));
          expect(await stream.result).to.equal('end');
          expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
          await flow.stop();
        },
      ),
      { numRuns: 30 },
    ));

  it('R18 a chunk that nobody waits for brings no process down: refused, too late, or waiting for room when the trace is cancelled', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    try {
      for (const ordered of [false, true]) {
        let context: NodeContext | undefined;
        @Node({ ordered, concurrency: 2 })
        class Careless {
          process(_: string, ctx: NodeContext): Promise<void> {
            context = ctx;
            void ctx.emitChunk('one');
            void ctx.emitChunk('two');
            void ctx.emitChunk(42 as never);
            return new Promise(() => {});
          }
        }
        const flow = await bench.run(start(Careless), { queueMaxsize: 1 });
        const stream = flow.stream('go');
        await new Promise(setImmediate);
        flow.cancel(stream.traceId);
        void context?.emitChunk('late');
        void stream.next();
        // This reader waits for a chunk when its trace is cancelled, the one above comes afterwards.
        const waiting = flow.stream('go');
        for (let n = 0; n < 2; n++) await waiting.next();
        void waiting.next();
        flow.cancel(waiting.traceId);
        await new Promise(setImmediate);
        expect(flow.snapshot().traces).to.equal(0);
      }
      expect(unhandled).to.deep.equal([]);
    } finally {
      process.off('unhandledRejection', listen);
    }
  });

  for (const ordered of [false, true]) {
    const kind = ordered ? 'an ordered node' : 'a node';

    it(`R6 R11 a chunk of ${kind} that waits for room rejects when its trace is cancelled, and a later one too`, async () => {
      const emitted = deferred<Promise<unknown>[]>();
      let context: NodeContext | undefined;
      @Node({ ordered, concurrency: 2 })
      class Fill {
        process(_: string, ctx: NodeContext): Promise<void> {
          context = ctx;
          emitted.resolve([ctx.emitChunk('room'), ctx.emitChunk('none')]);
          return new Promise(() => {});
        }
      }
      const flow = await bench.run(start(Fill), { queueMaxsize: 1 });
      const stream = flow.stream('go');
      const [room, none] = await emitted.promise;
      expect(await room).to.deep.equal(new StreamChunk(stream.traceId, 0, 'room'));
      flow.cancel(stream.traceId);
      const outcomes = await Promise.allSettled([none, context?.emitChunk('late')]);
      expect(outcomes.map((each) => each.status === 'rejected' && (each.reason as FlowError).code)).to.deep.equal([
        'TRACE_CANCELLED',
        'ATTEMPT_ENDED',
      ]);
    });
  }

  it('R18 the stream of the trace id may be named, and shares its numbers', async () => {
    @Node()
    class Named {
      async process(_: unknown, ctx: NodeContext): Promise<void> {
        await ctx.emitChunk('0');
        await ctx.emitChunk('1', { streamId: ctx.traceId, done: true });
        await ctx.emitChunk('0', { streamId: ctx.traceId });
        await ctx.emitChunk('1');
      }
    }
    const flow = await bench.run(start(Named));
    const [pieces] = await readAll(flow.stream('go'));
    expect((pieces as StreamChunk[]).map(({ seq, text }) => [seq, text])).to.deep.equal([
      [0, '0'],
      [1, '1'],
      [0, '0'],
      [1, '1'],
    ]);
  });

  it('refuses options of a chunk that nobody knows, and options that are no object', async () => {
    @Node()
    class Wrong {
      async process(options: unknown, ctx: NodeContext): Promise<string> {
        await ctx.emitChunk('x', options as never);
        return 'taken';
      }
    }
    const flow = await bench.run(start(Wrong));
    const messageFor = async (options: unknown): Promise<string> =>
      flow.call(options as never).then(String, (error: unknown) => ((error as FlowError).cause as FlowError).message);
    expect(await messageFor({ finished: true })).to.equal('Unknown option `finished` of emitChunk() of node "Wrong"');
    expect(await messageFor('done')).to.match(
      /^Expected the options of emitChunk\(\) of node "Wrong" to be an object/u,
    );
    expect(await messageFor({ streamId: '' })).to.match(/^Expected `streamId` of emitChunk\(\) of node "Wrong"/u);
    // What an object inherits is no option that somebody gave.
    expect(await messageFor(Object.create({ inherited: 1 }) as unknown)).to.equal('taken');
  });

  it('R17 next() that is asked before the stream has anything is answered in order, beside another stream of the trace id', async () => {
    const flow = await bench.run(start(Spell));
    const first = flow.stream('a', { traceId: 't' });
    const second = flow.stream('bc', { traceId: 't' });
    const early = Promise.all([second.next(), second.next(), second.next(), second.next()]);
    await readAll(first);
    const steps = await early;
    expect(steps.map(({ value }) => (value instanceof StreamChunk ? value.text : value))).to.deep.equal([
      'b',
      'c',
      'BC',
      undefined,
    ]);
    expect(await second.result).to.equal('BC');
  });

  it('R17 streams that their signal aborts fail for who reads them, also when they were asked before, and another of that trace id goes on', async () => {
    const flow = await bench.run(start(Spell));
    const first = flow.stream('a', { traceId: 't' });
    const controller = new AbortController();
    const second = flow.stream('b', { traceId: 't', signal: controller.signal });
    const third = flow.stream('c', { traceId: 't', signal: controller.signal });
    const asked = [second.next(), second.next()];
    controller.abort();
    const [failed, after] = await Promise.allSettled(asked);
    expect(failed?.status === 'rejected' && FlowError.is(failed.reason, 'ABORTED')).to.equal(true);
    expect(after).to.deep.equal({ status: 'fulfilled', value: { done: true, value: undefined } });
    const late = await third.next().catch((reason: unknown) => reason);
    expect(FlowError.is(late, 'ABORTED')).to.equal(true);
    expect(await third.result.catch((reason: unknown) => reason)).to.equal(late);
    await readAll(first);
  });

  it('R16 a cancel reaches those who wait for the next piece: the first with the error, the others with the end', async () => {
    @Node()
    class Hang {
      process(): Promise<void> {
        return new Promise(() => {});
      }
    }
    const flow = await bench.run(start(Hang));
    const stream = flow.stream('go');
    const asked = [stream.next(), stream.next()];
    const result = stream.result;
    flow.cancel(stream.traceId);
    const [failed, after] = await Promise.allSettled(asked);
    expect(failed?.status === 'rejected' && FlowError.is(failed.reason, 'TRACE_CANCELLED')).to.equal(true);
    expect(after).to.deep.equal({ status: 'fulfilled', value: { done: true, value: undefined } });
    expect(FlowError.is(await result.catch((reason: unknown) => reason), 'TRACE_CANCELLED')).to.equal(true);
  });

  it('R3 a message that nobody delivers ends a stream for who waits, with pieces only', async () => {
    @Node()
    class Quiet {
      async process(_: unknown, ctx: NodeContext): Promise<void> {
        await new Promise(setImmediate);
        await ctx.emitChunk('one');
      }
    }
    const flow = await bench.run(start(Quiet));
    const stream = flow.stream('go');
    expect((await stream.next()).value).to.include({ text: 'one' });
    expect(await stream.next()).to.deep.equal({ done: true, value: undefined });
    expect(await stream.result).to.equal(undefined);
  });

  describe('its `result`', () => {
    /** What a flow of one node delivers to a stream: pieces, what the iterator returned, and `result`. */
    async function outcomeOf(process: FlowNode<string>['process']): Promise<readonly unknown[]> {
      @Node()
      class Only {
        readonly process = process;
      }
      const flow = await bench.run(start(Only));
      const stream = flow.stream('go');
      const [pieces, final] = await readAll(stream);
      return [pieces, final, await stream.result];
    }

    it('R18 is what a generator returns, after the pieces that it yields', async () => {
      const both = async function* (): AsyncGenerator<string, number> {
        yield 'one';
        yield 'two';
        return 3;
      };
      expect(await outcomeOf(both)).to.deep.equal([['one', 'two'], 3, 3]);
      const returnsOnly = async function* (): AsyncGenerator<string, number> {
        yield* [];
        return 3;
      };
      expect(await outcomeOf(returnsOnly)).to.deep.equal([[], 3, 3]);
    });

    it('R18 is undefined where nothing but pieces came: yielded values, or chunks', async () => {
      const yieldsOnly = async function* (): AsyncGenerator<string, void> {
        yield 'one';
      };
      expect(await outcomeOf(yieldsOnly)).to.deep.equal([['one'], undefined, undefined]);
      const chunkOnly = async (_: string, ctx: NodeContext): Promise<void> => {
        await ctx.emitChunk('one', { streamId: 's' });
      };
      expect(await outcomeOf(chunkOnly)).to.deep.equal([[new StreamChunk('s', 0, 'one')], undefined, undefined]);
    });

    it('R18 is undefined where nothing came, and the value itself where nothing was yielded', async () => {
      expect(await outcomeOf(() => undefined)).to.deep.equal([[], undefined, undefined]);
      expect(await outcomeOf(() => 'value')).to.deep.equal([[], 'value', 'value']);
    });

    it('R18 is what the stream was left with: nothing, a value, or what a promise gives', async () => {
      const flow = await bench.run(start(held('Waits').node));
      for (const [given, expected] of [
        [undefined, undefined],
        ['mine', 'mine'],
        [Promise.resolve('later'), 'later'],
      ]) {
        const stream = flow.stream('go');
        const result = stream.result;
        expect(await stream.return(given)).to.deep.equal({ done: true, value: expected });
        expect(await result).to.equal(expected);
        expect(await stream.result).to.equal(expected);
      }
      expect(flow.snapshot().traces).to.equal(0);
    });

    it('R18 rejects with the promise that the stream was left with', async () => {
      const flow = await bench.run(start(held('Waits').node));
      const stream = flow.stream('go');
      const given = Promise.reject(new Error('mine'));
      expect(await stream.return(given).catch(String)).to.equal('Error: mine');
      expect(await stream.result.catch(String)).to.equal('Error: mine');
    });
  });

  it('R3 results that wait for room behind the final value are gone with it', async () => {
    const branches = ['A', 'B', 'C'].map((name) => held(name));
    const flow = await bench.run(rows(branches.map((branch) => [branch.node, []])), { queueMaxsize: 1 });
    const stream = flow.stream('go');
    for (const { calls } of branches) {
      calls[0]?.resolve('value');
      await settle();
    }
    expect([await stream.next(), await stream.next()]).to.deep.equal([
      { done: true, value: 'value' },
      { done: true, value: undefined },
    ]);
    expect(flow.snapshot().traces).to.equal(0);
    expect(flow.snapshot().nodes.map(({ inFlight }) => inFlight)).to.deep.equal([0, 0, 0]);
  });

  it('R3 chunks that come after a failure of their trace are for nobody, and nothing of it is left', async () => {
    const failed = deferred();
    @Node()
    class Talk {
      async process(_: string, ctx: NodeContext): Promise<string> {
        await ctx.emitChunk('one');
        await ctx.emitChunk('two');
        await failed.promise;
        await ctx.emitChunk('three');
        return 'end';
      }
    }
    @Node()
    class Fail {
      async process(): Promise<void> {
        await Promise.resolve();
        throw new Error('broken');
      }
    }
    const flow = await bench.run(
      uncheckedGraph<string, string>([
        [Talk as never, []],
        [Fail as never, []],
      ]),
    );
    flow.on('node_failed', () => failed.resolve());
    const stream = flow.stream('go');
    await new Promise(setImmediate);
    const texts: unknown[] = [];
    const error = await (async () => {
      for await (const piece of stream) texts.push((piece as unknown as StreamChunk).text);
      return undefined;
    })().catch((reason: unknown) => reason);
    expect(texts).to.deep.equal(['one', 'two']);
    expect(FlowError.is(error, 'NODE_EXCEPTION')).to.equal(true);
    expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
  });

  it('R30 a node that pours chunks into a reader that keeps up lets timers run', async () => {
    const over = new AbortController();
    @Node()
    class Pour {
      async process(_: string, ctx: NodeContext): Promise<void> {
        while (!over.signal.aborted) await ctx.emitChunk('.');
      }
    }
    const flow = await bench.run(start(Pour));
    setTimeout(() => over.abort(), 20);
    let next = 0;
    for await (const piece of flow.stream('go')) expect((piece as StreamChunk).seq).to.equal(next++);
    expect(next).to.be.greaterThan(64);
  });

  it('options of a chunk that throw when they are read reject, as any refused chunk', async () => {
    @Node()
    class Wrong {
      process(_: string, ctx: NodeContext): unknown {
        const options = {
          get to(): never {
            throw new Error('read');
          },
        };
        return ctx.emitChunk('x', options).then(
          () => 'taken',
          (error: unknown) => (error as Error).message,
        );
      }
    }
    const flow = await bench.run(start(Wrong as never));
    expect(await readAll(flow.stream('go' as never))).to.deep.equal([[], 'read']);
  });
});
