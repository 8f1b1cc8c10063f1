import { expect } from 'chai';
import { FlowError, start } from '#src/index.js';
import { pass } from '../../support/nodes.js';
import { codeOf, failureOf, isPending } from '../../support/settling.js';
import { useClients } from './support/client-bench.js';

const Parse = pass('Parse');
const Score = pass('Score');

describe('call() of a client', () => {
  const bench = useClients();
  const graph = start(Parse).to(Score);

  it('D17 resolves with the first result that is no piece, and tells its run once', async () => {
    const { client, worker, runs, came } = await bench.connect(graph);
    const call = client.call({ page: 1 }, { traceId: 't', tenant: 'acme', timeoutS: 30 });
    const taken = await came();
    expect(taken.head).to.include({ kind: 'call', traceId: 't', deadlineMs: bench.clock.now() + 30_000 });
    await bench.clock.advance(250);
    await worker.result(taken, 'a piece', { piece: true, closes: false });
    await worker.result(taken, { score: 3 });
    expect(await call).to.deep.equal({ score: 3 });
    expect(runs.map(({ eventType }) => eventType)).to.deep.equal(['trace_start', 'trace_end']);
    const [begun, ended] = runs;
    expect(begun).to.include({ traceId: 't', tenant: 'acme', nodeName: null, latencyMs: null });
    expect(begun?.toPayload()).to.include({ kind: 'call', root: taken.head.root });
    expect(ended).to.include({ traceId: 't', tenant: 'acme', latencyMs: 250, runId: begun?.runId });
    // What is done elsewhere is counted there.
    expect(ended?.extra).to.deep.equal({ status: 'succeeded', kind: 'call', results: 2, failures: 0 });
    expect(ended?.toPayload()).to.include({ root: taken.head.root });
  });

  it('D17 takes the first piece of a run that gives nothing else, as a flow in the process does', async () => {
    const { client, worker, came } = await bench.connect(graph);
    const call = client.call(1);
    const taken = await came();
    await worker.result(taken, 'one', { piece: true, closes: false });
    await worker.result(taken, 'two', { piece: true });
    expect(await call).to.equal('one');
  });

  it('D17 rejects with the failure as it was elsewhere', async () => {
    const { client, worker, runs, came } = await bench.connect(graph);
    const call = failureOf(client.call(1, { traceId: 't' }));
    const init = {
      message: 'Node "Score" threw',
      traceId: 't',
      nodeName: 'Score',
      nodeId: 'Score',
      metadata: { attempt: 2 },
    };
    await worker.failure(await came(), new FlowError('NODE_EXCEPTION', { ...init, cause: new TypeError('no score') }));
    const failure = await call;
    expect(failure).to.include({ code: 'NODE_EXCEPTION', message: init.message, traceId: 't', nodeName: 'Score' });
    expect(failure.metadata).to.deep.equal({ attempt: 2 });
    expect(failure.exceptionType).to.equal('TypeError');
    expect(runs.at(-1)?.extra).to.include({
      status: 'failed',
      failures: 1,
      error_code: 'NODE_EXCEPTION',
      error_node: 'Score',
    });
    expect(worker.cancels).to.deep.equal([]);
  });

  it('D17 keeps a failure whose code another build has made', async () => {
    const { client, worker, came } = await bench.connect(graph);
    const call = failureOf(client.call(1));
    await worker.failure(await came(), { code: 'NEW_IN_THE_NEXT_RELEASE', message: 'odd' });
    expect(await call).to.include({ code: 'NEW_IN_THE_NEXT_RELEASE', message: 'odd' });
  });

  it('D16 a failure has the rest of the run ended, unless the flow says that it goes on', async () => {
    for (const afterFailure of [undefined, 'continue'] as const) {
      const flow = afterFailure === undefined ? {} : { afterFailure };
      const { client, worker, runs, came } = await bench.connect(graph, { flow });
      const call = codeOf(client.call(1));
      const taken = await came();
      await worker.step(taken, ['other'], false);
      await worker.failure(taken, new FlowError('NODE_TIMEOUT', { message: 'late' }));
      expect(await call).to.equal('NODE_TIMEOUT');
      const goesOn = afterFailure === 'continue';
      const key = `root ${taken.head.root}`;
      expect(worker.cancels.filter((cancel) => cancel.key === key)).to.have.length(goesOn ? 0 : 1);
      expect(runs).to.have.length(goesOn ? 1 : 2);
    }
  });

  it('D18 rejects with NO_RESULT when all tokens are closed, whatever order they come in', async () => {
    const { client, worker, runs, came } = await bench.connect(graph);
    const call = client.call(1, { traceId: 't' });
    const failed = failureOf(call);
    const taken = await came();
    const of = (token: string): { readonly head: typeof taken.head } => ({ head: { ...taken.head, token } });
    // A close comes before its open.
    await worker.step(of('b'), [], true);
    await worker.step(taken, ['a', 'b'], false);
    await worker.step(taken, [], true);
    expect(await isPending(call)).to.equal(true);
    await worker.step(of('a'), [], true);
    expect(await failed).to.include({ code: 'NO_RESULT', traceId: 't' });
    expect(runs.at(-1)?.extra).to.include({ status: 'failed', error_code: 'NO_RESULT' });
  });

  it('D18 never rejects early where something ran again and may have sent something else', async () => {
    const { client, worker, came } = await bench.connect(graph);
    const call = client.call(1, { timeoutS: 60 });
    const taken = await came();
    await worker.step(taken, [], true, true);
    expect(await isPending(call)).to.equal(true);
    await worker.result(taken, 'late');
    expect(await call).to.equal('late');
    const another = failureOf(client.call(2, { timeoutS: 60 }));
    await worker.step(await came(1), [], true, true);
    await bench.clock.advance(60_000);
    expect((await another).code).to.equal('DEADLINE_EXCEEDED');
  });

  it('D18 waits for the work that goes on behind a result, and ends its run then', async () => {
    const { client, worker, runs, came } = await bench.connect(graph);
    const call = client.call(1);
    const taken = await came();
    await worker.step(taken, ['more'], false);
    await worker.result(taken, 1);
    expect(await call).to.equal(1);
    expect(runs).to.have.length(1);
    await bench.clock.advance(1_000);
    const more = { ...taken, head: { ...taken.head, token: 'more' } };
    await worker.failure(more, new FlowError('NODE_EXCEPTION', { message: 'behind it' }));
    await bench.clock.advance(0);
    // As in a process: what fails behind the answer does not make a failure of the run.
    expect(runs.at(-1)?.extra).to.include({ status: 'succeeded', results: 1, failures: 1 });
    expect(runs.at(-1)?.latencyMs).to.equal(1_000);
  });

  it('D6 a result that is told twice counts once', async () => {
    const { client, worker, runs, came } = await bench.connect(graph);
    const all = client.collect(1);
    const taken = await came();
    await worker.result(taken, 'a', { result: 'same', closes: false });
    await worker.result(taken, 'a', { result: 'same', closes: false });
    await worker.result(taken, 'b');
    expect(await all).to.deep.equal(['a', 'b']);
    expect(runs.at(-1)?.extra).to.include({ results: 2 });
  });

  it('D16 ends at its time, and has the rest cancelled', async () => {
    const { client, worker, runs, came } = await bench.connect(graph);
    const call = failureOf(client.call(1, { timeoutS: 10, traceId: 't' }));
    const { head } = await came();
    // What is done to the clock of the machine does not matter.
    bench.clock.setNow(bench.clock.now() + 3_600_000);
    await bench.clock.advance(9_000);
    expect(worker.cancels).to.deep.equal([]);
    await bench.clock.advance(1_000);
    expect(await call).to.include({ code: 'DEADLINE_EXCEEDED', traceId: 't' });
    expect(worker.cancels.map(({ key }) => key)).to.deep.equal([`root ${head.root}`]);
    expect(runs.at(-1)?.extra).to.include({ status: 'deadline' });
    expect(runs).to.have.length(2);
  });

  it('D16 is aborted by its signal, and has the rest cancelled', async () => {
    const { client, worker, runs, came } = await bench.connect(graph);
    const controller = new AbortController();
    const call = failureOf(client.call(1, { signal: controller.signal }));
    const { head } = await came();
    controller.abort();
    expect((await call).code).to.equal('ABORTED');
    await bench.clock.advance(0);
    expect(worker.cancels.map(({ key }) => key)).to.deep.equal([`root ${head.root}`]);
    expect(runs.at(-1)?.extra).to.include({ status: 'cancelled', reason: 'the signal of its caller aborted' });
  });

  it('D16 cancel() ends the runs of a trace and tenant here at once, and elsewhere by a record', async () => {
    const { client, worker, runs, came } = await bench.connect(graph);
    const call = failureOf(client.call(1, { traceId: 't', tenant: 'acme' }));
    const other = client.call(2, { traceId: 't' });
    await came(1);
    await client.cancel('t', { tenant: 'acme' });
    expect((await call).code).to.equal('TRACE_CANCELLED');
    expect(await isPending(other)).to.equal(true);
    expect(worker.cancels.map(({ key, body }) => [key, body])).to.deep.equal([
      ['trace 4 acmet', '{"reason":"cancel() was called"}'],
    ]);
    expect(runs.at(-1)?.extra).to.include({ status: 'cancelled' });
    // A second one ends what has begun since.
    await client.cancel('t', { tenant: 'acme' });
    expect(worker.cancels).to.have.length(2);
    await worker.result(await came(1), 'still there');
    expect(await other).to.equal('still there');
    expect(await codeOf(client.cancel(''))).to.equal('INVALID_OPTION');
  });

  it('D16 cancelRoot() ends one run, also one of another process', async () => {
    const { client, worker, came, flowClass } = await bench.connect(graph);
    const call = failureOf(client.call(1, { traceId: 't' }));
    const other = client.call(2, { traceId: 't' });
    const { head } = await came();
    await (await bench.another(flowClass)).cancelRoot('of-another');
    await client.cancelRoot(head.root);
    expect((await call).code).to.equal('TRACE_CANCELLED');
    expect(await isPending(other)).to.equal(true);
    expect(worker.cancels.map(({ key }) => key)).to.deep.equal(['root of-another', `root ${head.root}`]);
  });

  it('D25 goes on by itself when the engine was away', async () => {
    const { client, worker, came } = await bench.connect(graph);
    const call = client.call(1);
    const taken = await came();
    bench.carrier.faults.become('down', 'restart');
    await bench.clock.advance(0);
    expect(client.health()).to.deep.include({ ready: false, carrier: { state: 'down', detail: 'restart' } });
    const answered = worker.result(taken, 'here');
    const more = client.call(2);
    await bench.clock.advance(5_000);
    bench.carrier.faults.become('up');
    await answered;
    expect(await call).to.equal('here');
    await worker.result(await came(1), 'there');
    expect(await more).to.equal('there');
    expect(client.health().ready).to.equal(true);
  });

  it('D7 two calls of one `id` both run, under one idempotency key', async () => {
    const { client, worker, came } = await bench.connect(graph);
    const calls = [client.call('a', { id: 'order-4711' }), client.call('b', { id: 'order-4711' })];
    await worker.result(await came(0), 1);
    await worker.result(await came(1), 2);
    expect(await Promise.all(calls)).to.deep.equal([1, 2]);
    expect(worker.taken.map(({ head }) => head.key)).to.deep.equal(['order-4711', 'order-4711']);
  });

  it('rejects with what came and cannot be read', async () => {
    const { client, worker, came } = await bench.connect(graph);
    const call = failureOf(client.call(1));
    await worker.result(await came(), undefined, { value: '{"$t":["unheard-of",{}]}' });
    expect((await call).code).to.match(/UNKNOWN_TYPE|NOT_DECODABLE/);
  });
});

