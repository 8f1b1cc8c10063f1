import { expect } from 'chai';
import fc from 'fast-check';
import { FlowError, Message, type FlowEvent, type NodeClass, type NodeContext } from '#src/index.js';
import { FlowBench, record, recordRuns, type TestFlow } from '../support/flows.js';
import { node, rows } from '../support/nodes.js';
import { isPending, settle } from '../support/settling.js';

/** What a node does with a message, drawn per node and per payload. */
type Deed =
  | 'return'
  | 'return later'
  | 'return nothing'
  | 'throw'
  | 'fail once'
  | 'emit twice'
  | 'emit and forget'
  | 'stream'
  | 'hang'
  | 'sleep'
  | 'message'
  | 'shorter deadline'
  | 'cancel itself'
  | 'ignore everything';

interface NodeSpec {
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly maxRetries: number;
  readonly backoffBaseS: number;
  readonly timeoutS: number | undefined;
  readonly deeds: readonly Deed[];
  /** Which of the nodes after it follow, as bits. */
  readonly followers: number;
}

interface Step {
  readonly act:
    | 'emit'
    | 'call'
    | 'tryEmit'
    | 'fetch'
    | 'fetch any'
    | 'cancel'
    | 'advance'
    | 'abort'
    | 'settle'
    | 'results'
    | 'leave';
  readonly trace: number;
  readonly ms: number;
}

const STATUSES = ['succeeded', 'failed', 'deadline', 'cancelled', 'stopped', 'rejected'];

/** A flow, and what is done to it. */
export interface Scenario {
  readonly nodes: readonly NodeSpec[];
  readonly queueMaxsize: number;
  readonly deliverFailures: boolean;
  readonly afterFailure: 'cancel' | 'continue' | undefined;
  readonly steps: readonly Step[];
  readonly drainS: number;
}

