import { expect } from 'chai';
import { FLOW_ERRORS, FlowError, type FlowResult } from '#src/index.js';
import { useFlows, type BenchOptions } from '../support/flows.js';
import { failing, held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';

const cause = new TypeError('no such order');
const broken = () => failing('Failing', { error: cause });

describe('failures', () => {
  const bench = useFlows();
  const run = (options?: BenchOptions) => bench.run(line(broken()), options);

  it('R14 call rejects with a FlowError that says where, what and how to mend it', async () => {
    const flow = await run();
    const failure = await failureOf(flow.call(1, { traceId: 't' }));
    expect(failure).to.be.instanceOf(FlowError);
    expect(failure).to.include({
      code: 'NODE_EXCEPTION',
      message: "Node 'Failing' raised TypeError: no such order",
      traceId: 't',
      nodeName: 'Failing',
      nodeId: `${flow.name}.Failing`,
      cause,
      hint: FLOW_ERRORS.NODE_EXCEPTION.fix,
    });
    expect(failure.metadata).to.deep.include({ attempt: 0, exception_repr: 'TypeError: no such order' });
    expect(failure.toPayload()).to.include({ code: 'NODE_EXCEPTION', trace_id: 't', exception_type: 'TypeError' });
  });

  it('R14 fetch of the trace rejects while it waits', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const traceId = await flow.emit(1);
    const codes = Promise.all([codeOf(flow.fetch({ traceId })), codeOf(flow.fetchMessage({ traceId }))]);
    calls[0]?.reject(cause);
    expect(await codes).to.deep.equal(['NODE_EXCEPTION', 'NODE_EXCEPTION']);
    expect(flow.snapshot().unclaimedFailures).to.equal(0);
    expect(bench.log.lines).to.deep.equal([]);
  });

  it('R14 fetch of the trace that comes late rejects too, once', async () => {
    const flow = await run();
    const traceId = await flow.emit(1);
    expect((await failureOf(flow.fetch({ traceId }))).cause).to.include({ name: 'TypeError', message: cause.message });
    expect(await isPending(flow.fetch({ traceId, timeoutS: 1 }).catch(() => {}))).to.equal(true);
  });

  it('R14 the failures that a late fetch may ask for are the newest 256', async () => {
    const flow = await run();
    for (let n = 0; n < 300; n++) await flow.emit(n, { traceId: `t${n}` });
    expect(await codeOf(flow.fetch({ traceId: 't299' }))).to.equal('NODE_EXCEPTION');
    expect(await codeOf(flow.fetch({ traceId: 't44' }))).to.equal('NODE_EXCEPTION');
    expect(await isPending(flow.fetch({ traceId: 't43', timeoutS: 1 }).catch(() => {}))).to.equal(true);
    expect(flow.snapshot()).to.include({ unclaimedFailures: 300, forgottenFailures: 44 });
  });

  it('R14 R17 runs of one trace id are told apart: fetches have the result of one, then the failure of the other', async () => {
    const flow = await bench.run(
      line(
        node('A', (payload: unknown) => {
          if (payload === 'fails') throw cause;
          return payload;
        }),
      ),
    );
    await flow.emit('fails', { traceId: 't' });
    await flow.emit('works', { traceId: 't' });
    expect(await flow.fetch({ traceId: 't' })).to.equal('works');
    expect(await failureOf(flow.fetch({ traceId: 't' }))).to.include({ code: 'NODE_EXCEPTION' });
    expect(await isPending(flow.fetch({ traceId: 't', timeoutS: 1 }).catch(() => {}))).to.equal(true);
  });

  it('R14 an unscoped fetch that waits rejects with the failure of a run that nobody else waits for', async () => {
    const flow = await run();
    const waiting = flow.fetch();
    await flow.emit(1, { traceId: 'a' });
    expect(await failureOf(waiting)).to.include({ traceId: 'a', code: 'NODE_EXCEPTION', cause });
    expect(flow.snapshot()).to.include({ unclaimedFailures: 0, traces: 0 });
    expect(bench.log.lines).to.deep.equal([]);
  });

  it('R14 an unscoped fetch that comes late rejects with the oldest failure, each once', async () => {
    const flow = await run();
    for (const traceId of ['a', 'b']) await flow.emit(1, { traceId });
    expect(await failureOf(flow.fetch())).to.include({ traceId: 'a' });
    expect(await failureOf(flow.fetchMessage({ timeoutS: 1 }))).to.include({ traceId: 'b' });
    expect(await isPending(flow.fetch({ timeoutS: 1 }).catch(() => {}))).to.equal(true);
    expect(await isPending(flow.fetch({ traceId: 'a', timeoutS: 1 }).catch(() => {}))).to.equal(true);
  });

  it('R14 unscoped fetches have results and failures in the order in which they came', async () => {
    const flow = await bench.run(
      line(
        node('A', (payload: unknown) => {
          if (payload === 'fails') throw cause;
          return payload;
        }),
      ),
    );
    for (const payload of ['one', 'fails', 'two', 'fails', 'three']) await flow.emit(payload);
    const outcomes: unknown[] = [];
    for (let n = 0; n < 5; n++) outcomes.push(await flow.fetch().catch((error: unknown) => (error as FlowError).code));
    expect(outcomes).to.deep.equal(['one', 'NODE_EXCEPTION', 'two', 'NODE_EXCEPTION', 'three']);
  });

  it('R14 the order holds, too, when results are taken out of their turn, or cancelled', async () => {
    const flow = await bench.run(
      line(
        node('A', (payload: unknown) => {
          if (payload === 'fails') throw cause;
          return payload;
        }),
      ),
    );
    for (const payload of ['zero', 'fails', 'one']) await flow.emit(payload, { traceId: payload });
    expect(await flow.fetch({ traceId: 'one' })).to.equal('one');
    expect(await flow.fetch()).to.equal('zero');
    expect(await codeOf(flow.fetch())).to.equal('NODE_EXCEPTION');
    for (const payload of ['one', 'two', 'three', 'fails', 'four']) await flow.emit(payload, { traceId: payload });
    expect(await flow.fetch({ traceId: 'four' })).to.equal('four');
    expect(await flow.fetch({ traceId: 'two' })).to.equal('two');
    expect(flow.cancel('three')).to.equal(true);
    await flow.emit('five');
    expect(await flow.fetch()).to.equal('one');
    expect(await codeOf(flow.fetch())).to.equal('NODE_EXCEPTION');
    expect(await flow.fetch()).to.equal('five');
  });

  it('R14 R3 an open results() that nobody reads holds up nothing over failures, and keeps the newest 256', async () => {
    const flow = await run({ queueMaxsize: 1 });
    const results = flow.results();
    for (let n = 0; n < 300; n++) await flow.emit(n, { traceId: `t${n}` });
    expect(flow.snapshot()).to.include({ traces: 0, results: 0, unclaimedFailures: 44, forgottenFailures: 44 });
    expect(bench.log.lines).to.have.length(44);
    expect((await results.next()).value).to.have.property('traceId', 't44');
    expect(await codeOf(flow.fetch({ traceId: 't299' }))).to.equal('NODE_EXCEPTION');
    await flow.stop();
    let read = 0;
    for (let next = await results.next(); next.done !== true; next = await results.next()) read++;
    expect(read).to.equal(254);
  });

  it('R14 an open results() has results and failures in their order', async () => {
    const flow = await bench.run(
      line(
        node('A', (payload: unknown) => {
          if (payload === 'fails') throw cause;
          return payload;
        }),
      ),
    );
    const results = flow.results();
    for (const payload of ['one', 'fails', 'two', 'fails']) await flow.emit(payload);
    const seen: unknown[] = [];
    for (let n = 0; n < 4; n++) {
      const { value } = (await results.next()) as IteratorYieldResult<FlowResult<unknown>>;
      seen.push(value.error?.code ?? value.value);
    }
    expect(seen).to.deep.equal(['one', 'NODE_EXCEPTION', 'two', 'NODE_EXCEPTION']);
    await results.return?.();
  });

  it('R3 R14 a failure that is kept has texts and stacks, and nothing of what was thrown', async () => {
    const held = { rows: Array.from({ length: 1_000 }) };
    const flow = await bench.run(
      line(
        node('A', (payload: unknown) => {
          throw Object.assign(new RangeError('too many', { cause: payload }), { payload, code: 'EMANY' });
        }),
      ),
    );
    const traceId = await flow.emit(held);
    const failure = await failureOf(flow.fetch({ traceId }));
    expect(failure).to.include({ code: 'NODE_EXCEPTION', nodeName: 'A', exceptionType: 'RangeError' });
    expect(failure.stack).to.contain("Node 'A' raised RangeError: too many");
    const { cause: kept } = failure;
    expect(kept).to.be.instanceOf(Error);
    expect(kept).to.include({ name: 'RangeError', message: 'too many', code: 'EMANY' });
    expect(kept).not.to.have.property('payload');
    expect((kept as Error).stack).to.contain('failures.spec');
    expect((kept as Error).cause).to.match(/^\{"rows":\[null,.{480,}…$/);
  });

  it('R14 a failure takes no room at the egress: a flow whose results nobody fetches does not halt over them', async () => {
    const flow = await run({ queueMaxsize: 1 });
    for (let n = 0; n < 20; n++) await flow.emit(n);
    await settle();
    expect(flow.snapshot()).to.include({ results: 0, traces: 0, unclaimedFailures: 20 });
  });

  it('R14 with deliverFailures: false an unscoped fetch never sees one', async () => {
    const flow = await run({ deliverFailures: false });
    const fetched = flow.fetch({ timeoutS: 1 });
    fetched.catch(() => {});
    await flow.emit(1, { traceId: 't' });
    expect(await isPending(fetched)).to.equal(true);
    expect(await isPending(flow.fetch({ timeoutS: 1 }).catch(() => {}))).to.equal(true);
    expect(await codeOf(flow.fetch({ traceId: 't' }))).to.equal('NODE_EXCEPTION');
  });

  it('R14 with deliverFailures: false results() has the failure all the same', async () => {
    const flow = await run({ deliverFailures: false });
    const results = flow.results();
    await flow.emit(1, { traceId: 't' });
    const { value } = (await results.next()) as IteratorYieldResult<FlowResult<unknown>>;
    expect(value.traceId).to.equal('t');
    expect(value.error).to.include({ code: 'NODE_EXCEPTION' });
    await results.return?.();
  });

  it('R14 a failure that waits for who reads results() rejects a fetch of its trace', async () => {
    const flow = await run();
    const results = flow.results();
    await flow.emit(1, { traceId: 't' });
    expect(await codeOf(flow.fetch({ traceId: 't' }))).to.equal('NODE_EXCEPTION');
    await results.return?.();
  });

  it('R14 nobody waiting, it is logged and counted, and nothing is rejected unheard', async () => {
    const flow = await run();
    const traceId = await flow.emit(1, { tenant: 'acme' });
    await settle();
    expect(flow.snapshot()).to.include({ unclaimedFailures: 1, traces: 0 });
    expect(bench.log.lines).to.have.length(1);
    const [logged] = bench.log.lines;
    expect(logged).to.include({ level: 'error', message: "Node 'Failing' raised TypeError: no such order" });
    expect(logged?.reserved).to.deep.include({ trace_id: traceId, node_name: 'Failing', tenant: 'acme' });
    expect(logged?.fields['flow_error']).to.include({ code: 'NODE_EXCEPTION' });
  });

  it('R14 it is not logged twice when a listener has the event', async () => {
    const flow = await run();
    flow.on('node_failed', () => {});
    await flow.emit(1);
    expect(bench.log.lines).to.deep.equal([]);
    expect(flow.snapshot().unclaimedFailures).to.equal(1);
  });

  it('R14 a failure after the call has its answer is logged and counted as well', async () => {
    const slow = held('Slow');
    const flow = await bench.run(
      rows([
        [pass('Top'), [slow.node, pass('Quick')]],
        [slow.node, []],
      ]),
    );
    expect(await flow.call(1)).to.equal(1);
    slow.calls[0]?.reject(cause);
    await settle();
    expect(flow.snapshot()).to.include({ unclaimedFailures: 1, traces: 0 });
    expect(bench.log.lines).to.have.length(1);
  });

  it('R14 a trace that ends without a result rejects who waits for it', async () => {
    const flow = await bench.run(line(node('A', () => undefined)));
    const failure = await failureOf(flow.call(1, { traceId: 't' }));
    expect([failure.code, failure.traceId]).to.deep.equal(['NO_RESULT', 't']);
    const fetched = flow.fetch({ traceId: 'u' });
    await flow.emit(1, { traceId: 'u' });
    expect(await codeOf(fetched)).to.equal('NO_RESULT');
  });

  it('R14 what a node throws of its own keeps its class as the cause, FlowErrors of other flows too', async () => {
    const inner = new FlowError('NOT_RUNNING', { message: 'inner' });
    const flow = await bench.run(line(failing('A', { error: inner })));
    const failure = await failureOf(flow.call(1));
    expect(failure).to.include({ code: 'NODE_EXCEPTION', cause: inner });
  });

  it('R14 R15 a violation that a node throws is none of its own input', async () => {
    const metadata = { direction: 'input', ingress: true, violations: [] };
    const forged = await bench.run(
      line(
        node('A', (_, ctx) => {
          const nodeId = `${ctx.flowName}.A`;
          throw new FlowError('VALIDATION_FAILED', { message: 'mine', nodeName: 'A', nodeId, metadata });
        }),
      ),
    );
    expect((await failureOf(forged.call(1))).metadata).to.not.have.any.keys('direction', 'ingress');
    for (const [error, code] of [
      [new FlowError('VALIDATION_FAILED', { message: 'mine', metadata }), 'VALIDATION_FAILED'],
      // Of a playbook with a node of the same name.
      [
        new FlowError('VALIDATION_FAILED', { message: 'inner', nodeName: 'A', nodeId: 'other.A', metadata }),
        'NODE_EXCEPTION',
      ],
    ] as const) {
      const flow = await bench.run(line(failing('A', { error })));
      const failure = await failureOf(flow.call(1));
      expect(failure.code).to.equal(code);
      expect(failure.metadata).to.not.have.any.keys('direction', 'ingress');
    }
  });

  it('R14 an unrouted message and an unknown target fail their node, without retries', async () => {
    class Known {}
    for (const [code, emit] of [
      ['UNROUTED_MESSAGE', {}],
      ['UNKNOWN_TARGET', { to: 'Nobody' }],
    ] as const) {
      let runs = 0;
      const top = node(
        'Top',
        async (_: unknown, ctx) => {
          runs++;
          await ctx.emit('unknown', emit);
        },
        { maxRetries: 3 },
      );
      const flow = await bench.run(rows([[top, [{ to: pass('B'), on: Known }]]]));
      const failure = await failureOf(flow.call(1));
      expect([failure.code, failure.nodeName, runs]).to.deep.equal([code, 'Top', 1]);
    }
  });

  it('R14 an emit to no target at all is refused, not swallowed', async () => {
    const top = node('Top', (_: unknown, ctx) => ctx.emit('x', { to: [] }));
    const flow = await bench.run(line(top, pass('B')));
    const failure = await failureOf(flow.call(1));
    expect(failure.code).to.be.oneOf(['NODE_EXCEPTION', 'INVALID_OPTION', 'UNKNOWN_TARGET']);
  });

  it('R14 a predicate that answers with a promise fails the message, and its rejection ends nothing', async () => {
    const graph = rows([
      [
        pass('A'),
        [
          { to: pass('B'), when: (async () => Promise.reject(new Error('later'))) as never },
          { to: pass('C'), otherwise: true },
        ],
      ],
    ]);
    const flow = await bench.run(graph);
    const error = await failureOf(flow.call(1));
    expect(error.code).to.equal('UNROUTED_MESSAGE');
    expect(error.message).to.equal('The predicate of the branch from node "A" to "B" answered with a promise');
  });
});
