import { expect } from 'chai';
import { FlowError, start } from '#src/index.js';
import type { Carrier } from '#src/distributed/index.js';
import { pass } from '../../support/nodes.js';
import { codeOf, failureOf, isPending } from '../../support/settling.js';
import { useClients } from './support/client-bench.js';

const Parse = pass('Parse');

describe('results of emits of a client', () => {
  const bench = useClients();
  const graph = start(Parse);

  it('D17 lie there for any process that has the root: the first result, or the failure', async () => {
    const { client, worker, came, flowClass } = await bench.connect(graph);
    const good = await client.emit(1);
    const bad = await client.emit(2);
    await worker.result(await came(0), 'a piece', { piece: true, closes: false });
    await worker.result(await came(0), 'first');
    await worker.result(await came(0), 'second');
    await worker.failure(await came(1), new FlowError('NODE_EXCEPTION', { message: 'no', nodeName: 'Parse' }));
    await client.stop();
    const another = await bench.another(flowClass);
    expect(await another.result(good.rootId)).to.equal('first');
    expect(await another.result(good.rootId, { timeoutS: 0 })).to.equal('first');
    expect(await failureOf(another.result(bad.rootId))).to.include({ code: 'NODE_EXCEPTION', nodeName: 'Parse' });
  });

  it('D11 D17 are there after a redrive, although the failure still lies there', async () => {
    const { client, worker, came } = await bench.connect(graph);
    const { rootId } = await client.emit(1);
    await worker.failure(await came(), new FlowError('NODE_EXCEPTION', { message: 'no', nodeName: 'Parse' }));
    expect(await codeOf(client.result(rootId))).to.equal('NODE_EXCEPTION');
    await worker.result(await came(), 'of the redrive');
    expect(await client.result(rootId)).to.equal('of the redrive');
  });

  it('D17 are waited for where there is none yet', async () => {
    const { client, worker, came, flowClass } = await bench.connect(graph);
    const { rootId } = await client.emit(1);
    const another = await bench.another(flowClass);
    const waiting = another.result(rootId, { timeoutS: 60 });
    expect(await isPending(waiting)).to.equal(true);
    await worker.result(await came(), 'piece', { piece: true, closes: false });
    await worker.result(await came(), 'here');
    expect(await waiting).to.equal('here');
    expect(bench.clock.pending).to.equal(0);
  });

  it('D17 a wait that is over hears nothing more', async () => {
    const { worker, came, flowClass, client } = await bench.connect(graph);
    let open = 0;
    const carrier: Carrier = {
      name: 'counted',
      open: async (options) => {
        const session = await bench.carrier.open(options);
        const records = session.records.bind(session);
        Object.assign(session, {
          records: (...args: Parameters<typeof records>) => {
            const { close } = records(...args);
            open++;
            return {
              close: () => {
                open--;
                close();
              },
            };
          },
        });
        return session;
      },
    };
    const another = await bench.another(flowClass, { carrier });
    const before = open;
    const { rootId } = await client.emit(1);
    const late = codeOf(another.result(rootId, { timeoutS: 1 }));
    const waiting = another.result(rootId);
    await bench.clock.advance(0);
    expect(open).to.equal(before + 2);
    await bench.clock.advance(1_000);
    expect(await late).to.equal('FETCH_TIMEOUT');
    await worker.result(await came(), 'here');
    expect([await waiting, open]).to.deep.equal(['here', before]);
  });

  it('D17 a wait ends with its time, its signal, and the client', async () => {
    const { client } = await bench.connect(graph);
    const late = failureOf(client.result('gone', { timeoutS: 5 }));
    const controller = new AbortController();
    const aborted = failureOf(client.result('gone', { signal: controller.signal }));
    const stopped = failureOf(client.result('gone'));
    await bench.clock.advance(5_000);
    const { code, hint } = await late;
    expect([code, hint]).to.deep.equal([
      'FETCH_TIMEOUT',
      'Raise `timeoutS`; or it is too late: what came of a run is kept for `keepS` of the carrier only (300 s by default).',
    ]);
    controller.abort();
    expect((await aborted).code).to.equal('ABORTED');
    expect(await codeOf(client.result('gone', { signal: controller.signal }))).to.equal('ABORTED');
    const gone = await failureOf(client.result('gone', { timeoutS: 0 }));
    expect([gone.code, gone.hint]).to.deep.equal([
      'FETCH_TIMEOUT',
      'Raise `timeoutS`; or it is too late: what came of a run is kept for `keepS` of the carrier only (300 s by default).',
    ]);
    await client.stop();
    expect((await stopped).code).to.equal('FLOW_STOPPED');
  });

  for (const [title, rootId, options] of [
    ['a root that is none', '', undefined],
    ['a time that is none', 'r', { timeoutS: -1 }],
    ['an option that nobody knows', 'r', { tenant: 'acme' }],
    ['a signal that is none', 'r', { signal: {} }],
  ] as const) {
    it(`D17 result() refuses ${title}`, async () => {
      const { client } = await bench.connect(graph);
      expect(await codeOf(client.result(rootId, options as never))).to.equal('INVALID_OPTION');
    });
  }

  it('D17 results() has what comes of the emits of this client, failures among it, and nothing of its calls', async () => {
    const { client, worker, came, flowClass } = await bench.connect(graph);
    const results = client.results();
    const first = results.next();
    const emits = [await client.emit(1, { traceId: 'a' }), await client.emit(2, { traceId: 'b' })];
    await (await bench.another(flowClass)).emit(3);
    const call = client.call(4);
    await worker.result(await came(3), 'call');
    await call;
    await worker.result(await came(2), "another's");
    await worker.result(await came(0), 'one');
    await worker.failure(await came(1), new FlowError('NODE_TIMEOUT', { message: 'late' }));
    await bench.clock.advance(0);
    expect((await first).value).to.deep.equal({ traceId: 'a', rootId: emits[0]?.rootId, value: 'one' });
    const second = await results.next();
    const value = second.done === true ? undefined : second.value;
    expect([value?.traceId, value?.rootId, value?.error?.code]).to.deep.equal(['b', emits[1]?.rootId, 'NODE_TIMEOUT']);
    const ended = results.next();
    await client.stop();
    expect(await ended).to.deep.equal({ done: true, value: undefined });
  });

  it('D17 results() is left with its loop, and what is cancelled comes as a failure', async () => {
    const { client, runs } = await bench.connect(graph);
    const results = client.results();
    await client.emit(1, { traceId: 'a' });
    await client.cancel('a');
    for await (const { error } of results) {
      expect(error?.code).to.equal('TRACE_CANCELLED');
      break;
    }
    expect(await results.next()).to.deep.equal({ done: true, value: undefined });
    expect(runs.at(-1)?.extra).to.include({ kind: 'emit', status: 'cancelled' });
  });

  it('D29 the end of an emit is told when all its tokens are closed', async () => {
    const { client, worker, came, runs } = await bench.connect(graph);
    await client.emit(1, { labels: { order: '4711' } });
    const taken = await came();
    await worker.step(taken, ['b'], false);
    await worker.result(taken, 1);
    expect(runs).to.have.length(1);
    await worker.failure(
      { ...taken, head: { ...taken.head, token: 'b' } },
      new FlowError('NODE_EXCEPTION', { message: 'no' }),
    );
    await bench.clock.advance(0);
    expect(runs.map(({ eventType }) => eventType)).to.deep.equal(['trace_start', 'trace_end']);
    expect(runs.at(-1)?.extra).to.include({ kind: 'emit', status: 'failed', results: 1, failures: 1 });
  });
});
