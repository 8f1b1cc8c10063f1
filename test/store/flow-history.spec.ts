import { expect } from 'chai';
import {
  configureLogging,
  createFlow,
  Flow,
  FlowError,
  FlowLogger,
  getLogger,
  joinFrom,
  Node,
  shutdownLogging,
  type NodeContext,
} from '#src/index.js';
import { FlowHistory, memoryStore, type FlowHistoryOptions, type RunDetail } from '#src/store/index.js';
import { useFlows } from '../support/flows.js';
import { failing, held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';
import { storeWith } from './support/store-with.js';
import { useHistories } from './support/use-histories.js';

describe('FlowHistory', () => {
  const bench = useFlows();
  const histories = useHistories(bench);

  async function only(history: FlowHistory): Promise<RunDetail> {
    await history.flush();
    const { runs } = await history.list();
    expect(runs).to.have.length(1);
    return (await history.run({ runId: runs[0]?.runId as number })) as RunDetail;
  }

  it('H1 H3 keeps a run with its attempts, who sent what, and how long it waited', async () => {
    const history = histories.of();
    const slow = node('Slow', async (payload, ctx: NodeContext) => {
      await ctx.sleep(1);
      return payload;
    });
    const flow = await bench.run(line(pass('First'), slow), { history });
    const calls = [1, 2].map((n) => flow.call(n, { traceId: `t${n}`, tenant: 'acme', labels: { order: `${n}` } }));
    await bench.clock.advance(5_000);
    await Promise.all(calls);
    await history.flush();
    const { runs } = await history.list({ label: { name: 'order', value: '2' } });
    const { run, attempts, labels, plan } = (await history.run(runs[0] as never)) as RunDetail;
    const start = bench.clock.now() - 5_000;
    expect(run).to.include({
      traceId: 't2',
      tenant: 'acme',
      kind: 'call',
      status: 'succeeded',
      attempts: 2,
      retries: 0,
    });
    expect([run.startedMs - start, (run.endedMs as number) - start]).to.deep.equal([0, 2_000]);
    expect(labels.map(({ name, value }) => [name, value])).to.deep.equal([['order', '2']]);
    expect(
      attempts.map(({ node: name, parentSeq, sentMs, startedMs, endedMs, outcome }) => [
        name,
        parentSeq,
        sentMs - start,
        startedMs - start,
        (endedMs as number) - start,
        outcome,
      ]),
    ).to.deep.equal([
      ['First', undefined, 0, 0, 0, 'succeeded'],
      ['Slow', 1, 0, 1_000, 2_000, 'succeeded'],
    ]);
    expect(JSON.parse(plan as string)).to.deep.include({ flow: flow.name });
  });

  it('H3 keeps what is under way, and corrects it at its end', async () => {
    const history = histories.of();
    const { node: hangs, calls } = held('Hangs');
    const flow = await bench.run(line(hangs), { history });
    const call = flow.call(1);
    await settle();
    const before = await only(history);
    expect([before.run.status, before.attempts[0]?.outcome]).to.deep.equal(['running', 'running']);
    calls[0]?.resolve('done');
    await call;
    const after = await only(history);
    expect([after.run.status, after.attempts.map(({ outcome }) => outcome)]).to.deep.equal([
      'succeeded',
      ['succeeded'],
    ]);
  });

  it('H1 tells apart how runs and attempts end', async () => {
    const history = histories.of();
    const { node: hangs } = held('Hangs', { timeoutS: 9 });
    const flow = await bench.run(line(hangs), { history });
    void flow.call(1, { traceId: 'cancelled' }).catch(() => {});
    void flow.call(1, { traceId: 'late', timeoutS: 1 }).catch(() => {});
    await settle();
    flow.cancel('cancelled');
    await bench.clock.advance(1_100);
    void flow.call(1, { traceId: 'timeout' }).catch(() => {});
    await bench.clock.advance(10_000);
    void flow.call(1, { traceId: 'stopped' }).catch(() => {});
    await settle();
    const stop = flow.stop({ graceS: 1 });
    await bench.clock.advance(2_000);
    await stop;
    await history.flush();
    const { runs } = await history.list();
    const seen: unknown[] = [];
    for (const run of runs.toReversed()) {
      const detail = (await history.run({ runId: run.runId })) as RunDetail;
      seen.push([run.traceId, run.status, run.errorCode, ...detail.attempts.map(({ outcome }) => outcome)]);
    }
    expect(seen).to.deep.equal([
      ['cancelled', 'cancelled', 'TRACE_CANCELLED', 'cancelled'],
      ['late', 'deadline', 'DEADLINE_EXCEEDED', 'timeout'],
      ['timeout', 'failed', 'NODE_TIMEOUT', 'timeout'],
      ['stopped', 'stopped', 'FLOW_STOPPED', 'cancelled'],
    ]);
  });

  it('H1 a playbook is a run below the one that calls it', async () => {
    const history = histories.of();
    class Inner {
      readonly graph = line(pass('Inside'));
    }
    Flow({ name: 'history-inner' })(Inner);
    const flow = await bench.run(line(node('Calls', (p, ctx: NodeContext) => ctx.call(Inner as never, p as never))), {
      history,
    });
    await flow.call('x', { traceId: 't' });
    await history.flush();
    const { runs } = await history.list();
    const outer = runs.find(({ flow: name }) => name === flow.name);
    const inner = runs.find(({ flow: name }) => name === 'history-inner');
    expect(inner).to.include({ kind: 'playbook', parentRun: outer?.runId, rootRun: outer?.runId, traceId: 't' });
    const detail = (await history.run({ runId: outer?.runId as number })) as RunDetail;
    expect(detail.children.map(({ runId }) => runId)).to.deep.equal([inner?.runId]);
  });

  describe('payloads', () => {
    const secretOrder = { order: 7, apiKey: 'k-123456789', bytes: new Uint8Array([1, 2]), at: new Date(5) };

    async function messagesOf(options: FlowHistoryOptions, fails: boolean): Promise<unknown> {
      const history = histories.of(options);
      const changes = node('Changes', (payload: unknown) => ({ changed: payload }));
      const last = fails ? failing('Last', { maxRetries: 1, backoffBaseS: 0 }) : pass('Last');
      const flow = await bench.run(line(changes, last), { history });
      await flow.call(secretOrder, { meta: { password: 'hunter22' }, id: 'o-1' }).catch(() => {});
      await bench.clock.advance(100);
      const { messages, run } = await only(history);
      return Promise.all(
        messages.map(async ({ messageId, node: at, from, preview, notKept, meta }) => {
          const kept = await history.payload(run.runId, messageId);
          const look = preview === undefined ? undefined : new TextDecoder().decode(preview);
          return { at, from, look, notKept, meta, kept: kept && [kept.payload, kept.meta, kept.key] };
        }),
      );
    }

    it('H9 by default keeps of a failed run what came in and what the node failed on, and of others nothing', async () => {
      expect(await messagesOf({}, false)).to.deep.equal([]);
      const [first, last, ...others] = (await messagesOf({}, true)) as { look: string; kept: unknown[] }[];
      expect(others).to.deep.equal([]);
      expect(first).to.deep.include({
        at: 'Changes',
        from: undefined,
        notKept: undefined,
        meta: '{"password":"[Redacted]"}',
      });
      expect(first?.kept).to.deep.equal([secretOrder, { password: 'hunter22' }, 'o-1']);
      expect(first?.look).to.contain('[Redacted]').and.not.contain('k-123');
      expect(last).to.deep.include({ at: 'Last', from: 'Changes' });
      expect(last?.kept[0]).to.deep.equal({ changed: secretOrder });
    });

    it('H9 keeps what comes in, all or nothing as it is told', async () => {
      expect(
        ((await messagesOf({ payloads: 'ingress' }, false)) as { at: string }[]).map(({ at }) => at),
      ).to.deep.equal(['Changes']);
      expect(((await messagesOf({ payloads: 'all' }, false)) as { at: string }[]).map(({ at }) => at)).to.deep.equal([
        'Changes',
        'Last',
      ]);
      expect(await messagesOf({ payloads: 'none' }, true)).to.deep.equal([]);
    });

    it('H9b seals them, and shows nothing beside the seal', async () => {
      const turn = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x5a);
      const store = memoryStore();
      const history = histories.of({ payloads: 'all', seal: { seal: turn, open: turn } }, store);
      const flow = await bench.run(line(pass('Only')), { history });
      await flow.call({ text: 'in the clear' });
      const { run, messages } = await only(history);
      const row = await store.payload(run.runId, '1');
      expect(new TextDecoder().decode(row?.bytes)).to.not.contain('clear');
      expect(messages[0]?.preview).to.equal(undefined);
      expect((await history.payload(run.runId, '1'))?.payload).to.deep.equal({ text: 'in the clear' });
    });

    it('H9b tells whoever reads what another seal has sealed', async () => {
      const store = memoryStore();
      const seal = (by: number) => ({
        seal: (bytes: Uint8Array) => bytes.map((byte) => byte ^ by),
        open: (bytes: Uint8Array) => bytes.map((byte) => byte ^ by),
      });
      const history = histories.of({ payloads: 'all', seal: seal(0x5a) }, store);
      const flow = await bench.run(line(pass('Only')), { history });
      await flow.call('x');
      const { run } = await only(history);
      const other = new FlowHistory(store, { seal: seal(0x11) });
      expect(await failureOf(other.payload(run.runId, '1'))).to.include({ code: 'PAYLOAD_UNREADABLE' });
    });

    it('H9b keeps none of a node that says so, and says why', async () => {
      const history = histories.of({ payloads: 'all' });
      const flow = await bench.run(line(node('Card', () => 'ok', { keepPayload: false } as never)), { history });
      await flow.call({ card: '4111111111111111' });
      const { messages, run } = await only(history);
      expect(messages[0]).to.include({ notKept: 'node "Card" says `keepPayload: false`', preview: undefined });
      expect(await history.payload(run.runId, '1')).to.equal(undefined);
    });

    it('H9 says why one cannot be kept', async () => {
      const history = histories.of({ payloads: 'all', maxPayloadBytes: 100 });
      const flow = await bench.run(line(pass('Only')), { history });
      for (const payload of [{ run: () => {} }, 'x'.repeat(200)]) await flow.call(payload);
      await history.flush();
      const { runs } = await history.list();
      const reasons: unknown[] = [];
      for (const { runId } of runs) reasons.push((await history.run({ runId }))?.messages[0]?.notKept);
      expect(reasons[1]).to.contain('$.payload.run is a function');
      expect(reasons[0]).to.contain('more than the 100 bytes');
    });
  });

  describe('replay', () => {
    class Order {
      constructor(
        readonly id: string,
        readonly total: number,
      ) {}
    }

    /** Charges, and fails as long as it is told to. */
    function shop(history: FlowHistory) {
      const state = { fails: true, charged: [] as unknown[], keys: [] as string[] };
      @Node({ input: Order as never, name: 'Price' })
      class Price {
        process(order: Order): Order {
          return new Order(order.id, order.total * 2);
        }
      }
      const charge = node(
        'Charge',
        (order: Order, ctx: NodeContext) => {
          state.keys.push(ctx.idempotencyKey);
          if (state.fails) throw new Error('the bank is away');
          state.charged.push([order instanceof Order, order.total, ctx.tenant, ctx.meta]);
          return order;
        },
        { input: Order } as never,
      );
      return { state, run: () => bench.run(line(Price as never, charge), { history }) };
    }

    it('H12 does a failed run again from the node that failed, with its keys, as a run of its own', async () => {
      const history = histories.of();
      const { state, run } = shop(history);
      const flow = await run();
      expect(
        await codeOf(flow.call(new Order('o', 5), { tenant: 'acme', labels: { order: 'o' }, meta: { m: 1 } })),
      ).to.equal('NODE_EXCEPTION');
      const { run: failed } = await only(history);
      const plan = await history.planReplay(failed);
      expect(plan).to.deep.include({
        from: 'failed',
        nodes: ['Charge'],
        reasons: [],
        notReplayable: [],
        incomplete: [],
        changed: [],
      });
      state.fails = false;
      const replayed = await history.replay(failed);
      expect(replayed).to.include({ status: 'succeeded', replayOf: failed.runId });
      expect(state.charged).to.deep.equal([[true, 10, 'acme', { m: 1 }]]);
      expect(state.keys[0]).to.equal(state.keys[1]);
      await history.flush();
      const { runs } = await history.list();
      expect(runs[0]).to.include({ kind: 'replay', replayOf: failed.runId, tenant: 'acme', status: 'succeeded' });
      expect(runs[0]?.traceId).to.not.equal(failed.traceId);
      expect(await history.run(failed)).to.deep.include({ run: failed });
    });

    it('H12 from the start, from an attempt, and with another payload, which is validated', async () => {
      const history = histories.of({ payloads: 'all' });
      const { state, run } = shop(history);
      const flow = await run();
      await failureOf(flow.call(new Order('o', 5)));
      state.fails = false;
      const { run: failed } = await only(history);
      for (const from of ['start', { attempt: 1 }, { attempt: 2 }, 'failed'] as const)
        await history.replay(failed, { from });
      expect(state.charged.map((each) => (each as unknown[])[1])).to.deep.equal([10, 10, 10, 10]);
      await history.replay(failed, { payload: new Order('p', 1) });
      expect((state.charged.at(-1) as unknown[])[1]).to.equal(1);
      const refused = await history.replay(failed, { payload: 'no order' });
      expect([refused.status, refused.runs[0]?.failures[0]?.code]).to.deep.equal(['failed', 'VALIDATION_FAILED']);
    });

    it('H12 refuses what cannot be done, or should not be, and says why', async () => {
      const history = histories.of();
      const { node: once } = held('Never');
      expect(once).to.be.a('function');
      const fork = pass('Fork');
      const [a, b] = [pass('A'), failing('B')];
      const both = joinFrom('Both', [a, b]);
      const pays = node('Pays', () => 'paid', { replayable: false } as never);
      const flow = await bench.run(
        rows([
          [fork, [a, b]],
          [a, [both]],
          [b, [both]],
          [both, [pays]],
          [pays, []],
        ]),
        { history },
      );
      await failureOf(flow.call('x'));
      const { run } = await only(history);
      const plan = await history.planReplay(run);
      expect(plan).to.deep.include({ nodes: ['B', 'Both', 'Pays'], notReplayable: ['Pays'], incomplete: ['Both'] });
      const error = await failureOf(history.replay(run));
      expect(error).to.include({ code: 'REPLAY_REFUSED', traceId: run.traceId });
      expect(error.message).to.contain('"Pays" says `replayable: false`').and.contain('"Both" gathers');
      expect((await history.replay(run, { force: true })).status).to.equal('failed');
      expect((await history.planReplay(run, { from: 'start' })).incomplete).to.deep.equal([]);
      expect(await codeOf(history.replay({ runId: 999 }))).to.equal('RUN_NOT_FOUND');
      expect(await codeOf(history.replay(run, { from: 'middle' as never }))).to.equal('INVALID_OPTION');
      expect((await failureOf(history.replay(run, { from: { attempt: 99 }, force: true }))).message).to.contain(
        'no attempt 99',
      );
      await flow.stop();
      expect(await codeOf(history.replay(run))).to.equal('NOT_RUNNING');
    });

    it('H12 does many runs again, oldest first, or says what it would do', async () => {
      const history = histories.of();
      const { state, run } = shop(history);
      const flow = await run();
      for (const id of ['1', '2', '3']) {
        await failureOf(flow.call(new Order(id, 1)));
        await bench.clock.advance(1_000);
      }
      state.fails = false;
      await history.flush();
      const dry: unknown[] = [];
      for await (const each of history.replayAll({ status: 'failed' }, { dryRun: true })) dry.push(each.replayed);
      expect(dry).to.deep.equal([undefined, undefined, undefined]);
      expect(state.charged).to.deep.equal([]);
      const done: unknown[] = [];
      const all = history.replayAll({ status: 'failed' }, { limit: 2, ratePerS: 1_000 });
      for await (const { run: of, replayed } of all) done.push([of.startedMs, replayed?.status]);
      expect(done.map((each) => (each as unknown[])[1])).to.deep.equal(['succeeded', 'succeeded']);
      expect((done[0] as number[])[0]).to.be.lessThan((done[1] as number[])[0] as number);
    });
  });

  it('H10 keeps the lines of its runs, redacted and at the level that is asked for', async () => {
    const history = histories.of();
    configureLogging({ destination: 'none', transports: [history.logTransport({ level: 'info' })] });
    const talks = node('Talks', (payload, ctx: NodeContext) => {
      ctx.logger.info('charging', { cents: 5, apiKey: 'k-123456789' });
      ctx.logger.debug('not kept');
      getLogger().warn('from afar');
      throw new Error('no');
    });
    class Talking {
      readonly graph = line(talks);
    }
    Flow({ name: 'talking', middlewares: [FlowLogger] })(Talking);
    const flow = createFlow(Talking, { history });
    await flow.run();
    getLogger().warn('of no run');
    await flow.call('x', { traceId: 't' }).catch(() => {});
    await flow.stop();
    await shutdownLogging();
    const { lines } = await only(history);
    expect(lines.lines.map(({ level, message, node: at }) => [level, message, at])).to.deep.equal([
      ['info', 'trace_start', undefined],
      ['info', 'charging', 'Talks'],
      ['warn', 'from afar', 'Talks'],
      ['warn', 'node_error', 'Talks'],
      ['error', 'node_failed', 'Talks'],
      ['warn', 'trace_end', undefined],
    ]);
    expect(JSON.parse(lines.lines[1]?.fields as string)).to.deep.include({ cents: 5, apiKey: '[Redacted]' });
    expect(() => history.logTransport({ level: 'loud' as never })).to.throw('`level`');
  });

  it('refuses options that are none', () => {
    for (const [options, text] of [
      [{ payloads: 'some' }, '`payloads`'],
      [{ keep: { maxRuns: 0 } }, '`maxRuns`'],
      [{ keep: { max: 1 } }, '`max`'],
      [{ keep: { maxRuns: 1.5 } }, '`maxRuns`'],
      [{ keep: { maxBytes: 2 ** 60 } }, '`maxBytes`'],
      [{ keep: { failedS: Infinity } }, '`failedS`'],
      [{ keep: [] }, 'keep of FlowHistory to be an object, got a list'],
      [[], 'to be an object, got a list'],
      [null, 'to be an object, got null'],
      [{ flushMs: 0 }, '`flushMs`'],
      [{ seal: {} }, '`seal`'],
      [{ redact: 1 }, '`redact`'],
      [{ payload: 'all' }, 'Unknown option `payload` of FlowHistory'],
    ] as const) {
      expect(() => new FlowHistory(memoryStore(), options as never)).to.throw(text);
    }
    expect(() => new FlowHistory(memoryStore(), { keep: { successS: 0.5 } })).not.to.throw();
  });

  it('H13 refuses what does not say clearly whose runs to forget, or what to do', async () => {
    // A store that would do it.
    const store = storeWith({ forget: async () => expect.fail('forgets'), pin: async () => expect.fail('pins') });
    const history = new FlowHistory(store);
    for (const request of [undefined, null, {}, { tenant: null }, { tennant: 'a' }, { tenant: ['a'] }]) {
      expect(await codeOf(history.forget(request as never)), JSON.stringify(request)).to.equal('INVALID_OPTION');
    }
    expect(await codeOf(history.pin(1, 'yes' as never))).to.equal('INVALID_OPTION');
    expect(await codeOf(history.list(null as never))).to.equal('INVALID_OPTION');
    expect(await codeOf(history.run(null as never))).to.equal('INVALID_OPTION');
    for (const options of [null, { levels: 'info' }, []]) {
      const error = thrownBy(() => history.logTransport(options as never));
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
    }
    await history.close();
  });
});
