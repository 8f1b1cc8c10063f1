import { expect } from 'chai';
import { Flow, type NodeContext } from '#src/index.js';
import { record, shortForm, useFlows } from '../support/flows.js';
import { held, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, isPending } from '../support/settling.js';

describe('what a node context offers beside emit', () => {
  const bench = useFlows();

  describe('source and delivery', () => {
    it('R1 tell where a message came from', async () => {
      const sources: string[] = [];
      const join = node('join', (_, ctx) => {
        sources.push(ctx.source);
      });
      const [a, b] = [pass('a'), pass('b')];
      const flow = await bench.run(
        rows([
          [a, [b, join]],
          [b, [join]],
        ]),
      );
      await flow.emit('m');
      await bench.clock.advance(0);
      expect(sources.toSorted()).to.deep.equal(['a', 'b']);
      const first = await bench.run(rows([[join, []]]));
      await first.emit('m');
      expect(sources.at(-1)).to.equal('OpenSea');
    });

    it('R10 are the same for all attempts of a message, and differ between messages', async () => {
      const seen: string[] = [];
      const flaky = node(
        'flaky',
        async (_, ctx) => {
          seen.push(`${ctx.source} ${ctx.delivery}.${ctx.attempt}`);
          if (ctx.attempt < 2) await ctx.sleep(60);
        },
        { maxRetries: 2, backoffBaseS: 0, timeoutS: 1 },
      );
      const flow = await bench.run(rows([[pass('src'), [flaky]]]));
      await flow.emit('m');
      await flow.emit('m');
      await bench.clock.advance(5_000);
      const expected = ['0.0', '0.1', '0.2', '1.0', '1.1', '1.2'].map((each) => `src ${each}`);
      expect(seen).to.deep.equal(expected);
    });
  });

  describe('sleep', () => {
    it('waits on the clock of the flow', async () => {
      const flow = await bench.run(rows([[node('a', async (payload, ctx) => ctx.sleep(2).then(() => payload)), []]]));
      const call = flow.call('m');
      await bench.clock.advance(1_999);
      expect(await isPending(call)).to.equal(true);
      await bench.clock.advance(1);
      expect(await call).to.equal('m');
    });

    it('R11 R16 ends when the attempt times out or its trace is cancelled', async () => {
      const codes: Promise<string>[] = [];
      const sleepy = (name: string, timeoutS?: number) =>
        node(
          name,
          (_, ctx: NodeContext) => {
            const sleep = ctx.sleep(60);
            codes.push(codeOf(sleep));
            return sleep;
          },
          timeoutS === undefined ? {} : { timeoutS },
        );
      const late = await bench.run(rows([[sleepy('late', 1), []]]));
      const lateCall = codeOf(late.call('m'));
      await bench.clock.advance(1_000);
      expect(await lateCall).to.equal('NODE_TIMEOUT');
      const cancelled = await bench.run(rows([[sleepy('cancelled'), []]]));
      const cancelledCall = codeOf(cancelled.call('m', { traceId: 't' }));
      await bench.clock.advance(1_000);
      cancelled.cancel('t');
      expect(await cancelledCall).to.equal('TRACE_CANCELLED');
      expect(await Promise.all(codes)).to.deep.equal(['ATTEMPT_ENDED', 'ATTEMPT_ENDED']);
      expect(bench.clock.pending).to.be.at.most(1);
    });

    it('refuses a wait that is none, and one after the attempt', async () => {
      let kept: NodeContext | undefined;
      const flow = await bench.run(
        rows([
          [
            node('a', (payload, ctx) => {
              kept = ctx;
              return ctx.sleep(-1).then(() => payload);
            }),
            [],
          ],
        ]),
      );
      expect((await failureOf(flow.call('m'))).message).to.contain('delayS');
      expect(await codeOf((kept as NodeContext).sleep(1))).to.equal('ATTEMPT_ENDED');
    });
  });

  describe('onTraceEnd', () => {
    /** A node that notes each end of a trace, and one behind it that the test holds. */
    async function watched() {
      const ended: string[] = [];
      const watch = node('watch', (payload, ctx) => {
        ctx.onTraceEnd(() => ended.push(ctx.traceId));
        return payload;
      });
      const last = held('last');
      const flow = await bench.run(rows([[watch, [last.node]]]));
      return { flow, ended, last };
    }

    it('R3 is called once when the last message is gone', async () => {
      const { flow, ended, last } = await watched();
      const call = flow.call('m', { traceId: 't' });
      await bench.clock.advance(0);
      expect(ended).to.deep.equal([]);
      last.calls[0]?.resolve('done');
      await call;
      expect(ended).to.deep.equal(['t']);
    });

    it('R16 R13 R8 is called when the trace is cancelled or late, and when the flow stops', async () => {
      const { flow, ended } = await watched();
      const calls = [
        codeOf(flow.call('m', { traceId: 'cancelled' })),
        codeOf(flow.call('m', { traceId: 'late', timeoutS: 1 })),
        codeOf(flow.call('m', { traceId: 'stopped' })),
      ];
      await bench.clock.advance(0);
      flow.cancel('cancelled');
      await bench.clock.advance(1_000);
      expect(ended.toSorted()).to.deep.equal(['cancelled', 'late']);
      const stopping = flow.stop({ graceS: 0 });
      await bench.clock.advance(0);
      await stopping;
      expect(ended).to.have.length(3);
      expect(await Promise.all(calls)).to.deep.equal(['TRACE_CANCELLED', 'DEADLINE_EXCEEDED', 'FLOW_STOPPED']);
    });

    it('calls back at once when the trace is over already', async () => {
      let kept: NodeContext | undefined;
      const keeper = node('a', (payload, ctx) => {
        kept = ctx;
        return payload;
      });
      const flow = await bench.run(rows([[keeper, []]]));
      await flow.call('m');
      let calls = 0;
      kept?.onTraceEnd(() => calls++);
      expect(calls).to.equal(1);
    });

    it('R21 logs a callback that throws, and calls the others', async () => {
      const ended: string[] = [];
      const watch = node('watch', (payload, ctx) => {
        ctx.onTraceEnd(() => {
          throw new Error('boom');
        });
        ctx.onTraceEnd(() => ended.push(ctx.traceId));
        return payload;
      });
      const flow = await bench.run(rows([[watch, []]]));
      await flow.call('m', { traceId: 't' });
      expect(ended).to.deep.equal(['t']);
      const line = bench.log.lines.find(({ message }) => message === 'trace_end_hook_failed');
      expect(line?.reserved['trace_id']).to.equal('t');
    });
  });

  describe('onTraceEnd, with a function that is asynchronous or none', () => {
    it('R21 logs a rejection and does not end the process', async () => {
      const watch = node('watch', (payload, ctx) => {
        ctx.onTraceEnd((() => Promise.reject(new Error('late boom'))) as () => void);
        return payload;
      });
      const flow = await bench.run(rows([[watch, []]]));
      await flow.call('m', { traceId: 't' });
      await bench.clock.advance(0);
      const line = bench.log.lines.find(({ message }) => message === 'trace_end_hook_failed');
      expect(line?.reserved['trace_id']).to.equal('t');
    });

    it('refuses what is no function, where it is given', async () => {
      const watch = node('watch', (_, ctx) => ctx.onTraceEnd('bye' as never));
      const flow = await bench.run(rows([[watch, []]]));
      expect((await failureOf(flow.call('m'))).message).to.contain(
        'Expected `callback` of onTraceEnd() of node "watch" to be a function, got "bye"',
      );
    });
  });

  describe('a mistake in its use', () => {
    const uses: ReadonlyArray<readonly [does: string, use: (ctx: NodeContext) => unknown, says: string]> = [
      [
        'options that are none, of emit',
        (ctx) => ctx.emit(1, 'next' as never),
        'Expected the options of emit() of node "A" to be an object, got "next"',
      ],
      [
        'an unknown option of emit',
        (ctx) => ctx.emit(1, { target: 'B' } as never),
        'Unknown option `target` of emit()',
      ],
      [
        'options that are none, of emitChunk',
        (ctx) => ctx.emitChunk('text', null as never),
        'Expected the options of emitChunk() of node "A" to be an object, got null',
      ],
      [
        'a list for options of emitChunk',
        (ctx) => ctx.emitChunk('text', [] as never),
        'Expected the options of emitChunk() of node "A" to be an object, got an array of 0',
      ],
      [
        'a list for the meta of a chunk',
        (ctx) => ctx.emitChunk('text', { meta: [] as never }),
        'Expected `meta` of emitChunk() of node "A" to be a plain object, got an array of 0',
      ],
      ['emit without its context', ({ emit }) => emit(1), '`emit` was called without the context it belongs to'],
      ['emitChunk without its context', ({ emitChunk }) => emitChunk(''), '`emitChunk` was called without the context'],
      ['sleep without its context', ({ sleep }) => sleep(1), '`sleep` was called without the context it belongs to'],
    ];
    for (const [does, use, says] of uses) {
      it(`is named: ${does}`, async () => {
        const flow = await bench.run(rows([[node('A', async (_, ctx) => use(ctx)), []]]));
        expect((await failureOf(flow.call(1))).message).to.contain(says);
      });
    }

    it('R18 costs no chunk number', async () => {
      const flow = await bench.run(
        rows([
          [
            node('A', async (_, ctx) => {
              await ctx.emitChunk('lost', { to: 'nobody' }).catch(() => {});
              await ctx.emitChunk(5 as never).catch(() => {});
              return (await ctx.emitChunk('sent')).seq;
            }),
            [],
          ],
        ]),
      );
      expect(await flow.call(1)).to.equal(0);
    });
  });

  it('R8 a playbook that nobody waits for has the grace period of the flow, and brings nothing down', async () => {
    const inner = held('inner');
    const graph = rows([[inner.node, []]]);
    class Book {
      readonly graph = graph;
    }
    Flow({ name: 'book-of-the-unawaited' })(Book);
    const outer = held('outer');
    const caller = node('caller', (payload, ctx) => {
      void ctx.call(Book, payload);
      return payload;
    });
    const flow = await bench.run(rows([[caller, [outer.node]]]));
    await flow.emit('m');
    await bench.clock.advance(0);
    const stopping = flow.stop({ graceS: 0 });
    await bench.clock.advance(0);
    expect(await stopping)
      .to.include({ drained: false })
      .and.deep.include({ stuckNodes: ['outer', 'inner'] });
    expect(flow.state).to.equal('stopped');
  });

  describe('holdTrace', () => {
    it('R3 keeps a trace active until it is let go, once', async () => {
      const letGo: (() => void)[] = [];
      const keeper = node('keeper', (_, ctx) => {
        letGo.push(ctx.holdTrace());
      });
      const flow = await bench.run(rows([[keeper, []]]));
      await flow.emit('a', { traceId: 't' });
      await flow.emit('b', { traceId: 't' });
      letGo[0]?.();
      letGo[0]?.();
      expect(flow.snapshot().traces).to.equal(1);
      letGo[1]?.();
      expect(flow.snapshot().traces).to.equal(0);
    });

    it('R16 does not outlive a cancellation, whose end is told', async () => {
      const flow = await bench.run(rows([[node('keeper', (_, ctx) => void ctx.holdTrace()), []]]));
      const events = record(flow);
      await flow.emit('a', { traceId: 't' });
      expect(flow.cancel('t')).to.equal(true);
      expect(shortForm(events).slice(-2)).to.deep.equal(['OpenSea:trace_cancel_start', 'Rookery:trace_cancel_finish']);
      expect(flow.snapshot().traces).to.equal(0);
    });

    it('R14 leaves the caller of a call with NO_RESULT instead of waiting for ever', async () => {
      const flow = await bench.run(rows([[node('keeper', (_, ctx) => void ctx.holdTrace()), []]]));
      expect(await codeOf(flow.call('a'))).to.equal('NO_RESULT');
    });
  });
});
