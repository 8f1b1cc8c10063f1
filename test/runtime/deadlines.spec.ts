import { expect } from 'chai';
import fc from 'fast-check';
import { Message } from '#src/index.js';
import type { FlowResult } from '#src/runtime/egress/flow-result.js';
import { record, shortForm, useFlows } from '../support/flows.js';
import { failing, held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';

describe('deadlines', () => {
  const bench = useFlows();

  it('R13 a message that waits on a floe when its deadline passes never reaches process', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const events = record(flow);
    await flow.emit('first');
    const call = flow.call('late', { timeoutS: 1, traceId: 't' });
    const failure = failureOf(call);
    await bench.clock.advance(1_000);
    expect(await failure).to.include({ code: 'DEADLINE_EXCEEDED', traceId: 't', nodeName: 'A' });
    calls[0]?.resolve();
    await settle();
    expect(calls).to.have.length(1);
    expect(shortForm(events)).to.deep.equal(['A:node_start', 'A:deadline_skip', 'A:node_success']);
    expect(events[1]).to.include({ traceId: 't', latencyMs: null });
    expect(events[1]?.extra['deadline_s']).to.equal(1_700_000_001);
    expect(flow.snapshot().nodes[0]?.skipped).to.equal(1);
  });

  it('R13 a message that arrives with its deadline in the past never reaches process', async () => {
    let ran = 0;
    const late = node('Late', (n: number, ctx) => ctx.message.with({ payload: n, deadlineS: 1 }));
    const flow = await bench.run(
      line(
        late,
        node('B', () => ++ran),
      ),
    );
    const events = record(flow);
    const failure = await failureOf(flow.call(1));
    expect([failure.code, failure.nodeName, ran]).to.deep.equal(['DEADLINE_EXCEEDED', 'B', 0]);
    expect(shortForm(events)).to.deep.equal(['Late:node_start', 'Late:node_success', 'B:deadline_skip']);
  });

  it('R13 a message whose deadline has passed on arrival is skipped by its node, and whoever waits for it hears so', async () => {
    let ran = 0;
    const flow = await bench.run(line(node('A', () => ++ran)));
    const events = record(flow);
    const late = (traceId: string): Message => new Message(1, { traceId, deadlineS: bench.clock.now() / 1000 });
    expect(await flow.emit(late('emitted'))).to.equal('emitted');
    expect(await codeOf(flow.fetch({ traceId: 'emitted' }))).to.equal('DEADLINE_EXCEEDED');
    expect(await codeOf(flow.call(late('called')))).to.equal('DEADLINE_EXCEEDED');
    expect(flow.tryEmit(late('tried'))).to.equal(true);
    expect(shortForm(events)).to.deep.equal(['A:deadline_skip', 'A:deadline_skip', 'A:deadline_skip']);
    expect([ran, flow.snapshot().traces]).to.deep.equal([0, 0]);
  });

  it('R13 a deadline that passes while a message waits for room at the ingress rejects the emit', async () => {
    const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
    await flow.emit(1);
    await flow.emit(2);
    const events = record(flow);
    const codes = Promise.all([codeOf(flow.emit(3, { timeoutS: 1 })), codeOf(flow.call(4, { timeoutS: 1 }))]);
    await bench.clock.advance(1_000);
    expect(await codes).to.deep.equal(['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED']);
    expect(shortForm(events)).to.deep.equal(['A:deadline_skip', 'A:deadline_skip']);
    expect(flow.snapshot().traces).to.equal(2);
  });

  it('R13 a deadline that passes between two attempts ends the message', async () => {
    let runs = 0;
    const flow = await bench.run(line(failing('A', { maxRetries: 5, backoffBaseS: 10, onTry: () => runs++ })));
    const events = record(flow);
    const code = codeOf(flow.call(1, { timeoutS: 3 }));
    await bench.clock.advance(3_000);
    expect(await code).to.equal('DEADLINE_EXCEEDED');
    expect(shortForm(events)).to.deep.equal(['A:node_start', 'A:node_error', 'A:node_retry', 'A:deadline_skip']);
    await bench.clock.advance(60_000);
    expect(runs).to.equal(1);
    expect(flow.snapshot().nodes[0]?.inFlight).to.equal(0);
  });

  it('R13 a deadline that passes while a result waits for room downstream ends the message', async () => {
    const next = held('B');
    const flow = await bench.run(line(pass('A'), next.node), { queueMaxsize: 1 });
    await flow.emit(1);
    await flow.emit(2);
    const code = codeOf(flow.call(3, { timeoutS: 1 }));
    await flow.emit(4);
    await bench.clock.advance(1_000);
    expect(await code).to.equal('DEADLINE_EXCEEDED');
    for (let n = 0; n < 3; n++) {
      next.calls[n]?.resolve();
      await settle();
    }
    expect(next.calls.map(({ payload }) => payload)).to.deep.equal([1, 2, 4]);
  });

  it('R13 a deadline that passes while a result waits for its turn ends the message', async () => {
    const { node: work, calls } = held('A', { concurrency: 2, ordered: true });
    let reached = 0;
    const flow = await bench.run(
      line(
        work,
        node('B', () => ++reached),
      ),
    );
    await flow.emit(1);
    const code = codeOf(flow.call(2, { timeoutS: 1, traceId: 't' }));
    calls[1]?.resolve('waits for its turn');
    await bench.clock.advance(1_000);
    expect(await code).to.equal('DEADLINE_EXCEEDED');
    expect(flow.cancel('t')).to.equal(false);
    expect(reached).to.equal(0);
    calls[0]?.resolve(1);
    await settle();
    expect(reached).to.equal(1);
  });

  it('R13 a deadline that passes while a result waits for room at the egress reaches who asks for it', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 1 });
    await flow.emit('stored');
    const traceId = await flow.emit('parked', { timeoutS: 1 });
    await bench.clock.advance(1_000);
    const fetched = flow.fetch({ traceId, timeoutS: 5 });
    fetched.catch(() => {});
    await bench.clock.advance(5_000);
    expect(await codeOf(fetched)).to.equal('DEADLINE_EXCEEDED');
    expect(flow.snapshot()).to.include({ traces: 1, results: 1 });
  });

  it('R13 a result that is at the egress before the deadline is still handed out after it', async () => {
    const flow = await bench.run(line(pass('A')));
    const traceId = await flow.emit('in time', { timeoutS: 1 });
    await bench.clock.advance(5_000);
    expect(await flow.fetch({ traceId })).to.equal('in time');
  });

  it('R13 a deadline interrupts what runs, and who fetches the trace hears of it', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const traceId = await flow.emit(1, { timeoutS: 1 });
    const code = codeOf(flow.fetch({ traceId }));
    await bench.clock.advance(1_000);
    expect(await code).to.equal('DEADLINE_EXCEEDED');
    expect(calls[0]?.ctx.signal.aborted).to.equal(true);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R13 who fetches the trace too late hears of its deadline as well', async () => {
    const flow = await bench.run(line(held('A').node));
    const traceId = await flow.emit(1, { timeoutS: 1 });
    await bench.clock.advance(1_000);
    expect(await codeOf(flow.fetch({ traceId }))).to.equal('DEADLINE_EXCEEDED');
  });

  it('R13 R17 a call whose deadline passes while it is queued is rejected, and others of its trace id go on', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const first = flow.call(1, { traceId: 't' });
    const late = codeOf(flow.call(2, { traceId: 't', timeoutS: 1 }));
    const last = flow.call(3, { traceId: 't' });
    await bench.clock.advance(1_000);
    expect(await late).to.equal('DEADLINE_EXCEEDED');
    calls[0]?.resolve('first');
    await settle();
    calls[1]?.resolve('last');
    expect(await Promise.all([first, last])).to.deep.equal(['first', 'last']);
    expect(calls.map(({ payload }) => payload)).to.deep.equal([1, 3]);
  });

  it('R13 with the deadline of a call its other branches end too', async () => {
    const [left, right] = [held('Left'), held('Right', { timeoutS: 100 })];
    const flow = await bench.run(
      rows([
        [pass('A'), [left.node, right.node]],
        [left.node, []],
        [right.node, []],
      ]),
    );
    const code = codeOf(flow.call(1, { timeoutS: 1 }));
    await bench.clock.advance(1_000);
    expect(await code).to.equal('DEADLINE_EXCEEDED');
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R13 who calls hears of the deadline once, however many branches it ends', async () => {
    const [left, right] = [held('Left'), held('Right')];
    const flow = await bench.run(
      rows([
        [pass('Top'), [left.node, right.node]],
        [left.node, []],
        [right.node, []],
      ]),
    );
    const code = codeOf(flow.call(1, { timeoutS: 1 }));
    await bench.clock.advance(1_000);
    expect(await code).to.equal('DEADLINE_EXCEEDED');
    expect(flow.snapshot().unclaimedFailures).to.equal(0);
    expect(bench.log.lines).to.deep.equal([]);
  });

  it('R13 a shorter deadline of a message that is done does not end the rest of its trace', async () => {
    const { node: slow, calls } = held('Slow');
    const split = node('Split', async (_: unknown, ctx) => {
      await ctx.emit(ctx.message.with({ deadlineS: bench.clock.now() / 1000 + 1 }), { to: 'Quick' });
      await ctx.emit('slow', { to: 'Slow' });
    });
    const quick = node('Quick', () => undefined);
    const flow = await bench.run(
      rows([
        [split, [quick, slow]],
        [quick, []],
        [slow, []],
      ]),
    );
    const call = flow.call(1);
    call.catch(() => {});
    await bench.clock.advance(5_000);
    expect(await isPending(call)).to.equal(true);
    calls[0]?.resolve('done');
    expect(await call).to.equal('done');
  });

  it('R13 a message whose deadline was taken off still ends with its caller', async () => {
    const { node: work, calls } = held('B');
    const flow = await bench.run(
      line(
        node('A', (_: unknown, ctx) => new Message('endless', { traceId: ctx.traceId })),
        work,
      ),
    );
    const code = codeOf(flow.call(1, { timeoutS: 1 }));
    await bench.clock.advance(1_000);
    expect(await code).to.equal('DEADLINE_EXCEEDED');
    expect(calls[0]?.ctx.signal.aborted).to.equal(true);
  });

  it('R13 a failure by deadline comes to results() although the egress is full', async () => {
    const [quick, slow] = [pass('Quick'), held('Slow')];
    const flow = await bench.run(
      rows([
        [quick, []],
        [slow.node, []],
      ]),
      { queueMaxsize: 1 },
    );
    const results = flow.results();
    await flow.emit('a', { to: quick });
    await flow.emit('b', { to: quick });
    await flow.emit('late', { to: slow.node, timeoutS: 1, traceId: 't' });
    await bench.clock.advance(1_000);
    const seen: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      const next = results.next();
      if (await isPending(next)) break;
      const result = (await next) as IteratorYieldResult<FlowResult<unknown>>;
      const { error, value } = result.value;
      seen.push(error === undefined ? value : `${error.code} at ${error.nodeName}`);
    }
    expect(seen).to.have.members(['a', 'b', 'DEADLINE_EXCEEDED at Slow']);
  });

  it('R12 R13 a result that waits for its turn is late and was no skip: it has been processed', async () => {
    const { node: work, calls } = held('A', { concurrency: 2, ordered: true });
    const flow = await bench.run(line(work));
    const events = record(flow);
    const first = flow.call('first');
    const late = failureOf(flow.call('late', { timeoutS: 1 }));
    calls[1]?.resolve('in time');
    await settle();
    await bench.clock.advance(1_000);
    expect(await late).to.include({ code: 'DEADLINE_EXCEEDED', nodeName: 'A' });
    calls[0]?.resolve('first');
    expect(await first).to.equal('first');
    expect(shortForm(events).filter((event) => event.endsWith('skip'))).to.deep.equal([]);
    expect(flow.snapshot().nodes[0]).to.include({ succeeded: 2, failed: 0, skipped: 0 });
  });

  it('R13 each message ends once at a node, wherever it is when its deadline passes', async () => {
    const message = fc.record({ workS: fc.integer({ min: 0, max: 4 }), timeoutS: fc.integer({ min: 1, max: 5 }) });
    const policy = fc.record({ concurrency: fc.integer({ min: 1, max: 3 }), ordered: fc.boolean() });
    const fetched = fc.integer({ min: 0, max: 4 });
    const queueMaxsize = fc.integer({ min: 0, max: 2 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 12 }),
        policy,
        fetched,
        queueMaxsize,
        async (sent, options, takes, size) => {
          const works = node(
            'Works',
            async (workS: number, ctx) => {
              await ctx.sleep(workS);
              return workS;
            },
            options,
          );
          const flow = await bench.run(line(works, pass('Next')), { queueMaxsize: size });
          for (const { workS, timeoutS } of sent) flow.emit(workS, { timeoutS }).catch(() => {});
          for (let n = 0; n < takes; n++) flow.fetch().catch(() => {});
          await settle();
          await bench.clock.advance(60_000);
          const [at, next] = flow
            .snapshot()
            .nodes.map(({ succeeded, failed, skipped }) => succeeded + failed + skipped);
          expect(at).to.equal(sent.length);
          // One that was late before it was its turn to leave never came there.
          expect(next).to.be.at.most(flow.snapshot().nodes[0]?.succeeded as number);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('R13 the timers of a trace go with it', async () => {
    const flow = await bench.run(line(pass('A')));
    await flow.call(1, { timeoutS: 100 });
    await bench.clock.advance(1_000);
    expect(bench.clock.pending).to.equal(0);
  });
});
