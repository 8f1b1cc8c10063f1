import { expect } from 'chai';
import { CLOCK, Flow, Message, start, type NodeContext } from '#src/index.js';
import { BlockedLoopClock } from '../support/blocked-loop-clock.js';
import { useFlows } from '../support/flows.js';
import { held, line, node, rows } from '../support/nodes.js';
import { codeOf, isPending, settle } from '../support/settling.js';

const HOUR_MS = 3_600_000;

describe('the clocks', () => {
  const bench = useFlows();

  const setBy = (ms: number): void => bench.clock.setNow(bench.clock.now() + ms);

  for (const [how, jumpMs] of [
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
  ] as const) {
    describe(`when the wall clock is set ${how} by an hour`, () => {
      it('R11 a timeoutS of a call ends when it is over, in a node', async () => {
        const { node: work, calls } = held('A');
        const flow = await bench.run(line(work));
        const code = codeOf(flow.call(1, { timeoutS: 10 }));
        await bench.clock.advance(4_000);
        setBy(jumpMs);
        expect(calls[0]?.ctx.remainingMs).to.equal(6_000);
        await bench.clock.advance(5_999);
        expect(await isPending(code)).to.equal(true);
        await bench.clock.advance(1);
        expect(await code).to.equal('DEADLINE_EXCEEDED');
      });

      it('R11 a timeoutS of an emit ends when it is over, in a queue', async () => {
        const { node: work, calls } = held('A');
        const flow = await bench.run(line(work));
        await flow.emit('first');
        await flow.emit('late', { timeoutS: 10, traceId: 'late' });
        await flow.emit('in time', { timeoutS: 20, traceId: 'in time' });
        await bench.clock.advance(4_000);
        setBy(jumpMs);
        await bench.clock.advance(6_000);
        expect(await codeOf(flow.fetch({ traceId: 'late' }))).to.equal('DEADLINE_EXCEEDED');
        calls[0]?.resolve('done');
        await settle();
        expect(calls.map(({ payload }) => payload)).to.deep.equal(['first', 'in time']);
      });

      it('R11 what a node makes of the message has the time that is left', async () => {
        const { node: last, calls } = held('B');
        const make = node('A', (payload: unknown, ctx) => {
          setBy(jumpMs);
          return ctx.message.with({ payload, meta: { made: true } });
        });
        const flow = await bench.run(line(make, last));
        const code = codeOf(flow.call(1, { timeoutS: 10 }));
        await settle();
        expect([calls[0]?.ctx.meta, calls[0]?.ctx.remainingMs]).to.deep.equal([{ made: true }, 10_000]);
        await bench.clock.advance(10_000);
        expect(await code).to.equal('DEADLINE_EXCEEDED');
      });

      it('R11 a playbook has the time that is left of its caller', async () => {
        const { node: inner, calls } = held('Inner');
        @Flow({ name: `clock-playbook-${how}` })
        class Playbook {
          readonly graph = start(inner);
        }
        const outer = node('A', async (payload: unknown, ctx: NodeContext) => {
          setBy(jumpMs);
          return ctx.call(Playbook, payload);
        });
        const flow = await bench.run(line(outer));
        const code = codeOf(flow.call(1, { timeoutS: 10 }));
        await bench.clock.advance(3_000);
        expect(calls[0]?.ctx.remainingMs).to.equal(7_000);
        await bench.clock.advance(7_000);
        expect(await code).to.equal('DEADLINE_EXCEEDED');
        expect(calls[0]?.ctx.signal.aborted).to.equal(true);
      });

      it('R11 what is held is held for its time', async () => {
        const holding = node('A', (_, ctx: NodeContext) => void ctx.holdTrace());
        const flow = await bench.run(line(holding));
        await flow.emit(1, { timeoutS: 10 });
        setBy(jumpMs);
        await bench.clock.advance(9_999);
        expect(flow.snapshot().traces).to.equal(1);
        await bench.clock.advance(1);
        expect(flow.snapshot().traces).to.equal(0);
      });
    });
  }

  it('R11 a deadlineS is a time of day: set forward, the clock ends it within a second', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const deadlineS = bench.clock.now() / 1000 + 10;
    const code = codeOf(flow.call(new Message(1, { deadlineS })));
    await bench.clock.advance(2_500);
    setBy(20_000);
    expect(calls[0]?.ctx.remainingMs).to.equal(0);
    await bench.clock.advance(1_000);
    expect(await code).to.equal('DEADLINE_EXCEEDED');
  });

  it('R11 a deadlineS is a time of day: set back, the clock ends it later', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const deadlineS = bench.clock.now() / 1000 + 10;
    const code = codeOf(flow.call(new Message(1, { deadlineS })));
    await bench.clock.advance(9_999);
    setBy(-5_000);
    expect(calls[0]?.ctx.remainingMs).to.equal(5_001);
    await bench.clock.advance(5_000);
    expect(await isPending(code)).to.equal(true);
    await bench.clock.advance(1);
    expect(await code).to.equal('DEADLINE_EXCEEDED');
  });

  it('R11 of a deadlineS and a timeoutS, each goes by its own clock', async () => {
    const { node: work } = held('A', { concurrency: 2 });
    const flow = await bench.run(line(work));
    const message = (): Message => new Message(1, { deadlineS: bench.clock.now() / 1000 + 10 });
    const byTime = codeOf(flow.call(message(), { timeoutS: 5 }));
    const byDay = codeOf(flow.call(message(), { timeoutS: 50 }));
    setBy(-HOUR_MS);
    await bench.clock.advance(5_000);
    expect(await byTime).to.equal('DEADLINE_EXCEEDED');
    await bench.clock.advance(44_999);
    expect(await isPending(byDay)).to.equal(true);
    setBy(2 * HOUR_MS);
    await bench.clock.advance(1);
    expect(await byDay).to.equal('DEADLINE_EXCEEDED');
  });

  it('R13 nothing looks at the wall clock once nothing has a deadline', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const call = flow.call(new Message(1, { deadlineS: bench.clock.now() / 1000 + 1_000 }));
    await bench.clock.advance(3_000);
    calls[0]?.resolve('done');
    expect(await call).to.equal('done');
    await bench.clock.advance(1_000);
    expect(bench.clock.pending).to.equal(0);
  });

  describe('after the event loop was blocked', () => {
    it('R11b counts what had finished in time, under a timeout and under a deadline', async () => {
      const clock = new BlockedLoopClock();
      const { node: work, calls } = held('A', { timeoutS: 1, concurrency: 2 });
      const flow = await bench.run(line(work), { providers: [{ token: CLOCK, useValue: clock }] });
      const ended = Promise.all([flow.call('a'), flow.call('b', { timeoutS: 1 })]);
      setImmediate(() => {
        for (const { payload, resolve } of calls) resolve(payload);
      });
      clock.block(1_500);
      clock.block(1);
      expect(await ended).to.deep.equal(['a', 'b']);
    });

    it('R11b counts a ctx.sleep that was over in time', async () => {
      const clock = new BlockedLoopClock();
      const work = node(
        'A',
        async (payload: unknown, ctx: NodeContext) => {
          await ctx.sleep(0.5);
          return payload;
        },
        { timeoutS: 1 },
      );
      const flow = await bench.run(line(work), { providers: [{ token: CLOCK, useValue: clock }] });
      const call = flow.call('a');
      clock.block(1_500);
      expect(await call).to.equal('a');
    });

    it('R11b still ends what has not finished', async () => {
      const clock = new BlockedLoopClock();
      const timed = held('A', { timeoutS: 1 });
      const untimed = held('B');
      const graph = rows([
        [timed.node, []],
        [untimed.node, []],
      ]);
      const flow = await bench.run(graph, { providers: [{ token: CLOCK, useValue: clock }] });
      const timeout = codeOf(flow.call('a', { to: timed.node }));
      const deadline = codeOf(flow.call('b', { to: untimed.node, timeoutS: 1 }));
      // The first look finds the attempt young: its start is not known exactly.
      for (let blocks = 0; blocks < 2; blocks++) {
        clock.block(1_500);
        await settle();
      }
      expect(await Promise.all([timeout, deadline])).to.deep.equal(['NODE_TIMEOUT', 'DEADLINE_EXCEEDED']);
      for (const { resolve } of [...timed.calls, ...untimed.calls]) resolve();
    });
  });

  it('R13 nothing is timed for a result that nobody takes, once its deadlineS has passed', async () => {
    const flow = await bench.run(line(node('A', (n: unknown) => n)));
    await flow.emit(new Message(1, { deadlineS: bench.clock.now() / 1000 + 2 }));
    await bench.clock.advance(5_000);
    expect(bench.clock.pending).to.equal(0);
    expect(await flow.fetch()).to.equal(1);
  });

  it('R13 a retry whose deadline passed while the loop was blocked does not reach process', async () => {
    const clock = new BlockedLoopClock();
    const attempts: number[] = [];
    const work = node(
      'A',
      (_: unknown, ctx: NodeContext) => {
        attempts.push(ctx.attempt);
        throw new Error('no');
      },
      { maxRetries: 5, backoffBaseS: 1, backoffMultiplier: 1 },
    );
    const flow = await bench.run(line(work), { providers: [{ token: CLOCK, useValue: clock }] });
    const code = codeOf(flow.call(1, { timeoutS: 1.5 }));
    await settle();
    clock.block(3_000);
    await settle();
    expect(await code).to.equal('DEADLINE_EXCEEDED');
    expect(attempts).to.deep.equal([0]);
  });
});