const deed: fc.Arbitrary<Deed> = fc.constantFrom(
  'return',
  'return',
  'return later',
  'return nothing',
  'throw',
  'fail once',
  'emit twice',
  'emit and forget',
  'stream',
  'hang',
  'sleep',
  'message',
  'shorter deadline',
  'cancel itself',
  'ignore everything',
);

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  nodes: fc.array(
    fc.record({
      concurrency: fc.integer({ min: 1, max: 3 }),
      ordered: fc.boolean(),
      maxRetries: fc.integer({ min: 0, max: 2 }),
      backoffBaseS: fc.constantFrom(0, 0.1),
      timeoutS: fc.constantFrom(undefined, 1),
      deeds: fc.array(deed, { minLength: 1, maxLength: 4 }),
      followers: fc.nat(15),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  queueMaxsize: fc.constantFrom(0, 1, 2, 3, 64),
  deliverFailures: fc.boolean(),
  afterFailure: fc.constantFrom(undefined, 'cancel', 'continue'),
  steps: fc.array(
    fc.record({
      act: fc.constantFrom(
        'emit',
        'emit',
        'emit',
        'call',
        'call',
        'tryEmit',
        'fetch',
        'fetch any',
        'cancel',
        'advance',
        'abort',
        'settle',
        'results',
        'leave',
      ),
      trace: fc.nat(4),
      ms: fc.constantFrom(0, 50, 300, 1_000),
    }),
    { maxLength: 30 },
  ),
  drainS: fc.constantFrom(0, 0.5, 30),
});

/** Plays a scenario on a flow and checks what must hold whatever happened. */
export class Play {
  readonly bench = new FlowBench();
  readonly #never: (() => void)[] = [];
  readonly #controllers: AbortController[] = [];
  readonly #waits: Promise<unknown>[] = [];
  readonly #readers: AsyncIterableIterator<unknown>[] = [];
  readonly #spec: Scenario;
  flow!: TestFlow;
  events: FlowEvent[] = [];
  runs: FlowEvent[] = [];

  constructor(spec: Scenario) {
    this.#spec = spec;
  }

  async run(): Promise<void> {
    const classes = this.#spec.nodes.map((spec, index) => this.#node(spec, `N${index}`));
    const graph = rows(
      classes.map((from, index) => {
        const after = classes.slice(index + 1);
        return [from, after.filter((_, bit) => ((this.#spec.nodes[index] as NodeSpec).followers & (1 << bit)) !== 0)];
      }),
    );
    const { queueMaxsize, deliverFailures, afterFailure } = this.#spec;
    this.flow = await this.bench.run(graph, { queueMaxsize, deliverFailures, afterFailure });
    this.events = record(this.flow);
    this.runs = recordRuns(this.flow);
    for (const step of this.#spec.steps) {
      await this.#step(step);
      this.#checkCounters();
    }
    await this.#end();
  }

  #node(spec: NodeSpec, name: string): NodeClass<unknown> {
    const { deeds, followers: _, ...policy } = spec;
    return node(
      name,
      (payload: unknown, ctx) =>
        this.#behave(deeds[(payload as number) % deeds.length] as Deed, payload as number, ctx),
      policy,
    );
  }

  #behave(what: Deed, n: number, ctx: NodeContext): unknown {
    const until = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        this.bench.clock.setTimer(resolve, ms);
      });
    const hang = (): Promise<never> =>
      new Promise((_, reject) => {
        this.#never.push(() => reject(new Error('given up')));
      });
    switch (what) {
      case 'return':
        return n;
      case 'return later':
        return settle().then(() => n + 1);
      case 'return nothing':
        return undefined;
      case 'throw':
        throw new TypeError('no');
      case 'fail once':
        if (ctx.attempt === 0) return Promise.reject(new TypeError('no'));
        return n;
      case 'emit twice':
        return (async () => {
          await ctx.emit(n + 1);
          await ctx.emit(n + 2);
        })();
      case 'emit and forget':
        void ctx.emit(n + 1);
        void ctx.emit(n + 2);
        return undefined;
      case 'stream':
        return (async function* () {
          for (let more = 1; more < 4; more++) {
            yield n + more;
            await until(20);
          }
        })();
      case 'hang':
        return new Promise((_, reject) => {
          ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error));
          this.#never.push(() => reject(new Error('given up')));
        });
      case 'sleep':
        return ctx.sleep(0.2).then(() => n);
      case 'message':
        return new Message(n + 1, { traceId: ctx.traceId, headers: { tenant: 'other' } });
      case 'shorter deadline':
        return ctx.message.with({ payload: n + 1, deadlineS: this.bench.clock.now() / 1000 + 0.3 });
      case 'cancel itself':
        this.flow.cancel(ctx.traceId);
        return n;
      case 'ignore everything':
        return hang();
    }
  }

  async #step({ act, trace, ms }: Step): Promise<void> {
    const { flow } = this;
    const traceId = `t${trace}`;
    const deadline = ms >= 300 ? { timeoutS: ms / 1000 } : {};
    switch (act) {
      case 'emit':
        this.#wait(flow.emit(trace + ms, { traceId, ...deadline }));
        break;
      case 'call': {
        const controller = new AbortController();
        this.#controllers.push(controller);
        this.#wait(
          flow.call(trace + ms, { ...(trace < 2 ? { traceId } : {}), ...deadline, signal: controller.signal }),
        );
        break;
      }
      case 'tryEmit':
        flow.tryEmit(trace, { traceId });
        break;
      case 'fetch':
        this.#wait(flow.fetch({ traceId, ...deadline }));
        break;
      case 'fetch any':
        this.#wait(flow.fetch());
        break;
      case 'cancel':
        flow.cancel(traceId);
        break;
      case 'advance':
        await this.bench.clock.advance(ms);
        break;
      case 'abort':
        this.#controllers[trace]?.abort();
        break;
      case 'settle':
        await settle();
        break;
      case 'results': {
        const reader = flow.results();
        this.#readers.push(reader);
        this.#wait(reader.next());
        break;
      }
      case 'leave':
        await this.#readers.pop()?.return?.();
        break;
    }
  }

  #wait(promise: Promise<unknown>): void {
    promise.catch(() => {});
    this.#waits.push(promise);
  }

  /** Whatever happens, what the handle shows adds up. */
  #checkCounters(): void {
    const { traces, nodes, results } = this.flow.snapshot();
    expect(traces).to.be.at.least(0);
    expect(results).to.be.at.least(0);
    for (const { queued, waitingForRoom, inFlight } of nodes) {
      for (const count of [queued, waitingForRoom, inFlight]) expect(count).to.be.at.least(0);
    }
  }

  async #end(): Promise<void> {
    const { flow, bench } = this;
    const before = flow.snapshot();
    const stopping = flow.stop({ drainS: this.#spec.drainS, graceS: 1 });
    await bench.clock.advance(40_000);
    expect(await isPending(stopping)).to.equal(false);
    const { dropped } = await stopping;
    // A trace that was active when nothing more was let finish has at least one message that is counted.
    if (this.#spec.drainS === 0 && this.#readers.length === 0 && this.#idle(before)) {
      expect(dropped).to.be.at.least(before.traces);
    }
    expect(await isPending(Promise.allSettled(this.#waits))).to.equal(false);
    for (const reader of this.#readers)
      for (let next = await reader.next(); next.done !== true; next = await reader.next());
    for (const giveUp of this.#never) giveUp();
    await settle();
    const after = flow.snapshot();
    expect(after).to.include({ traces: 0, results: 0 });
    for (const { queued, waitingForRoom, inFlight, late } of after.nodes) {
      expect([queued, waitingForRoom, inFlight, late]).to.deep.equal([0, 0, 0, 0]);
    }
    this.#checkEvents();
    this.#checkRuns();
    this.#checkRejections(await Promise.allSettled(this.#waits));
  }

  #idle(before: ReturnType<TestFlow['snapshot']>): boolean {
    return before.nodes.every(({ inFlight }) => inFlight === 0);
  }

  #checkRejections(settled: readonly PromiseSettledResult<unknown>[]): void {
    for (const one of settled) {
      if (one.status === 'rejected') expect(FlowError.is(one.reason), String(one.reason)).to.equal(true);
    }
  }

  /** Each run begins once and ends once, whatever cancels, stops or fails it; nothing happens in it before and after. */
  #checkRuns(): void {
    const told = new Map<number | null, string[]>();
    for (const { runId, eventType } of this.runs) told.set(runId, [...(told.get(runId) ?? []), eventType]);
    for (const [runId, types] of told) expect(types, `run ${runId}`).to.deep.equal(['trace_start', 'trace_end']);
    for (const { runId } of this.events) expect(runId === null || told.has(runId)).to.equal(true);
    for (const { eventType, extra, latencyMs } of this.runs) {
      if (eventType !== 'trace_end') continue;
      expect(STATUSES).to.include(extra['status']);
      expect(latencyMs).to.be.at.least(0);
      const { attempts, messages, retries, status } = extra as Record<string, number | string>;
      expect(attempts).to.be.at.least(messages as number);
      expect(retries).to.be.at.most(attempts as number);
      if (status === 'failed') expect(extra).to.include.keys('error_code');
    }
  }

  #checkEvents(): void {
    const open = new Map<string, number>();
    for (const { eventType, traceId, tracePending, traceInflight } of this.events) {
      // Of no run, or of interrupted code whose run may be gone.
      if (tracePending === null) continue;
      expect(tracePending).to.be.at.least(0);
      expect(traceInflight).to.be.at.least(0);
      expect(traceInflight).to.be.at.most(tracePending);
      if (eventType === 'trace_cancel_start') open.set(`${traceId}`, (open.get(`${traceId}`) ?? 0) + 1);
      if (eventType === 'trace_cancel_finish') {
        expect([tracePending, traceInflight]).to.deep.equal([0, 0]);
        open.set(`${traceId}`, (open.get(`${traceId}`) ?? 0) - 1);
      }
      expect(open.get(`${traceId}`) ?? 0).to.be.within(0, 1);
    }
    for (const [traceId, cancelling] of open) expect(cancelling, traceId).to.equal(0);
  }
}
