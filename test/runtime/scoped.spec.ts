import { expect } from 'chai';
import { Message } from '#src/index.js';
import { useFlows } from '../support/flows.js';
import { failing, held, line, pass } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('scoped emits', () => {
  const bench = useFlows();

  it('R17 are for a fetch of their trace id and for no other', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 8 });
    const any = flow.fetch();
    await flow.emit('mine', { traceId: 't', scoped: true });
    expect(await isPending(any)).to.equal(true);
    await flow.emit('for anybody');
    expect(await any).to.equal('for anybody');
    expect(await isPending(flow.fetch())).to.equal(true);
    expect(await flow.fetch({ traceId: 't' })).to.equal('mine');
  });

  it('R17 leave a consumer loop nothing to take from a round trip', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 32 });
    const taken: unknown[] = [];
    void (async (): Promise<void> => {
      for await (const { value } of flow.results()) taken.push(value);
    })();
    void (async (): Promise<void> => {
      for (;;) taken.push(await flow.fetch());
    })().catch(() => {});
    for (let n = 0; n < 20; n++) {
      await flow.emit(n, { traceId: `t${n}`, scoped: true });
      await flow.emit('loop');
      await settle();
      expect(await flow.fetch({ traceId: `t${n}` })).to.equal(n);
    }
    expect(taken).to.deep.equal(Array.from({ length: 20 }, () => 'loop'));
  });

  it('R17 go to a fetch of their trace id that waits already, of their tenant alone', async () => {
    const flow = await bench.run(line(pass('A')));
    const others = flow.fetch({ traceId: 't' });
    const own = flow.fetch({ traceId: 't', tenant: 'acme' });
    await flow.emit(1, { traceId: 't', tenant: 'acme', scoped: true });
    expect(await own).to.equal(1);
    expect(await isPending(others)).to.equal(true);
  });

  it('R17 take places at the egress like others, and hold up nobody who takes any result', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 1 });
    await flow.emit('kept', { traceId: 't', scoped: true });
    await flow.emit('first');
    await flow.emit('second');
    expect(flow.tryEmit('third')).to.equal(false);
    expect([await flow.fetch(), await flow.fetch()]).to.deep.equal(['first', 'second']);
    expect(await flow.fetch({ traceId: 't' })).to.equal('kept');
  });

  it('R14 R17 keep a failure for a fetch of their trace id', async () => {
    const flow = await bench.run(line(failing('A')));
    const seen: unknown[] = [];
    void (async (): Promise<void> => {
      for await (const result of flow.results()) seen.push(result);
    })();
    const any = flow.fetch();
    await flow.emit(1, { traceId: 't', scoped: true });
    await settle();
    expect([seen.length, await isPending(any), flow.snapshot().unclaimedFailures]).to.deep.equal([0, true, 1]);
    expect(await isPending(flow.fetch())).to.equal(true);
    expect((await failureOf(flow.fetch({ traceId: 't' }))).traceId).to.equal('t');
  });

  it('R14 R17 do not keep failures of others back', async () => {
    const flow = await bench.run(line(failing('A')));
    await flow.emit(1, { traceId: 'one', scoped: true });
    await flow.emit(2);
    await settle();
    expect((await failureOf(flow.fetch())).traceId).to.not.equal('one');
    expect((await failureOf(flow.fetch({ traceId: 'one' }))).traceId).to.equal('one');
  });

  it('R14 R17 a failure that came after a scoped result goes to the next fetch all the same', async () => {
    const { node: work, calls } = held('A', { concurrency: 2 });
    const flow = await bench.run(line(work), { queueMaxsize: 8 });
    await flow.emit(1, { traceId: 't', scoped: true });
    await flow.emit(2);
    calls[0]?.resolve('kept');
    await settle();
    calls[1]?.reject(new Error('no'));
    await settle();
    expect(await codeOf(flow.fetch())).to.equal('NODE_EXCEPTION');
    expect(await flow.fetch({ traceId: 't' })).to.equal('kept');
  });

  it('R17 join scoped runs, as others join others', async () => {
    const { node: work, calls } = held('A', { concurrency: 4 });
    const flow = await bench.run(line(work));
    for (const scoped of [true, false, true, false]) await flow.emit(scoped, { traceId: 't', join: true, scoped });
    expect(flow.snapshot().traces).to.equal(2);
    const any = flow.fetch();
    for (const call of calls) call.resolve(call.payload);
    expect(await any).to.equal(false);
    expect(await flow.fetch()).to.equal(false);
    expect([await flow.fetch({ traceId: 't' }), await flow.fetch({ traceId: 't' })]).to.deep.equal([true, true]);
    expect(flow.snapshot().traces).to.equal(0);
    await flow.emit(true, { traceId: 't', join: true, scoped: true });
    expect(flow.snapshot().traces).to.equal(1);
  });

  it('R17 are emitted by tryEmit and as a Message of theirs too', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 8 });
    expect(flow.tryEmit('one', { traceId: 't', scoped: true })).to.equal(true);
    const message = new Message('two');
    await flow.emit(message, { scoped: true });
    expect(await isPending(flow.fetch())).to.equal(true);
    expect(await flow.fetch({ traceId: 't' })).to.equal('one');
    expect(await flow.fetch({ traceId: message.traceId })).to.equal('two');
  });

  it('R8 R17 that nobody fetched are dropped by a stop, and counted, although a results() is open', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 8 });
    const results = flow.results();
    await flow.emit('kept', { traceId: 't', scoped: true });
    await flow.emit('read');
    const { dropped } = await flow.stop();
    expect(dropped).to.equal(1);
    const read: unknown[] = [];
    for await (const { value } of results) read.push(value);
    expect(read).to.deep.equal(['read']);
  });

  it('R7 R17 need a trace id, and are nothing for a call or a stream', async () => {
    const flow = await bench.run(line(pass('A')));
    const optionOf = async (failed: Promise<unknown>): Promise<unknown> => (await failureOf(failed)).metadata['option'];
    expect(await optionOf(flow.emit(1, { scoped: true }))).to.equal('scoped');
    expect(await optionOf(flow.emit(1, { traceId: 't', scoped: 'yes' as never }))).to.equal('scoped');
    expect(await optionOf(flow.call(1, { traceId: 't', scoped: true }))).to.equal('scoped');
    expect(thrownBy(() => flow.stream(1, { traceId: 't', scoped: true })).metadata['option']).to.equal('scoped');
    expect(thrownBy(() => flow.tryEmit(1, { scoped: true })).metadata['option']).to.equal('scoped');
    expect(await flow.call(1, { scoped: false })).to.equal(1);
    expect(flow.snapshot().traces).to.equal(0);
  });
});
