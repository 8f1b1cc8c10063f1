import { expect } from 'chai';
import { record, useFlows } from '../../support/flows.js';
import { held, line, node, pass, rows } from '../../support/nodes.js';
import { failureOf, isPending, settle } from '../../support/settling.js';

const picky = () =>
  node('A', (payload: unknown) => {
    if (payload === 'fails') throw new Error('no');
    return payload;
  });

describe('flow.results()', () => {
  const bench = useFlows();

  it('R14 gives results and failures of every trace that nobody waits for, and never throws', async () => {
    const flow = await bench.run(line(picky()));
    const results = flow.results();
    await flow.emit('works', { traceId: 'a' });
    await flow.emit('fails', { traceId: 'b' });
    const [first, second] = [await results.next(), await results.next()];
    expect(first.value).to.deep.equal({ traceId: 'a', value: 'works' });
    expect(second.value).to.have.property('traceId', 'b');
    expect(second.value).to.have.nested.property('error.code', 'NODE_EXCEPTION');
    expect(flow.snapshot()).to.include({ traces: 0, results: 0, unclaimedFailures: 0 });
  });

  it('R14 gives what comes while it waits', async () => {
    const flow = await bench.run(line(picky()));
    const next = flow.results().next();
    expect(await isPending(next)).to.equal(true);
    await flow.emit('works');
    expect((await next).done).to.equal(false);
  });

  it('R14 ends when the flow has stopped and all is handed out', async () => {
    const flow = await bench.run(line(pass('A')));
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const { value } of flow.results()) seen.push(value);
    })();
    for (const n of [1, 2, 3]) await flow.emit(n);
    await flow.stop();
    await reading;
    expect(seen).to.deep.equal([1, 2, 3]);
  });

  it('R14 hands out after the stop what was at the egress before', async () => {
    const flow = await bench.run(line(pass('A')));
    const results = flow.results();
    await flow.emit('last');
    expect(await flow.stop()).to.include({ dropped: 0, drained: true });
    expect((await results.next()).value).to.have.property('value', 'last');
    expect((await results.next()).done).to.equal(true);
    expect((await results.next()).done).to.equal(true);
  });

  it('R8 hands out after the stop what has a deadline that passes meanwhile', async () => {
    const slow = held('Slow');
    const flow = await bench.run(
      rows([
        [pass('Quick'), []],
        [slow.node, []],
      ]),
    );
    const results = flow.results();
    await flow.emit('kept', { traceId: 't', to: 'Quick', timeoutS: 1 });
    expect(await flow.call('answered', { traceId: 't', to: 'Quick' })).to.equal('answered');
    await flow.emit('stuck', { to: 'Slow' });
    const events = record(flow);
    const stopping = flow.stop({ graceS: 2 });
    await bench.clock.advance(2_000);
    expect((await stopping).dropped).to.equal(1);
    expect(events.map(({ eventType }) => eventType)).to.deep.equal(['node_cancelled']);
    expect((await results.next()).value).to.have.property('value', 'kept');
  });

  it('R14 leaving the loop leaves the rest for others', async () => {
    const flow = await bench.run(line(pass('A')));
    for (const n of [1, 2]) await flow.emit(n);
    for await (const { value } of flow.results()) {
      expect(value).to.equal(1);
      break;
    }
    expect(await flow.fetch()).to.equal(2);
    const results = flow.results();
    const [one, two] = [results.next(), results.next()];
    await results.return?.();
    expect(await isPending(Promise.all([one, two]))).to.equal(false);
    await flow.emit(3);
    expect(await flow.fetch()).to.equal(3);
  });

  it('R14 failures that a reader left unread are kept for who asks, and block nobody', async () => {
    const flow = await bench.run(line(picky()), { queueMaxsize: 2 });
    const results = flow.results();
    await flow.emit('fails', { traceId: 'a' });
    await flow.emit('fails', { traceId: 'b' });
    const third = flow.emit('fails', { traceId: 'c' });
    await third;
    await results.return?.();
    expect(flow.snapshot()).to.include({ traces: 0, results: 0, unclaimedFailures: 3 });
    await flow.emit('works');
    expect(await failureOf(flow.fetch({ traceId: 'b' }))).to.include({ code: 'NODE_EXCEPTION', traceId: 'b' });
    expect(await failureOf(flow.fetch())).to.include({ traceId: 'a' });
    expect(await failureOf(flow.fetch())).to.include({ traceId: 'c' });
    expect(await flow.fetch()).to.equal('works');
  });

  it('R14 an unscoped fetch finds a result behind failures that wait for a reader', async () => {
    const flow = await bench.run(line(picky()), { queueMaxsize: 1 });
    const results = flow.results();
    await flow.emit('fails');
    await flow.emit('works');
    const fetched = flow.fetch();
    expect(await isPending(fetched)).to.equal(false);
    expect(await fetched).to.equal('works');
    expect((await results.next()).value).to.have.property('error');
  });

  it('R14 two readers share the results, each gets its own', async () => {
    const flow = await bench.run(line(pass('A')));
    const [one, two] = [flow.results().next(), flow.results().next()];
    await flow.emit(1);
    await flow.emit(2);
    expect((await one).value).to.have.property('value', 1);
    expect((await two).value).to.have.property('value', 2);
  });

  it('R14 a reader takes no result of a call, and none of a trace that somebody fetches', async () => {
    const { node: work, calls } = held('A', { concurrency: 2 });
    const flow = await bench.run(line(work));
    const next = flow.results().next();
    const called = flow.call(1);
    const traceId = await flow.emit(2);
    const fetched = flow.fetch({ traceId });
    calls[0]?.resolve('called');
    calls[1]?.resolve('fetched');
    expect([await called, await fetched]).to.deep.equal(['called', 'fetched']);
    await settle();
    expect(await isPending(next)).to.equal(true);
  });
});
