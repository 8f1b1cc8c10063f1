import { expect } from 'chai';
import fc from 'fast-check';
import {
  CLOCK,
  Flow,
  FLOW_LOG,
  type CollectedResults,
  type FlowError,
  type NodeClass,
  type StopOptions,
} from '#src/index.js';
import type { FlowClient } from '#src/distributed/client/flow-client.js';
import { connectFlow } from '#src/distributed/client/connect-flow.js';
import type { CarrierSession } from '#src/distributed/carrier/carrier-session.js';
import { memoryCarrier } from '#src/distributed/memory/memory-carrier.js';
import { Distributed } from '#src/distributed/plan/distributed.js';
import { queue } from '#src/distributed/plan/queue.js';
import type { FlowWorker } from '#src/distributed/worker/flow-worker.js';
import { serveFlow } from '#src/distributed/worker/serve-flow.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import { ManualClock } from '#src/testing/index.js';
import { MemoryLog } from '../support/memory-log.js';
import { settle } from '../support/settling.js';
import {
  acyclicGraph,
  acyclicNodes,
  followersOf,
  NodeModel,
  nodePlan,
  type Load,
  type NodePlan,
} from './acyclic-graph.js';
import type { FuzzProperty } from './fuzz-property.js';

/** Something that happens to the process of a group. */
interface Fault {
  /** After so many turns. */
  readonly turn: number;
  readonly group: number;
  /** `kill between`: when it has stored an answer, and has not settled yet. */
  readonly kind: 'kill' | 'freeze' | 'stop' | 'kill between';
}

interface Given {
  readonly nodes: readonly (NodePlan & { readonly group: number })[];
  readonly bound: number;
  readonly jobs: readonly ('collect' | 'call')[];
  readonly faults: readonly Fault[];
}

const given: fc.Arbitrary<Given> = fc.record({
  nodes: fc.array(
    nodePlan.chain((plan) => fc.nat(2).map((group) => ({ ...plan, group, trouble: 'throws' as const }))),
    { minLength: 1, maxLength: 6 },
  ),
  bound: fc.constantFrom(1, 2, 10_000),
  jobs: fc.array(fc.constantFrom('collect', 'call'), { minLength: 1, maxLength: 8 }),
  faults: fc.array(
    fc.record({ turn: fc.nat(30), group: fc.nat(2), kind: fc.constantFrom('kill', 'freeze', 'stop', 'kill between') }),
    {
      maxLength: 5,
    },
  ),
});

/** What has to come of a job. */
class Outcome {
  readonly results: string[] = [];
  readonly failures: string[] = [];
}

let made = 0;

/** Runs a random graph in groups on processes that end in the middle, and compares with what it does in one. */
class Play {
  readonly #given: Given;
  readonly #models: readonly NodeModel[];
  readonly #clock = new ManualClock();
  readonly #carrier = memoryCarrier();
  readonly #flowClass: new () => { readonly graph: FlowGraph };
  readonly #groups: readonly string[];
  readonly #workers = new Map<string, { readonly worker: FlowWorker; readonly session: CarrierSession }>();
  /** Groups whose process ends as soon as it has stored something, and those whose process has. */
  readonly #doomed = new Set<string>();
  readonly #dead = new Set<string>();

