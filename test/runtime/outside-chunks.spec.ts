import { expect } from 'chai';
import { Message, StreamChunk } from '#src/index.js';
import { useFlows } from '../support/flows.js';
import { held, line, node, pass } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';

describe('chunks from outside', () => {
  const bench = useFlows();

  it('R18 go to the stream of the run, numbered with those of its nodes', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const stream = flow.stream('q', { traceId: 't', tenant: 'acme' });
    await settle();
    await calls[0]?.ctx.emitChunk('a');
    const sent = await flow.emitChunk('t', 'b', { tenant: 'acme', meta: { by: 'tool' } });
    expect([sent.streamId, sent.seq, sent.done, sent.meta]).to.deep.equal(['t', 1, false, { by: 'tool' }]);
    await calls[0]?.ctx.emitChunk('c', { done: true });
    calls[0]?.resolve('answer');
    const pieces: unknown[] = [];
    for await (const piece of stream) pieces.push(StreamChunk.is(piece) ? [piece.seq, piece.text] : piece);
    expect(pieces).to.deep.equal([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ]);
    expect(await stream.result).to.equal('answer');
  });

  it('R18 go to the stream that is read, where several runs bear the id', async () => {
    const { node: work } = held('A', { concurrency: 3 });
    const flow = await bench.run(line(work));
    await flow.emit(1, { traceId: 't' });
    const stream = flow.stream(2, { traceId: 't' });
    await flow.emitChunk('t', 'mine');
    expect(((await stream.next()).value as StreamChunk).text).to.equal('mine');
    await stream.return();
    await flow.emitChunk('t', 'the other one’s');
    expect(((await flow.fetch({ traceId: 't' })) as StreamChunk).seq).to.equal(0);
  });

  it('R18 begin a run where there is none, which is over when its streams are done', async () => {
    const flow = await bench.run(line(pass('A')));
    const taken: unknown[] = [];
    for (const [text, done] of [
      ['a', false],
      ['b', false],
      ['c', true],
    ] as const) {
      await flow.emitChunk('t', text, { done });
      await flow.emitChunk('t', text.toUpperCase(), { streamId: 'other', done });
      for (const _ of [1, 2]) {
        const { streamId, seq } = (await flow.fetch({ traceId: 't' })) as StreamChunk;
        taken.push(`${streamId} ${seq}`);
      }
      expect(flow.snapshot().traces).to.equal(done ? 0 : 1);
    }
    expect(taken).to.deep.equal(['t 0', 'other 0', 't 1', 'other 1', 't 2', 'other 2']);
    await flow.emitChunk('t', 'again', { done: true });
    expect(((await flow.fetch()) as StreamChunk).seq).to.equal(0);
  });

  it('R16 R18 a run that chunks began ends with a cancel, and with the deadline of its message', async () => {
    const flow = await bench.run(line(pass('A')));
    await flow.emitChunk('t', 'a');
    expect(flow.cancel('t')).to.equal(true);
    expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
    const deadlineS = bench.clock.now() / 1000 + 2;
    await flow.emitChunk(new Message('q', { traceId: 'u', deadlineS }), 'a');
    expect(flow.snapshot().traces).to.equal(1);
    expect(((await flow.fetch()) as StreamChunk).text).to.equal('a');
    await bench.clock.advance(2_001);
    await settle();
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R18 bear the headers and meta of the message they are sent for', async () => {
    const flow = await bench.run(line(pass('A')));
    const parent = new Message('q', { traceId: 't', headers: { tenant: 'acme', topic: 'x' }, meta: { k: 1 } });
    await flow.emitChunk(parent, 'a', { done: true });
    const { headers, meta, traceId } = await flow.fetchMessage({ traceId: 't', tenant: 'acme' });
    expect([headers, meta, traceId]).to.deep.equal([{ tenant: 'acme', topic: 'x', priority: 0 }, { k: 1 }, 't']);
    const { node: work } = held('B');
    const busy = await bench.run(line(work));
    await busy.emit('q', { traceId: 't', tenant: 'acme', meta: { of: 'the run' } });
    await busy.emitChunk('t', 'a', { tenant: 'acme' });
    await busy.emitChunk(parent, 'b');
    expect((await busy.fetchMessage()).meta).to.deep.equal({ of: 'the run' });
    const second = await busy.fetchMessage();
    expect([second.meta, (second.payload as StreamChunk).seq]).to.deep.equal([{ k: 1 }, 1]);
  });

  it('R4 R18 wait for room at the egress and end with their run', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 1 });
    await flow.emitChunk('t', 'a');
    const second = flow.emitChunk('t', 'b');
    expect(await isPending(second)).to.equal(true);
    expect(((await flow.fetch()) as StreamChunk).text).to.equal('a');
    expect((await second).seq).to.equal(1);
    const third = flow.emitChunk('t', 'c');
    expect(await isPending(third)).to.equal(true);
    flow.cancel('t');
    expect(await codeOf(third)).to.equal('TRACE_CANCELLED');
  });

  it('R17 R18 are for the tenant that is named, and `default` otherwise', async () => {
    const flow = await bench.run(line(held('A').node));
    await flow.emit(1, { traceId: 't', tenant: 'acme' });
    expect(await codeOf(flow.emitChunk('t', 'a'))).to.equal('TENANT_REQUIRED');
    await flow.emitChunk('t', 'a', { tenant: 'acme' });
    expect(flow.snapshot().traces).to.equal(1);
    await flow.emitChunk('t', 'a', { tenant: 'hooli' });
    expect(flow.snapshot().traces).to.equal(2);
  });

  it('R7 R18 are refused in the wrong state and with wrong options', async () => {
    const flow = bench.make(line(node('A', () => undefined)));
    expect(await codeOf(flow.emitChunk('t', 'a'))).to.equal('NOT_RUNNING');
    await flow.run();
    const optionOf = async (sent: Promise<unknown>): Promise<unknown> => (await failureOf(sent)).metadata['option'];
    expect(await optionOf(flow.emitChunk('', 'a'))).to.equal('traceId');
    expect(await optionOf(flow.emitChunk(undefined as never, 'a'))).to.equal('traceId');
    expect(await optionOf(flow.emitChunk('t', 1 as never))).to.equal('text');
    expect(await optionOf(flow.emitChunk('t', 'a', { to: 'A' } as never))).to.equal('to');
    expect(await optionOf(flow.emitChunk('t', 'a', { streamId: '' }))).to.equal('streamId');
    expect(await optionOf(flow.emitChunk('t', 'a', { tenant: '' }))).to.equal('tenant');
    expect(await optionOf(flow.emitChunk('t', 'a', { meta: [] as never }))).to.equal('meta');
    expect(flow.snapshot().traces).to.equal(0);
    await flow.stop();
    expect(await codeOf(flow.emitChunk('t', 'a'))).to.equal('FLOW_STOPPED');
  });

  it('R8 R18 go on while the flow drains, and begin nothing then', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const stream = flow.stream(1, { traceId: 't' });
    await settle();
    const stopped = flow.stop({ drainS: 10 });
    await settle();
    await flow.emitChunk('t', 'a');
    expect(await codeOf(flow.emitChunk('u', 'a'))).to.equal('FLOW_STOPPED');
    expect(((await stream.next()).value as StreamChunk).text).to.equal('a');
    calls[0]?.resolve('end');
    expect((await stream.next()).value).to.equal('end');
    await stopped;
  });
});
