import { expect } from 'chai';
import fc from 'fast-check';
import { FlowError } from '#src/index.js';
import { FlowBench, type TestFlow } from '../support/flows.js';
import { settle } from '../support/settling.js';
import { acyclicGraph, followersOf, NodeModel, nodePlan, type Load, type NodePlan } from './acyclic-graph.js';
import type { FuzzProperty } from './fuzz-property.js';

/** One message that is sent in, and what ends its run early, if anything does. */
interface Job {
  readonly how: 'emit' | 'call';
  readonly end: 'none' | 'cancel' | 'abort' | 'deadline';
  readonly afterMs: number;
}

interface Given {
  readonly nodes: readonly NodePlan[];
  readonly queueMaxsize: number;
  readonly jobs: readonly Job[];
}

const given: fc.Arbitrary<Given> = fc.record({
  nodes: fc.array(nodePlan, { minLength: 1, maxLength: 6 }),
  queueMaxsize: fc.integer({ min: 0, max: 3 }),
  jobs: fc.array(
    fc.record({
      how: fc.constantFrom('emit', 'call'),
      end: fc.constantFrom('none', 'none', 'none', 'none', 'cancel', 'abort', 'deadline'),
      afterMs: fc.constantFrom(0, 20, 100, 1_000),
    }),
    { minLength: 1, maxLength: 15 },
  ),
});

/** Why a run may end before its time. */
const EARLY: Readonly<Record<Job['end'], readonly string[]>> = {
  none: [],
  cancel: ['TRACE_CANCELLED'],
  abort: ['ABORTED'],
  deadline: ['DEADLINE_EXCEEDED'],
};

/** What came of a run, or has to: trails of results and codes of failures. */
class Outcome {
  readonly results: string[] = [];
  readonly failures: string[] = [];
}

/** What nodes must have done, by name. */
type Counts = Record<string, { succeeded: number; failed: number; retried: number }>;

/** Sends the jobs through a flow and through a model of it, and compares. */
class Play {
  readonly bench = new FlowBench();
  readonly #given: Given;
  readonly #models: readonly NodeModel[];
  readonly #expected: readonly Outcome[];
  readonly #counts: Counts;
  readonly #emitted: readonly Outcome[];
  readonly #called: Promise<PromiseSettledResult<unknown>>[] = [];
  #flow!: TestFlow;
  #settled = 0;

  constructor(given: Given) {
    this.#given = given;
    const followers = followersOf(given.nodes);
    this.#models = given.nodes.map((plan, index) => new NodeModel(plan, index, followers[index] ?? []));
    this.#counts = Object.fromEntries(this.#models.map(({ name }) => [name, { succeeded: 0, failed: 0, retried: 0 }]));
    this.#expected = given.jobs.map(() => new Outcome());
    this.#emitted = given.jobs.map(() => new Outcome());
    for (const id of given.jobs.keys()) {
      for (const { index } of this.#models) {
        if (!followers.some((next) => next.includes(index))) this.#expect(index, { id, trail: '' });
      }
    }
  }