  constructor(given: Given) {
    this.#given = given;
    const followers = followersOf(given.nodes);
    this.#models = given.nodes.map((plan, index) => new NodeModel(plan, index, followers[index] ?? []));
    const classes = acyclicNodes(this.#models, this.#clock);
    const graph = acyclicGraph(this.#models, this.#clock, classes);
    class Spread {
      readonly graph = graph;
    }
    Flow({ name: `spread-${++made}` })(Spread);
    const groups: Record<string, NodeClass[]> = {};
    const groupAt = (index: number): number => given.nodes[index]?.group ?? 0;
    for (const [index, nodeClass] of classes.entries()) (groups[`g${groupAt(index)}`] ??= []).push(nodeClass);
    this.#groups = Object.keys(groups);
    const entries = classes.filter((_, index) => {
      const before = followers.flatMap((next, from) => (next.includes(index) ? [from] : []));
      return before.length === 0 || before.some((from) => groupAt(from) !== groupAt(index));
    });
    Distributed({ groups, queues: entries.map((each) => queue(each, { bound: given.bound })) })(Spread);
    this.#flowClass = Spread;
  }

  async run(): Promise<void> {
    for (const group of this.#groups) await this.#serve(group);
    const client = await connectFlow(this.#flowClass as never, { carrier: this.#carrier, ...this.#services } as never);
    const outcomes = this.#given.jobs.map((how, id) => this.#start(client as never, how, { id, trail: '' }));
    const open = new Set(outcomes);
    for (const each of outcomes) void each.then(() => open.delete(each));
    for (let turn = 0; turn < 400 && open.size > 0; turn++) {
      for (const fault of this.#given.faults) if (fault.turn === turn) await this.#suffer(fault);
      for (const group of this.#dead) await this.#replace(group, { graceS: 0 });
      this.#dead.clear();
      await settle();
      await this.#clock.advance(turn < 60 ? 20 : 2_000);
    }
    expect(open.size, 'jobs that do not end').to.equal(0);
    const came = await Promise.all(outcomes);
    for (const [id, outcome] of came.entries()) this.#compare(id, outcome);
    this.#doomed.clear();
    for (const group of this.#dead) this.#workers.delete(group);
    // One that stands still would not hear that it is to stop.
    for (const { session } of this.#workers.values()) this.#carrier.faults.thaw(session);
    const stops = [client.stop(), ...[...this.#workers.values()].map(({ worker }) => worker.stop({ graceS: 0 }))];
    for (let turn = 0; turn < 20; turn++) {
      await settle();
      await this.#clock.advance(1_000);
    }
    await Promise.all(stops);
  }

  async #serve(group: string): Promise<void> {
    const carrier = this.#carrier;
    let session: CarrierSession | undefined;
    const watched = {
      name: 'watched',
      open: async (options: Parameters<typeof carrier.open>[0]) => {
        session = await carrier.open(options);
        return this.#endingInside(session, group);
      },
    };
    const worker = await serveFlow(
      this.#flowClass as never,
      { carrier: watched, groups: [group], ...this.#services } as never,
    );
    this.#workers.set(group, { worker, session: session as unknown as CarrierSession });
  }

  async #suffer({ group, kind }: Fault): Promise<void> {
    const name = `g${group}`;
    const process = this.#workers.get(name);
    if (process === undefined) return;
    const { session } = process;
    if (kind === 'kill between') {
      this.#doomed.add(name);
      return;
    }
    if (kind === 'kill') this.#carrier.faults.kill(session);
    if (kind === 'freeze') {
      this.#carrier.faults.freeze(session);
      this.#clock.setTimer(() => this.#carrier.faults.thaw(session), 40_000);
      return;
    }
    await this.#replace(name, kind === 'kill' ? { graceS: 0 } : { drainS: 0.05 });
  }

  async #replace(group: string, stop: StopOptions): Promise<void> {
    void this.#workers.get(group)?.worker.stop(stop);
    await this.#serve(group);
  }

  /** A session whose process ends, if it is to, between what it stores and the settlement. */
  #endingInside(session: CarrierSession, group: string): CarrierSession {
    const stored = async (topic: string, ...rest: unknown[]): Promise<void> => {
      await (session.record as (...args: unknown[]) => Promise<void>)(topic, ...rest);
      if (topic !== 'answers' || !this.#doomed.delete(group)) return;
      this.#carrier.faults.kill(session);
      this.#dead.add(group);
    };
    return new Proxy(session, {
      get(target, name) {
        if (name === 'record') return stored;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  async #start(client: FlowClient<Load, Load>, how: 'collect' | 'call', load: Load): Promise<Outcome> {
    const outcome = new Outcome();
    if (how === 'collect') {
      const collected = (await client.collect(load, { settle: true })) as CollectedResults<Load>;
      outcome.results.push(...collected.results.map(({ trail }) => trail));
      outcome.failures.push(...collected.failures.map(({ code }) => code));
      return outcome;
    }
    try {
      outcome.results.push((await client.call(load)).trail);
    } catch (error) {
      outcome.failures.push((error as FlowError).code);
    }
    return outcome;
  }

  #compare(id: number, came: Outcome): void {
    const expected = this.#expected(id);
    if (this.#given.jobs[id] === 'collect') {
      expect(came.results.sort(), `results of job ${id}`).to.deep.equal(expected.results.sort());
      expect(came.failures.sort(), `failures of job ${id}`).to.deep.equal(expected.failures.sort());
      return;
    }
    const [result] = came.results;
    const [failure] = came.failures;
    if (result !== undefined) expect(expected.results, `result of job ${id}`).to.include(result);
    else if (expected.failures.length > 0) expect(expected.failures, `failure of job ${id}`).to.include(failure);
    else expect([expected.results, failure], `end of job ${id}`).to.deep.equal([[], 'NO_RESULT']);
  }

  #expected(id: number): Outcome {
    const outcome = new Outcome();
    const follow = (index: number, load: Load): void => {
      const model = this.#models[index] as NodeModel;
      if (model.badAttempts(load) > model.plan.maxRetries) {
        outcome.failures.push('NODE_EXCEPTION');
        return;
      }
      const out = model.out(load);
      if (model.followers.length === 0) outcome.results.push(out.trail);
      for (const to of model.targets(load)) follow(to, out);
    };
    const isFollower = new Set(this.#models.flatMap(({ followers }) => followers));
    for (const { index } of this.#models) if (!isFollower.has(index)) follow(index, { id, trail: '' });
    return outcome;
  }

  get #services(): object {
    return {
      providers: [
        { token: CLOCK, useValue: this.#clock },
        { token: FLOW_LOG, useValue: new MemoryLog() },
      ],
    };
  }
}

/** A flow in groups whose processes end in the middle gives what it gives in one process. */
export const distributedProperty: FuzzProperty<Given> = {
  name: 'distributed',
  given,
  check: (input) => new Play(input).run(),
  draw: ({ nodes }) =>
    followersOf(nodes)
      .map(
        (next, index) => `N${index} (g${nodes[index]?.group}) -> ${next.map((to) => `N${to}`).join(', ') || 'egress'}`,
      )
      .join('\n'),
};
