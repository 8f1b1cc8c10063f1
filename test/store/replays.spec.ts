import { expect } from 'chai';
import { joinFrom, joinK, type FlowPlan, type NodeContext, type PenguiFlow } from '#src/index.js';
import { FlowHistory, type ReplayPlan, type RunDetail, type StoredRun } from '#src/store/index.js';
import { longPause } from '#src/store/history/long-pause.js';
import { messagesOf } from '#src/store/history/replay-messages.js';
import { Replays } from '#src/store/history/replays.js';
import { useFlows } from '../support/flows.js';
import { line, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, settle } from '../support/settling.js';
import { useHistories } from './support/use-histories.js';

describe('H12 replays', () => {
  const bench = useFlows();
  const histories = useHistories(bench);

  async function newest(history: FlowHistory): Promise<RunDetail> {
    await history.flush();
    const [run] = (await history.list()).runs;
    return (await history.run(run as StoredRun)) as RunDetail;
  }

  describe('from the attempt that failed', () => {
    /** Four charges at a time; the first fails, as long as it is told to, while the others are under way. */
    async function charging(history: FlowHistory, failing: (n: number) => number | undefined, policy = {}) {
      const state = { fails: true, charged: [] as unknown[] };
      const split = node('Split', async (_, ctx: NodeContext) => {
        for (const n of [0, 1, 2, 3]) await ctx.emit(n);
      });
      const charge = node(
        'Charge',
        async (n, ctx: NodeContext) => {
          if (!state.fails) return void state.charged.push(n);
          const afterS = failing(n as number);
          await ctx.sleep(afterS ?? 60);
          throw new Error(`no money`);
        },
        { concurrency: 4, ...policy } as never,
      );
      const flow = await bench.run(line(split, charge), { history });
      const over = failureOf(flow.call('x'));
      await settle();
      await bench.clock.advance(5_000);
      await over;
      state.fails = false;
      return state;
    }

    for (const payloads of ['failed', 'all'] as const) {
      it(`H12 does again what failed, not what was cancelled by it, with payloads '${payloads}'`, async () => {
        const history = histories.of({ payloads });
        const state = await charging(history, (n) => (n === 0 ? 1 : undefined));
        const { run, attempts } = await newest(history);
        expect(attempts.map(({ outcome }) => outcome).toSorted()).to.deep.equal([
          ...['cancelled', 'cancelled', 'cancelled', 'failed', 'succeeded'],
        ]);
        expect((await history.planReplay(run)).reasons).to.deep.equal([]);
        expect((await history.replay(run)).status).to.equal('succeeded');
        expect(state.charged).to.deep.equal([0]);
      });
    }

    it('H12 takes no attempt that was only cancelled', async () => {
      const history = histories.of({ payloads: 'all' });
      await charging(history, (n) => (n === 0 ? 1 : undefined));
      const detail = await newest(history);
      const attempts = detail.attempts.filter(({ outcome }) => outcome !== 'failed');
      const { messages, impossible } = messagesOf({ ...detail, attempts }, 'failed', { nodes: [] } as never);
      expect([messages, impossible]).to.deep.equal([[], ['no attempt of it failed']]);
    });

    it('H12 says so where it is not known which of several failed first', async () => {
      const history = histories.of({ payloads: 'all' });
      // The second one is still to be tried again when the first fails for good.
      const state = await charging(history, (n) => [0, 1.5][n], {
        maxRetries: 2,
        backoffMultiplier: 1,
        backoffBaseS: 1,
      });
      const { run, attempts } = await newest(history);
      const last = attempts.filter(({ outcome }) => outcome === 'failed').slice(-1)[0];
      const waiting = attempts.filter(
        ({ outcome, messageId }) => outcome === 'failed' && messageId !== last?.messageId,
      );
      expect([last?.attempt, waiting.map(({ attempt }) => attempt)]).to.deep.equal([2, [0]]);
      const { reasons, impossible } = await history.planReplay(run);
      expect(reasons.join())
        .to.contain('which was first is not known')
        .and.contain(`from: { attempt: ${waiting[0]!.seq} }`);
      expect(impossible).to.deep.equal([]);
      expect(await codeOf(history.replay(run))).to.equal('REPLAY_REFUSED');
      await history.replay(run, { from: { attempt: last!.seq } });
      expect(state.charged).to.deep.equal([0]);
    });
  });

  describe('of what came in', () => {
    function joining(state: { fails: boolean; keys: string[] }) {
      const notes = (name: string) =>
        node(name, (payload, ctx: NodeContext) => {
          state.keys.push(`${name} ${ctx.idempotencyKey}`);
          return `${name} ${String(payload)}`;
        });
      const [left, right] = [notes('Left'), notes('Right')];
      const both = joinFrom('Both', [left, right]);
      const pay = node('Pay', (payload) => {
        if (state.fails) throw new Error('no');
        return payload;
      });
      return rows([
        [left, [both]],
        [right, [both]],
        [both, [pay]],
        [pay, []],
      ]);
    }

    for (const payloads of ['failed', 'ingress'] as const) {
      it(`H12 puts a message before all of its nodes, in one run, with payloads '${payloads}'`, async () => {
        const history = histories.of({ payloads });
        const state = { fails: true, keys: [] as string[] };
        const flow = await bench.run(joining(state), { history });
        await failureOf(flow.call('x', { id: 'order-1' }));
        state.fails = false;
        const { run, messages } = await newest(history);
        expect(messages.filter(({ from }) => from === undefined)).to.have.length(1);
        const plan = await history.planReplay(run, { from: 'start' });
        expect(plan).to.deep.include({ runs: 1, incomplete: [], reasons: [], notBegun: [] });
        expect(plan.messages.map(({ nodes }) => nodes)).to.deep.equal([['Left', 'Right']]);
        const { runs, status } = await history.replay(run, { from: 'start' });
        expect([status, runs.length, runs[0]?.results.length]).to.deep.equal(['succeeded', 1, 1]);
        expect(state.keys.slice(2)).to.deep.equal(state.keys.slice(0, 2));
      });
    }

    it('H12 says how many runs several messages become, and that a join does not gather them', async () => {
      const history = histories.of({ payloads: 'ingress' });
      const collected = { fails: true, keys: [] as string[] };
      const flow = await bench.run(joining(collected), { history });
      const opened = flow.emit('x', { traceId: 't', to: 'Left', join: true });
      await flow.emit('y', { traceId: 't', to: 'Right', join: true });
      await opened;
      await settle();
      const { run } = await newest(history);
      const plan = await history.planReplay(run, { from: 'start' });
      expect(plan).to.deep.include({ runs: 2, incomplete: ['Both'] });
      expect(plan.reasons.join()).to.contain('"Both" gathers what came in as 2 messages, each of which becomes a run');
      expect(await codeOf(history.replay(run, { from: 'start' }))).to.equal('REPLAY_REFUSED');
    });

    it('H12 says the same of a join by number', async () => {
      const history = histories.of({ payloads: 'ingress' });
      const flow = await bench.run(rows([[joinK('Pair', 2), []]]), { history });
      await flow.emit('x', { traceId: 't', join: true });
      await flow.emit('y', { traceId: 't', join: true });
      await settle();
      const { run } = await newest(history);
      expect(await history.planReplay(run, { from: 'start' })).to.deep.include({ runs: 2, incomplete: ['Pair'] });
    });

    it('H9 keeps 16 messages, to however many nodes they go', async () => {
      const history = histories.of();
      const notes = (name: string) =>
        node(
          name,
          async (n, ctx: NodeContext) => {
            await ctx.sleep(n === 11 ? 2 : 1);
            if (n === 11) throw new Error('no');
          },
          { concurrency: 12 } as never,
        );
      const flow = await bench.run(
        rows([
          [notes('A'), []],
          [notes('B'), []],
        ]),
        { history },
      );
      const emits = Array.from({ length: 12 }, (_, n) => flow.emit(n, { traceId: 't', join: true }));
      await Promise.all(emits);
      await bench.clock.advance(3_000);
      const { run, messages } = await newest(history);
      expect(messages).to.have.length(12);
      const plan = await history.planReplay(run, { from: 'start' });
      expect([plan.reasons, plan.messages.map(({ nodes }) => nodes.length)]).to.deep.equal([[], Array(12).fill(2)]);
    });

    it('H12 says what of it is not kept, since only 16 messages are', async () => {
      const history = histories.of();
      const first = node(
        'First',
        async (n, ctx: NodeContext) => {
          await ctx.sleep(n === 19 ? 2 : 1);
          if (n === 19) throw new Error('no');
        },
        { concurrency: 20 } as never,
      );
      const flow = await bench.run(line(first), { history });
      const emits = Array.from({ length: 20 }, (_, n) => flow.emit(n, { traceId: 't', join: true }));
      await Promise.all(emits);
      await bench.clock.advance(3_000);
      const { run, attempts } = await newest(history);
      expect([run.status, attempts.length]).to.deep.equal(['failed', 20]);
      const plan = await history.planReplay(run, { from: 'start' });
      // What it failed on is kept as well.
      expect(plan.reasons).to.deep.equal(['17 of the 20 messages that came in are kept']);
      expect((await history.planReplay(run)).reasons).to.deep.equal([]);
    });

    it('H12 names nodes that had begun nothing when the run ended, and a join that lacks them', async () => {
      const history = histories.of();
      const left = node('Left', () => {
        throw new Error('at once');
      });
      const right = pass('Right');
      const both = joinFrom('Both', [left, right]);
      const flow = await bench.run(
        rows([
          [left, [both]],
          [right, [both]],
          [both, []],
        ]),
        { history },
      );
      await failureOf(flow.call('x', { to: 'Left' }));
      const { run } = await newest(history);
      const plan = await history.planReplay(run, { from: 'start' });
      expect(plan).to.deep.include({ notBegun: ['Right'], incomplete: ['Both'] });
      expect(plan.reasons.join()).to.contain('did not all begin');
    });
  });

  it('H12 says that an instance would come back as a plain object where nothing names its class', async () => {
    class Order {
      constructor(readonly id: string) {}
    }
    const history = histories.of();
    const pay = node('Pay', () => {
      throw new Error('no');
    });
    const flow = await bench.run(line(pay), { history });
    await failureOf(flow.call(new Order('o')));
    const { run } = await newest(history);
    const { reasons, impossible } = await history.planReplay(run);
    expect(reasons).to.have.length(1);
    expect(reasons[0]).to.contain('plain object').and.contain('`@Node({ input: Order })` at "Pay"');
    expect(impossible).to.deep.equal([]);
    expect(await codeOf(history.replay(run))).to.equal('REPLAY_REFUSED');
    // What takes its place is what it is.
    expect((await history.planReplay(run, { payload: undefined })).reasons).to.deep.equal([]);
    expect((await history.replay(run, { payload: new Order('p') })).status).to.equal('failed');
  });

  describe('of many', () => {
    async function failures(history: FlowHistory, count: number) {
      const state = { fails: true };
      const pay = node('Pay', () => {
        if (state.fails) throw new Error('no');
      });
      const flow = await bench.run(line(pay), { history });
      for (let n = 0; n < count; n++) await failureOf(flow.call(n, { traceId: `t${n}` }));
      await history.flush();
      state.fails = false;
      return flow;
    }

    async function all<T>(answers: AsyncIterable<T>): Promise<T[]> {
      const found: T[] = [];
      for await (const each of answers) found.push(each);
      return found;
    }

    it('H12 does no more runs than the query or the options allow', async () => {
      const history = histories.of();
      await failures(history, 4);
      const dry = async (limit: number | undefined, ofOptions: number) =>
        (await all(history.replayAll({ limit }, { limit: ofOptions, dryRun: true }))).length;
      expect([await dry(2, 100), await dry(3, 1), await dry(undefined, 3)]).to.deep.equal([2, 1, 3]);
    });

    it('H12 waits between two replays, however long, and not after the last', async () => {
      const history = histories.of();
      const flow = await failures(history, 3);
      const { runs } = await history.list();
      const pauses: number[] = [];
      const replays = new Replays({
        store: { list: async () => ({ runs, cursor: undefined }), run: (ref: never) => history.run(ref) } as never,
        flowOf: () => ({ plan: flow.plan as FlowPlan, handle: flow as PenguiFlow }),
        payload: (runId, messageId) => history.payload(runId, messageId),
        pause: async (ms) => void pauses.push(ms),
      });
      const done = await all(replays.replayAll({}, { ratePerS: 1e-7, from: 'start' }));
      expect(done.map(({ replayed }) => replayed?.status)).to.deep.equal(['succeeded', 'succeeded', 'succeeded']);
      expect(pauses.map(Math.round)).to.deep.equal([1e10, 1e10]);
      const timers: number[] = [];
      await longPause(1e10, (callback, ms) => {
        timers.push(ms);
        callback();
      });
      expect(Math.max(...timers)).to.be.below(2 ** 31);
      expect(timers.reduce((sum, ms) => sum + ms, 0)).to.equal(1e10);
    });
  });

  it('H12 refuses options, references and queries that are none', async () => {
    const history = histories.of();
    const run: Partial<StoredRun> = { runId: 1 };
    const first = (query: unknown, options?: unknown) => history.replayAll(query as never, options as never).next();
    const plan = (ref: unknown, options?: unknown): Promise<ReplayPlan> =>
      history.planReplay(ref as never, options as never);
    const replay = (ref: unknown, options?: unknown) => history.replay(ref as never, options as never);
    const calls: (readonly [string, () => Promise<unknown>])[] = [
      ...[null, [], { froms: 'start' }, { force: true }, { from: null }, { from: { attempt: 1, node: 'x' } }].map(
        (options) => [`planReplay ${JSON.stringify(options)}`, () => plan(run, options)] as const,
      ),
      ...[null, { fore: true }, { force: 1 }, { timeoutS: '5' }, { signal: {} }, { ratePerS: 5 }].map(
        (options) => [`replay ${JSON.stringify(options)}`, () => replay(run, options)] as const,
      ),
      ...[null, undefined, {}, { runId: 'x' }, { traceID: 't' }].flatMap((ref) => [
        [`planReplay of ${JSON.stringify(ref)}`, () => plan(ref)] as const,
        [`replay of ${JSON.stringify(ref)}`, () => replay(ref)] as const,
      ]),
      ...[null, undefined, [], { staus: 'failed' }, { limit: 0 }, { toS: 'x' }, { label: { name: 'order' } }].map(
        (query) => [`replayAll of ${JSON.stringify(query)}`, () => first(query)] as const,
      ),
      ...[null, { rate: 5 }, { ratePerS: 0 }, { ratePerS: '5' }, { limit: 1.5 }, { dryrun: true }, { dryRun: 1 }].map(
        (options) => [`replayAll ${JSON.stringify(options)}`, () => first({}, options)] as const,
      ),
      ...[{ payload: 1 }].map((options) => [`replayAll ${JSON.stringify(options)}`, () => first({}, options)] as const),
    ];
    for (const [what, call] of calls) {
      const error = await failureOf(call());
      expect(error.code, `${what}: ${error.message}`).to.equal('INVALID_OPTION');
    }
  });
});