  /** Follows a message through the model. */
  #expect(index: number, load: Load): void {
    const model = this.#models[index] as NodeModel;
    const outcome = this.#expected[load.id] as Outcome;
    const counts = this.#counts[model.name] as Counts[string];
    const { maxRetries } = model.plan;
    const bad = model.badAttempts(load);
    counts.retried += Math.min(bad, maxRetries);
    if (bad > maxRetries) {
      counts.failed++;
      outcome.failures.push(model.trouble === 'throws' ? 'NODE_EXCEPTION' : 'NODE_TIMEOUT');
      return;
    }
    counts.succeeded++;
    const out = model.out(load);
    if (model.followers.length === 0) outcome.results.push(out.trail);
    for (const to of model.targets(load)) this.#expect(to, out);
  }

  async run(): Promise<void> {
    const { jobs, queueMaxsize } = this.#given;
    const flow = await this.bench.run(acyclicGraph(this.#models, this.bench.clock), { queueMaxsize });
    this.#flow = flow;
    const reading = this.#read();
    for (const [id, job] of jobs.entries()) this.#start(id, job);
    for (let turn = 0; turn < 350 && !this.#isOver(); turn++) {
      await this.bench.clock.advance(turn < 50 ? 20 : 5_000);
      await settle();
    }
    expect(this.#isOver(), `a run does not end: ${JSON.stringify(flow.snapshot())}`).to.equal(true);
    // Code that went on after its timeout.
    await this.bench.clock.advance(1_000);
    this.#checkNothingIsLeft();
    const stopped = await flow.stop({ drainS: 1 });
    expect(stopped).to.deep.equal({ drained: true, dropped: 0, stuckNodes: [], unflushed: [] });
    await reading;
    this.#checkOutcomes(await Promise.all(this.#called));
    this.#checkCounts();
  }

  #isOver(): boolean {
    const { traces, results } = this.#flow.snapshot();
    return this.#settled === this.#given.jobs.length && traces === 0 && results === 0;
  }

  async #read(): Promise<void> {
    for await (const { traceId, value, error } of this.#flow.results()) {
      const outcome = this.#emitted[Number(traceId)] as Outcome;
      if (error === undefined) outcome.results.push((value as Load).trail);
      else outcome.failures.push(error.code);
    }
  }

  #start(id: number, { how, end, afterMs }: Job): void {
    const traceId = String(id);
    const controller = new AbortController();
    if (end === 'abort') this.bench.clock.setTimer(() => controller.abort(), afterMs);
    if (end === 'cancel') this.bench.clock.setTimer(() => void this.#flow.cancel(traceId), afterMs);
    const options = {
      traceId,
      ...(end === 'abort' ? { signal: controller.signal } : {}),
      ...(end === 'deadline' ? { timeoutS: (afterMs + 1) / 1000 } : {}),
    };
    const sent = this.#flow[how]({ id, trail: '' }, options);
    const settled = Promise.allSettled([sent]).then(([result]) => {
      this.#settled++;
      return result;
    });
    this.#called.push(settled);
  }

  #checkNothingIsLeft(): void {
    const { nodes, ...flow } = this.#flow.snapshot();
    expect(flow).to.include({ traces: 0, results: 0 });
    for (const { name, queued, waitingForRoom, inFlight, late } of nodes) {
      expect([name, queued, waitingForRoom, inFlight, late]).to.deep.equal([name, 0, 0, 0, 0]);
    }
  }

  #checkOutcomes(settled: readonly PromiseSettledResult<unknown>[]): void {
    for (const [id, { how, end }] of this.#given.jobs.entries()) {
      const expected = this.#expected[id] as Outcome;
      const result = settled[id] as PromiseSettledResult<unknown>;
      const what = `job ${id}, ${how}`;
      if (how === 'call') checkCall(what, result, expected, EARLY[end]);
      else checkEmit(what, result, expected, this.#emitted[id] as Outcome, EARLY[end]);
    }
  }

  /** What each node did, where nothing was ended before its time. */
  #checkCounts(): void {
    const { jobs } = this.#given;
    const cutsShort = ({ how, end }: Job, id: number): boolean =>
      end !== 'none' || (how === 'call' && this.#expected[id]?.failures.length !== 0);
    if (jobs.some(cutsShort)) return;
    for (const { name, succeeded, failed, retried } of this.#flow.snapshot().nodes) {
      expect({ name, succeeded, failed, retried }).to.deep.equal({ name, ...this.#counts[name] });
    }
  }
}

/** A call has the first result or failure of its run; which of several, the graph does not say. */
function checkCall(
  what: string,
  settled: PromiseSettledResult<unknown>,
  { results, failures }: Outcome,
  early: readonly string[],
): void {
  if (settled.status === 'fulfilled') {
    expect(results, what).to.include((settled.value as Load).trail);
    return;
  }
  const none = results.length === 0 && failures.length === 0 ? ['NO_RESULT'] : [];
  expect(codeOf(settled.reason), what).to.be.oneOf([...failures, ...none, ...early]);
}

/** An emit has all results and failures of its run; one that ended early has no others. */
function checkEmit(
  what: string,
  settled: PromiseSettledResult<unknown>,
  expected: Outcome,
  found: Outcome,
  early: readonly string[],
): void {
  if (settled.status === 'rejected') expect(codeOf(settled.reason), what).to.be.oneOf(early);
  const failures = found.failures.filter((code) => !early.includes(code));
  if (early.length === 0) {
    expect(found.results, what).to.have.members(expected.results);
    expect(failures, what).to.have.members(expected.failures);
  } else {
    expect(surplus(found.results, expected.results), what).to.deep.equal([]);
    expect(surplus(failures, expected.failures), what).to.deep.equal([]);
  }
}

/** What is in a list more often than in another. */
function surplus(list: readonly string[], allowed: readonly string[]): readonly string[] {
  const left = [...allowed];
  return list.filter((each) => {
    const at = left.indexOf(each);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

function codeOf(reason: unknown): string {
  return FlowError.is(reason) ? reason.code : String(reason);
}

/** Whatever an acyclic graph does with a message, every run ends, with just the results that it has to have. */
export const acyclicProperty: FuzzProperty<Given> = {
  name: 'acyclic',
  given,
  async check(input) {
    const play = new Play(input);
    try {
      await play.run();
    } finally {
      await play.bench.stopAll();
    }
  },
  draw: ({ nodes }) =>
    followersOf(nodes)
      .map((next, index) => {
        const { sends } = nodes[index] as NodePlan;
        return `N${index} -> ${next.length === 0 ? 'egress' : `${next.map((to) => `N${to}`).join(', ')} (${sends})`}`;
      })
      .join('\n'),
};
