import { expect } from 'chai';
import type { FlowEvent, NodeContext } from '#src/index.js';
import { record, useFlows, type TestFlow } from '../../support/flows.js';
import { held, line, node, pass, rows } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';

function agesOf(flow: TestFlow, name: string): readonly number[] {
  const found = flow.snapshot().nodes.find((each) => each.name === name);
  return [found?.oldestAttemptS ?? Number.NaN, found?.oldestQueuedS ?? Number.NaN];
}

function stuckOf(events: readonly FlowEvent[]): readonly FlowEvent[] {
  return events.filter(({ eventType }) => eventType === 'node_stuck');
}

describe('hung work', () => {
  const bench = useFlows();

  describe('ages in snapshot()', () => {
    it('R33 are 0 where nothing is', async () => {
      const flow = await bench.run(line(pass('A')));
      expect(agesOf(flow, 'A')).to.deep.equal([0, 0]);
      await flow.call(1);
      await bench.clock.advance(5_000);
      expect(agesOf(flow, 'A')).to.deep.equal([0, 0]);
    });

    it('R33 are those of the oldest attempt and the oldest queued message, to within a second', async () => {
      const slow = held('Slow', { concurrency: 2 });
      const flow = await bench.run(line(slow.node));
      await flow.emit(1);
      await bench.clock.advance(10_500);
      await flow.emit(2);
      await flow.emit(3);
      await bench.clock.advance(5_000);
      await flow.emit(4);
      await bench.clock.advance(7_000);
      const [attemptS, queuedS] = agesOf(flow, 'Slow');
      expect(attemptS).to.be.within(21.5, 22.5);
      expect(queuedS).to.be.within(11, 12);
      slow.calls[0]?.resolve();
      await settle();
      // The third runs now, and the fourth is the oldest.
      expect(agesOf(flow, 'Slow')[0]).to.be.within(11, 12);
      expect(agesOf(flow, 'Slow')[1]).to.be.within(6, 7);
    });

    it('R33 are exact where the start of an attempt is known', async () => {
      const slow = held('Slow', { timeoutS: 100 });
      const flow = await bench.run(line(slow.node));
      await bench.clock.advance(300);
      await flow.emit(1);
      await bench.clock.advance(4_400);
      expect(agesOf(flow, 'Slow')[0]).to.equal(4.4);
    });

    it('R33 a retry is an attempt of its own, and the wait before it is none', async () => {
      const slow = held('Slow', { maxRetries: 1, backoffBaseS: 5 });
      const flow = await bench.run(line(slow.node));
      await flow.emit(1);
      await bench.clock.advance(8_000);
      slow.calls[0]?.reject(new Error('no'));
      await settle();
      expect(agesOf(flow, 'Slow')[0]).to.equal(0);
      await bench.clock.advance(7_000);
      expect(agesOf(flow, 'Slow')[0]).to.be.within(1, 2);
    });

    it('R33 an interrupted attempt counts while its code runs', async () => {
      const slow = held('Slow', { timeoutS: 2 });
      const flow = await bench.run(line(slow.node));
      flow.call(1).catch(() => {});
      await bench.clock.advance(7_000);
      expect(flow.snapshot().traces).to.equal(0);
      expect(agesOf(flow, 'Slow')[0]).to.equal(7);
      for (const { resolve } of slow.calls) resolve();
      await settle();
      expect(agesOf(flow, 'Slow')[0]).to.equal(0);
    });

    it('R33 one that was interrupted before anybody saw it is not mistaken for the one before', async () => {
      const slow = held('Slow');
      const flow = await bench.run(line(slow.node));
      await flow.emit(1, { traceId: 'a' });
      await bench.clock.advance(20_000);
      slow.calls[0]?.resolve();
      await settle();
      await flow.emit(2, { traceId: 'b' });
      flow.cancel('b');
      await bench.clock.advance(3_000);
      expect(agesOf(flow, 'Slow')[0]).to.be.within(2, 3);
    });

    it('R33 the wait for room downstream is no part of the age of an attempt', async () => {
      const slow = held('Slow');
      const emits = node('Emits', async (payload: unknown, ctx: NodeContext) => {
        for (let n = 0; n < 3; n++) await ctx.emit(payload);
        await new Promise(() => {});
      });
      const flow = await bench.run(line(emits, slow.node), { queueMaxsize: 1 });
      await flow.emit(1);
      await bench.clock.advance(30_000);
      expect(agesOf(flow, 'Emits')[0]).to.be.below(1.1);
      slow.calls[0]?.resolve();
      await bench.clock.advance(30_000);
      expect(agesOf(flow, 'Emits')[0]).to.be.within(29, 31);
    });

    it('R33 nor is the wait for its turn on an ordered node', async () => {
      let isFirst = true;
      let end = (): void => {};
      const ordered = node(
        'Ordered',
        async (payload: unknown, ctx: NodeContext) => {
          if (!isFirst) await ctx.emit(payload);
          isFirst = false;
          await new Promise<void>((resolve) => {
            end = resolve;
          });
        },
        { concurrency: 2, ordered: true },
      );
      const flow = await bench.run(line(ordered, pass('Next')));
      await flow.emit(1);
      await flow.emit(2);
      await bench.clock.advance(30_000);
      end();
      await bench.clock.advance(3_000);
      expect(agesOf(flow, 'Ordered')[0]).to.be.within(2, 5);
    });

    it('R33 nor is it of one that was interrupted', async () => {
      const slow = held('Slow');
      const emits = node('Emits', async (payload: unknown, ctx: NodeContext) => {
        for (let n = 0; n < 3; n++) await ctx.emit(payload).catch(() => {});
        await new Promise(() => {});
      });
      const flow = await bench.run(line(emits, slow.node), { queueMaxsize: 1 });
      await flow.emit(1, { traceId: 'a' });
      await bench.clock.advance(30_000);
      flow.cancel('a');
      await bench.clock.advance(5_000);
      expect(agesOf(flow, 'Emits')[0]).to.be.within(4, 7);
    });

    it('R33 messages that wait in line for room are younger than the head of their queue', async () => {
      const slow = held('Slow');
      const flow = await bench.run(line(slow.node), { queueMaxsize: 1 });
      for (let n = 0; n < 4; n++) flow.emit(n, { traceId: `t-${n}` }).catch(() => {});
      await bench.clock.advance(5_000);
      expect(agesOf(flow, 'Slow')[1]).to.be.within(4, 5);
      flow.cancel('t-1');
      await settle();
      // What had to wait for room got it just now.
      expect(agesOf(flow, 'Slow')[1]).to.be.below(1);
    });
  });

  describe('node_stuck', () => {
    it('R33 tells once of an attempt that is older than stuckAfterS, with its run and its age', async () => {
      const slow = held('Slow', { maxRetries: 1, backoffBaseS: 0 });
      const flow = await bench.run(line(slow.node), { stuckAfterS: 20 });
      const events = record(flow);
      await flow.emit('x', { traceId: 'a', tenant: 'acme' });
      slow.calls[0]?.reject(new Error('no'));
      await bench.clock.advance(19_000);
      expect(stuckOf(events)).to.deep.equal([]);
      expect(flow.health()).to.include({ ready: true }).and.to.deep.include({ stuck: [] });
      await bench.clock.advance(60_000);
      expect(flow.health())
        .to.include({ ready: true })
        .and.to.deep.include({ stuck: ['Slow'] });
      const [event, ...others] = stuckOf(events);
      expect(others).to.deep.equal([]);
      expect(event).to.include({ nodeName: 'Slow', traceId: 'a', tenant: 'acme', attempt: 1, payload: 'x' });
      expect(event?.latencyMs).to.be.within(20_000, 21_000);
      expect(event?.extra).to.deep.equal({ age_s: (event?.latencyMs ?? 0) / 1000, interrupted: false });
    });

    it('R33 comes after a minute unless the flow says otherwise, and never with 0', async () => {
      const slow = held('Slow');
      const flow = await bench.run(line(slow.node));
      const patient = await bench.run(line(slow.node), { stuckAfterS: 0 });
      const [events, others] = [record(flow), record(patient)];
      await flow.emit(1);
      await patient.emit(1);
      await bench.clock.advance(59_000);
      expect(stuckOf(events)).to.have.length(0);
      await bench.clock.advance(3_000);
      expect(stuckOf(events)).to.have.length(1);
      await bench.clock.advance(3_600_000);
      expect(stuckOf(others)).to.have.length(0);
      expect(patient.health().stuck).to.deep.equal([]);
    });

    it('R33 comes no sooner than the timeout of the node', async () => {
      const slow = held('Slow', { timeoutS: 90 });
      const flow = await bench.run(line(slow.node));
      const events = record(flow);
      await flow.emit(1, { traceId: 'a' });
      await bench.clock.advance(89_000);
      expect(stuckOf(events)).to.have.length(0);
      await bench.clock.advance(2_000);
      const [event] = stuckOf(events);
      expect(event).to.include({ nodeName: 'Slow', traceId: 'a', tenant: 'default', attempt: 0, tracePending: null });
      expect(event?.extra).to.include({ interrupted: true });
    });

    it('R33 tells of the next one, too, that hangs in the same place', async () => {
      const slow = held('Slow');
      const flow = await bench.run(line(slow.node));
      const events = record(flow);
      await flow.emit(1, { traceId: 'a' });
      await bench.clock.advance(61_000);
      slow.calls[0]?.resolve();
      await flow.emit(1, { traceId: 'b' });
      await bench.clock.advance(62_000);
      expect(stuckOf(events).map(({ traceId }) => traceId)).to.deep.equal(['a', 'b']);
    });

    it('R33 is not told again of an attempt that is interrupted later', async () => {
      const slow = held('Slow');
      const flow = await bench.run(line(slow.node));
      const events = record(flow);
      await flow.emit(1, { traceId: 'a' });
      await bench.clock.advance(61_000);
      flow.cancel('a');
      await bench.clock.advance(61_000);
      expect(stuckOf(events)).to.have.length(1);
      expect(flow.health().stuck).to.deep.equal(['Slow']);
    });

    it('R33 does not come for what waits for room, be it a result, an emit or an emit in its turn', async () => {
      const slow = held('Slow');
      const stream = node('Stream', async function* () {
        for (let n = 0; n < 5; n++) yield n;
      });
      const ordered = node('Ordered', (payload: unknown, ctx) => ctx.emit(payload), { concurrency: 2, ordered: true });
      const graph = rows([
        [stream, [ordered]],
        [ordered, [slow.node]],
        [slow.node, []],
      ]);
      const flow = await bench.run(graph, { queueMaxsize: 1, stuckAfterS: 5 });
      const events = record(flow);
      for (let n = 0; n < 3; n++) flow.emit(n).catch(() => {});
      await bench.clock.advance(60_000);
      expect(stuckOf(events).map(({ nodeName }) => nodeName)).to.deep.equal(['Slow']);
      expect(flow.health().stuck).to.deep.equal(['Slow']);
    });

    it('R33 what hung and waits for room now hangs no more', async () => {
      const slow = held('Slow');
      let goOn = (): void => {};
      const emits = node('Emits', async (payload: unknown, ctx: NodeContext) => {
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        for (let n = 0; n < 3; n++) await ctx.emit(payload);
      });
      const flow = await bench.run(line(emits, slow.node), { queueMaxsize: 1 });
      await flow.emit(1);
      await bench.clock.advance(62_000);
      expect(flow.health().stuck).to.deep.equal(['Emits']);
      goOn();
      await settle();
      expect(flow.health().stuck).to.deep.equal([]);
    });

    it('R33 a listener that cancels the run leaves the others their event', async () => {
      const slow = held('Slow', { concurrency: 3 });
      const flow = await bench.run(line(slow.node));
      const told: unknown[] = [];
      flow.on('node_stuck', ({ traceId }) => {
        told.push(traceId);
        flow.cancel('a');
        flow.cancel('b');
      });
      for (const traceId of ['a', 'b', 'c']) await flow.emit(1, { traceId });
      await bench.clock.advance(61_000);
      expect(told).to.deep.equal(['a', 'c']);
      expect(flow.snapshot().traces).to.equal(1);
    });
  });

  it('R33 an attempt that is first seen while it waits for its turn ages from then on', async () => {
    await bench.clock.advance(3_600_000);
    let goOn: () => void = () => {};
    const waits = node(
      'Waits',
      async (n: unknown, ctx: NodeContext) => {
        if (n === 2) await ctx.emit(n);
        await new Promise<void>((resolve) => {
          if (n === 1) goOn = resolve;
        });
      },
      { ordered: true, concurrency: 2 },
    );
    const flow = await bench.run(line(waits));
    await flow.emit(1);
    await flow.emit(2);
    await bench.clock.advance(3_000);
    goOn();
    await bench.clock.advance(70_000);
    expect(flow.health().stuck).to.deep.equal(['Waits']);
    expect(flow.snapshot().nodes[0]?.oldestAttemptS).to.be.within(69, 72);
  });

  for (const pauseMs of [100, 999, 1_000, 1_001, 3_000, 60_000]) {
    it(`R36 R33 looks again after nothing was done for ${pauseMs} ms`, async () => {
      const { node: hangs } = held('Hangs');
      const flow = await bench.run(
        rows([
          [pass('Quick'), []],
          [hangs, []],
        ]),
      );
      let told = 0;
      flow.on('node_stuck', () => void told++);
      await flow.call('ok', { to: 'Quick' });
      await bench.clock.advance(pauseMs);
      flow.call('hang', { to: 'Hangs' }).catch(() => {});
      await bench.clock.advance(62_000);
      expect(told).to.equal(1);
    });
  }
});
