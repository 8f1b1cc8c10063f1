import { CLOCK, Flow, FLOW_LOG, type FlowEvent, type FlowOptions, type NodeClass } from '#src/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import { ManualClock } from '#src/testing/index.js';
import type { CarrierSession } from '#src/distributed/carrier/carrier-session.js';
import { PayloadCodec } from '#src/distributed/codec/payload-codec.js';
import { memoryCarrier, type MemoryCarrier } from '#src/distributed/memory/memory-carrier.js';
import { Distributed, type DistributedOptions } from '#src/distributed/plan/distributed.js';
import { distributedPlanOf, type DistributedPlan } from '#src/distributed/plan/distributed-plan.js';
import { decodeAnswer, type Answer } from '#src/distributed/protocol/answer.js';
import { encodeHead, type MessageHead } from '#src/distributed/protocol/message-head.js';
import type { FlowWorker } from '#src/distributed/worker/flow-worker.js';
import { serveFlow } from '#src/distributed/worker/serve-flow.js';
import type { ServeOptions } from '#src/distributed/worker/serve-options.js';
import { openPart } from '#src/open-part.js';
import { MemoryLog } from '../../support/memory-log.js';
import { settle } from '../../support/settling.js';

let made = 0;

/** What a test says of a flow and how it is spread. */
interface RigOptions extends DistributedOptions {
  readonly flow?: FlowOptions;
  /** Nodes by group. */
  readonly groups?: Readonly<Record<string, readonly NodeClass[]>>;
}

/** A distributed flow on an engine in memory, with workers, and somebody who sends messages by hand. */
export class Rig {
  readonly clock = new ManualClock();
  readonly log = new MemoryLog();
  readonly carrier: MemoryCarrier = memoryCarrier();
  readonly workers: FlowWorker[] = [];
  readonly events: FlowEvent[] = [];
  readonly answers: Answer[] = [];
  readonly flowClass: new () => { readonly graph: FlowGraph };
  plan!: DistributedPlan;
  session!: CarrierSession;
  codec!: PayloadCodec;
  #sent = 0;
  readonly #killed = new Set<FlowWorker>();
  /** The sessions of the workers, in their order. */
  readonly #opened: CarrierSession[] = [];

  constructor(graph: FlowGraph, { flow, ...distributed }: RigOptions = {}) {
    class Served {
      readonly graph = graph;
    }
    Flow({ name: `served-${++made}`, ...flow })(Served);
    Distributed(distributed)(Served);
    this.flowClass = Served;
  }

  async begin(): Promise<void> {
    const part = openPart(this.flowClass, { members: new Set(), isCut: () => true }, this.#services as never);
    this.plan = distributedPlanOf(this.flowClass, part.plan);
    await part.stop();
    this.session = await this.carrier.open({ flow: this.plan.flow, clock: this.clock });
    await this.session.provision(this.plan.carrier, 'ensure');
    this.codec = new PayloadCodec(this.plan.types, this.session.can.maxBytes);
    this.session.records('answers', 'test-', 'start', ({ body }) => {
      const answer = decodeAnswer(body);
      if (answer !== undefined) this.answers.push(answer);
    });
  }

  /** The head of a message that nobody has sent yet. */
  headFor(to: string): string {
    return encodeHead({ ...this.#head, to: [to], token: 'odd', root: 'test-odd' });
  }

  /** Ends the process of a worker, as far as the engine sees. */
  kill(worker: FlowWorker): void {
    this.carrier.faults.kill(this.sessionOf(worker));
    // Nothing of it runs on, and nobody hears of its end.
    void worker.stop({ graceS: 0 });
    this.#killed.add(worker);
  }

  sessionOf(worker: FlowWorker): CarrierSession {
    return this.#opened[this.workers.indexOf(worker)] as CarrierSession;
  }

  async serve(groups?: readonly string[], options: Partial<ServeOptions> = {}): Promise<FlowWorker> {
    const { carrier } = this;
    const opened = this.#opened;
    const watched = {
      name: carrier.name,
      async open(given: Parameters<MemoryCarrier['open']>[0]) {
        const session = await carrier.open(given);
        opened.push(session);
        return session;
      },
    };
    const worker = await serveFlow(this.flowClass, {
      carrier: watched,
      ...(groups === undefined ? undefined : { groups }),
      workerId: `w${this.workers.length + 1}`,
      ...this.#services,
      ...options,
    } as never);
    worker.on('*', (event) => void this.events.push(event));
    this.workers.push(worker);
    return worker;
  }

  /** Sends a message to an entry node, as a client does. */
  send(to: string, payload: unknown, facts: Partial<MessageHead> = {}): string {
    const id = `m${++this.#sent}`;
    const own = { root: `test-${this.#sent}`, traceId: `t${this.#sent}`, token: id, key: `key${this.#sent}` };
    const head = encodeHead({ ...this.#head, ...own, to: [to], ...facts });
    const taken = this.session.put({ id, queue: to, head, body: this.codec.encode(payload) }, () => {});
    if (!taken) throw new Error('no room');
    return id;
  }

  get #head(): MessageHead {
    return {
      root: 'test-0',
      kind: 'call',
      results: 'reply',
      beganMs: this.session.now(),
      traceId: 't0',
      headers: { tenant: 'default', priority: 0 },
      meta: undefined,
      ts: 1,
      deadlineMs: undefined,
      to: [],
      from: 'OpenSea',
      token: 'm0',
      key: 'key0',
      piece: false,
      trace: {},
    };
  }

  /** Lets everything run that can. */
  async turn(): Promise<void> {
    for (let turn = 0; turn < 12; turn++) {
      await settle();
      await this.clock.advance(0);
    }
  }

  /** `result "x" closes`, `failure CODE`, `step +2 closes`. */
  get said(): string[] {
    return this.answers.map((answer) => {
      const end = answer.closes ? ' closes' : '';
      if (answer.kind === 'result') return `result ${answer.value}${end}`;
      return answer.kind === 'failure' ? `failure ${answer.error.code}${end}` : `step +${answer.opened.length}${end}`;
    });
  }

  typesOf(...types: readonly string[]): FlowEvent[] {
    return this.events.filter(({ eventType }) => types.includes(eventType));
  }

  async end(): Promise<void> {
    const alive = this.workers.filter((worker) => !this.#killed.has(worker));
    const stops = [...alive.map((worker) => worker.stop({ graceS: 0 })), this.session.close(0)];
    for (let turn = 0; turn < 20; turn++) {
      await settle();
      await this.clock.advance(1_000);
    }
    await Promise.all(stops);
  }

  get #services(): object {
    return {
      providers: [
        { token: CLOCK, useValue: this.clock },
        { token: FLOW_LOG, useValue: this.log },
      ],
    };
  }
}

/** Rigs that are ended after each test. */
export function useRigs(): (graph: FlowGraph, options?: RigOptions) => Promise<Rig> {
  let rigs: Rig[] = [];
  afterEach(async () => {
    await Promise.all(rigs.map((rig) => rig.end()));
    rigs = [];
  });
  return async (graph, options) => {
    const rig = new Rig(graph, options);
    rigs.push(rig);
    await rig.begin();
    return rig;
  };
}