describe('collect() of a client', () => {
  const bench = useClients();
  const graph = start(Parse).to(Score);

  it('D18 has all results in the order in which they arrive, when all tokens are closed', async () => {
    const { client, worker, came } = await bench.connect(graph);
    const all = client.collect('rows');
    const taken = await came();
    expect(taken.head.kind).to.equal('collect');
    const of = (token: string): typeof taken => ({ ...taken, head: { ...taken.head, token } });
    await worker.step(taken, ['b', 'c'], false);
    await worker.result(of('c'), 3);
    await worker.result(taken, 1, { closes: false, piece: true });
    await worker.result(taken, 2);
    expect(await isPending(all)).to.equal(true);
    await worker.step(of('b'), [], true);
    expect(await all).to.deep.equal([3, 1, 2]);
  });

  it('D18 is empty where there is no result, and completes also after a run that was uncertain', async () => {
    const { client, worker, came } = await bench.connect(graph);
    const all = client.collect('rows');
    await worker.step(await came(), [], true, true);
    expect(await all).to.deep.equal([]);
  });

  it('D18 rejects with the first failure, or gathers them with `settle`', async () => {
    const { client, worker, came, runs } = await bench.connect(graph);
    const error = new FlowError('NODE_EXCEPTION', { message: 'no', nodeName: 'Score' });
    const first = failureOf(client.collect('rows'));
    await worker.failure(await came(0), error);
    expect((await first).message).to.equal('no');
    const settled = client.collect('rows', { settle: true });
    const taken = await came(1);
    await worker.failure(taken, error, false);
    await worker.result(taken, 'rest');
    const { results, failures } = await settled;
    expect(results).to.deep.equal(['rest']);
    expect(failures.map(({ code }) => code)).to.deep.equal(['NODE_EXCEPTION']);
    expect(runs.at(-1)?.extra).to.include({ kind: 'collect', status: 'failed', failures: 1, results: 1 });
    expect(await codeOf(client.collect('rows', { settle: 1 } as never))).to.equal('INVALID_OPTION');
  });
});
