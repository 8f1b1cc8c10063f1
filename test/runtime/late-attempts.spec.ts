import { expect } from 'chai';
import { LateAttempts } from '#src/runtime/node/late-attempts.js';
import { useFlows, type TestFlow } from '../support/flows.js';
import { held, line } from '../support/nodes.js';
import { codeOf, settle } from '../support/settling.js';

describe('interrupted code that still runs', () => {
  const bench = useFlows();

  /** Sends so many messages, one after the other, that each time out. */
  async function timeOut(flow: TestFlow, count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      await flow.emit(n).catch(() => {});
      await bench.clock.advance(1_000);
    }
  }

  it('R11 does not keep its slot, up to maxLate of the node', async () => {
    const { node, calls } = held('A', { timeoutS: 1, maxLate: 2 });
    const flow = await bench.run(line(node));
    await timeOut(flow, 3);
    expect(calls).to.have.length(3);
    await flow.emit('waits');
    expect(calls).to.have.length(3);
    expect(flow.snapshot().nodes[0]).to.include({ late: 3, inFlight: 0, queued: 1 });
  });

  for (const end of ['resolve', 'reject'] as const) {
    it(`R11 lets the node start again when it returns (${end})`, async () => {
      const { node, calls } = held('A', { timeoutS: 1, maxLate: 2 });
      const flow = await bench.run(line(node));
      await timeOut(flow, 3);
      await flow.emit('first');
      await flow.emit('second');
      calls[1]?.[end]('late');
      await settle();
      expect(calls.slice(3).map(({ payload }) => payload)).to.deep.equal(['first']);
      expect(flow.snapshot().nodes[0]).to.include({ late: 2, inFlight: 1, queued: 1 });
    });
  }

  it('R11 lets the node start again when it was interrupted stuckAfterS ago', async () => {
    const { node, calls } = held('A', { timeoutS: 1, maxLate: 0 });
    const flow = await bench.run(line(node), { stuckAfterS: 10 });
    await timeOut(flow, 1);
    await flow.emit('waits');
    await bench.clock.advance(9_000);
    expect(calls).to.have.length(1);
    await bench.clock.advance(1_500);
    expect(calls.map(({ payload }) => payload)).to.deep.equal([0, 'waits']);
    // It returns at last, which changes nothing.
    calls[0]?.resolve();
    await settle();
    expect(flow.snapshot().nodes[0]).to.include({ late: 0, inFlight: 1 });
  });

  it('R11 holds a retry back as well, which goes first when the node starts again', async () => {
    const { node, calls } = held('A', { timeoutS: 1, maxLate: 0, maxRetries: 5, backoffBaseS: 0 });
    const flow = await bench.run(line(node));
    await flow.emit('retried');
    await bench.clock.advance(1_000);
    await flow.emit('next');
    await bench.clock.advance(5_000);
    expect(calls).to.have.length(1);
    calls[0]?.resolve();
    await settle();
    expect(calls.map(({ payload, ctx }) => [payload, ctx.attempt])).to.deep.equal([
      ['retried', 0],
      ['retried', 1],
    ]);
  });

  it('R11 R16 a retry that is held back can be cancelled', async () => {
    const { node, calls } = held('A', { timeoutS: 1, maxLate: 0, maxRetries: 5, backoffBaseS: 0 });
    const flow = await bench.run(line(node));
    const code = codeOf(flow.call('retried', { traceId: 't' }));
    await bench.clock.advance(2_000);
    expect(flow.cancel('t')).to.equal(true);
    expect(await code).to.equal('TRACE_CANCELLED');
    calls[0]?.resolve();
    await settle();
    expect(calls).to.have.length(1);
    expect(flow.snapshot().nodes[0]).to.include({ late: 0, inFlight: 0 });
    await flow.emit('next');
    expect(calls).to.have.length(2);
  });

  it('R11 is named by health(), and one node_stuck says so', async () => {
    const { node, calls } = held('A', { timeoutS: 1, maxLate: 1 });
    const flow = await bench.run(line(node));
    const told: unknown[] = [];
    flow.on('node_stuck', ({ traceId, extra }) => void told.push([traceId, extra]));
    for (const traceId of ['a', 'b', 'c']) {
      await flow.emit(1, { traceId });
      await bench.clock.advance(1_000);
    }
    await bench.clock.advance(5_000);
    expect(flow.health().stuck).to.deep.equal(['A']);
    expect(told).to.deep.equal([['a', { age_s: 3, interrupted: true, held_back: 1 }]]);
    for (const call of calls) call.resolve();
    await settle();
    expect(flow.health().stuck).to.deep.equal([]);
  });

  it('R11 says so again when it happens again', async () => {
    const { node, calls } = held('A', { timeoutS: 1, maxLate: 0 });
    const flow = await bench.run(line(node));
    let told = 0;
    flow.on('node_stuck', () => void told++);
    for (let n = 1; n <= 3; n++) {
      await timeOut(flow, 1);
      await bench.clock.advance(3_000);
      expect(told).to.equal(n);
      calls.at(-1)?.resolve();
      await settle();
      await bench.clock.advance(1_000);
    }
  });

  for (const [policy, limit] of [
    [{}, 16],
    [{ concurrency: 3 }, 16],
    [{ concurrency: 5 }, 20],
    [{ maxLate: Number.POSITIVE_INFINITY }, undefined],
  ] as const) {
    it(`R11 may be as much as ${limit ?? 'there is'} with ${JSON.stringify(policy)}`, async () => {
      const { node, calls } = held('A', { timeoutS: 1, ...policy });
      const flow = await bench.run(line(node), { stuckAfterS: 0 });
      await timeOut(flow, 30);
      expect(calls).to.have.length(limit === undefined ? 30 : limit + 1);
    });
  }

  it('R8 R11 a stop ends what is held back', async () => {
    const { node } = held('A', { timeoutS: 1, maxLate: 0, maxRetries: 1, backoffBaseS: 0 });
    const flow = await bench.run(line(node));
    await flow.emit('retried');
    await bench.clock.advance(1_000);
    await flow.emit('queued');
    const stopped = flow.stop({ graceS: 1 });
    await bench.clock.advance(1_000);
    expect(await stopped).to.deep.include({ drained: false, dropped: 2, stuckNodes: ['A'] });
  });

  it('R11 counts from the interruption: a timeoutS as long as stuckAfterS changes nothing', async () => {
    const { node, calls } = held('A', { timeoutS: 60, maxLate: 0 });
    const flow = await bench.run(line(node));
    for (let n = 0; n < 2; n++) await flow.emit(n);
    await bench.clock.advance(118_000);
    expect(calls).to.have.length(1);
    await bench.clock.advance(3_000);
    expect(calls).to.have.length(2);
  });

  it('R3 R11 a retry that is held back and cancelled leaves nothing behind', async () => {
    const { node } = held('A', { timeoutS: 1, maxLate: 0, maxRetries: 5, backoffBaseS: 0 });
    const flow = await bench.run(line(node));
    const late = new LateAttempts(0, 1, () => {});
    late.add({} as never, {} as never);
    const begin = (): void => expect.fail('was forgotten');
    expect(late.holdBack(begin)).to.equal(true);
    late.forget(begin);
    for (const [slot] of late) late.delete(slot);
    const code = codeOf(flow.call(1, { traceId: 't' }));
    await bench.clock.advance(2_000);
    flow.cancel('t');
    expect(await code).to.equal('TRACE_CANCELLED');
  });
});
