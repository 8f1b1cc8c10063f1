import { expect } from 'chai';
import { FlowError, StreamChunk, type NodeClass } from '#src/index.js';
import { record, shortForm, useFlows } from '../../support/flows.js';
import { line, node, pass, rows } from '../../support/nodes.js';
import { codeOf, isPending, settle } from '../../support/settling.js';

describe('a reader that takes nothing', () => {
  const bench = useFlows();
  let emitted: unknown[] = [];
  let aborted: unknown[] = [];

  beforeEach(() => {
    emitted = [];
    aborted = [];
  });

  /** Sends so many chunks, and keeps how its emits and its signal ended. */
  function sends(count = 99): NodeClass<unknown> {
    return node('Sends', async (payload: unknown, ctx) => {
      if (payload === 'quick') return payload;
      ctx.signal.addEventListener('abort', () => aborted.push((ctx.signal.reason as FlowError).code));
      for (let n = 0; n < count; n++) {
        await ctx.emitChunk(`piece ${n}`).catch((error: unknown) => {
          emitted.push((error as FlowError).code);
          throw error;
        });
      }
      return 'end';
    });
  }

  it('R18 ends its run with READER_STALLED, for next(), result and the node that waits', async () => {
    const flow = await bench.run(line(sends()), { queueMaxsize: 2 });
    const events = record(flow);
    const stream = flow.stream(1, { traceId: 'a' });
    const { result } = stream;
    await bench.clock.advance(30_000);
    expect(await isPending(result)).to.equal(true);
    await bench.clock.advance(1_000);
    expect(await codeOf(result)).to.equal('READER_STALLED');
    const error = await stream.next().catch((reason: unknown) => reason);
    expect(FlowError.is(error, 'READER_STALLED')).to.equal(true);
    expect(error).to.include({ traceId: 'a', message: 'Nobody took a piece of the stream of trace a for 30 s' });
    expect((error as FlowError).metadata).to.deep.equal({ chunk_stall_s: 30 });
    expect([emitted, aborted]).to.deep.equal([['READER_STALLED'], ['READER_STALLED']]);
    expect(shortForm(events).filter((event) => !event.includes(':flow_'))).to.deep.equal([
      'Sends:node_start',
      'OpenSea:trace_cancel_start',
      'Sends:node_trace_cancelled',
      'Rookery:trace_cancel_finish',
    ]);
    expect(flow.snapshot()).to.include({ traces: 0, cancelledTraces: 1 });
    expect(await stream.next()).to.deep.equal({ done: true, value: undefined });
  });

  it('R18 lets the runs go on that waited for the node', async () => {
    const flow = await bench.run(line(sends()), { queueMaxsize: 2, chunkStallS: 5 });
    const stalled = flow.stream(1);
    stalled.result.catch(() => {});
    const call = flow.call('quick');
    await bench.clock.advance(4_000);
    expect(await isPending(call)).to.equal(true);
    await bench.clock.advance(2_000);
    expect(await call).to.equal('quick');
    expect(flow.health()).to.deep.include({ ready: true, stuck: [] });
  });

  it('R18 also while all pieces have room, and when they are yielded', async () => {
    const yields = node('Yields', async function* () {
      yield 1;
      await new Promise(() => {});
    });
    const flow = await bench.run(line(yields, pass('Next')));
    const { result } = flow.stream(1);
    await bench.clock.advance(31_000);
    expect(await codeOf(result)).to.equal('READER_STALLED');
  });

  it('R18 the time begins anew with each piece that is taken', async () => {
    const flow = await bench.run(line(sends()), { queueMaxsize: 2 });
    const stream = flow.stream(1);
    for (let n = 0; n < 5; n++) {
      await bench.clock.advance(28_000);
      const { value } = await stream.next();
      expect((value as StreamChunk).seq).to.equal(n);
    }
    await bench.clock.advance(32_000);
    expect(await codeOf(stream.next())).to.equal('READER_STALLED');
  });

  it('R18 not while it waits for a piece itself', async () => {
    const late = node('Late', async (_, ctx) => {
      await ctx.sleep(100);
      await ctx.emitChunk('at last');
      return 'end';
    });
    const flow = await bench.run(line(late));
    const stream = flow.stream(1);
    const next = stream.next();
    await bench.clock.advance(101_000);
    expect(((await next).value as StreamChunk).text).to.equal('at last');
    expect(await stream.next()).to.deep.equal({ done: true, value: 'end' });
  });

  it('R18 not for a final value: it ends the run at once, or with the last piece before it, and is there whenever the reader comes', async () => {
    const flow = await bench.run(line(sends(2)), { queueMaxsize: 1 });
    const quick = flow.stream('quick');
    expect(await quick.result).to.equal('quick');
    expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
    const behind = flow.stream(1);
    await settle();
    for (const seq of [0, 1]) {
      expect(flow.snapshot().traces).to.equal(1);
      expect((await behind.next()).value).to.include({ seq });
      await settle();
    }
    expect(flow.snapshot().traces).to.equal(0);
    expect(await behind.result).to.equal('end');
    await bench.clock.advance(3_600_000);
    expect(await quick.next()).to.deep.equal({ done: true, value: 'quick' });
    expect(await behind.next()).to.deep.equal({ done: true, value: 'end' });
    expect(await behind.next()).to.deep.equal({ done: true, value: undefined });
  });

  it('R18 never with a chunkStallS of 0, and not for a run that has failed before', async () => {
    const flow = await bench.run(line(sends()), { queueMaxsize: 2, chunkStallS: 0 });
    const stream = flow.stream(1);
    const fails = node('Fails', async (_, ctx) => {
      await ctx.emitChunk('piece');
      throw new Error('no');
    });
    const failing = await bench.run(line(fails));
    const failed = failing.stream(1);
    await bench.clock.advance(3_600_000);
    expect(((await stream.next()).value as StreamChunk).seq).to.equal(0);
    expect(((await failed.next()).value as StreamChunk).text).to.equal('piece');
    expect(await codeOf(failed.next())).to.equal('NODE_EXCEPTION');
  });

  it('R18 ends what other nodes do for the run, and no other stream', async () => {
    const slow = node('Slow', () => new Promise(() => {}));
    const graph = rows([
      [sends(), []],
      [slow, []],
    ]);
    const flow = await bench.run(graph, { queueMaxsize: 2, chunkStallS: 5 });
    const { result } = flow.stream(1);
    result.catch(() => {});
    const other = flow.stream('quick', { to: 'Sends' });
    await bench.clock.advance(6_500);
    expect(flow.snapshot().nodes.map(({ inFlight }) => inFlight)).to.deep.equal([0, 0]);
    expect(await other.next()).to.deep.equal({ done: true, value: 'quick' });
    await settle();
    expect(flow.snapshot().traces).to.equal(0);
  });
});
