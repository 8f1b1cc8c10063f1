import {
  CLOCK,
  Flow,
  FLOW_LOG,
  openPart,
  type AnyProvider,
  type Arrival,
  type ArrivalHost,
  type ArrivedRun,
  type CarriedMessage,
  type Departure,
  type FlowError,
  type FlowPart,
  type PartShape,
  type RunStatus,
} from '#src/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import { ManualClock } from '#src/testing/index.js';
import { MemoryLog } from '../../support/memory-log.js';

/** Whoever brings messages to a part: takes whatever leaves, as long as it has room. */
export class Bringer implements ArrivalHost {
  readonly departures: Departure[] = [];
  readonly results: CarriedMessage[] = [];
  readonly failures: FlowError[] = [];
  readonly ended: RunStatus[] = [];
  hasRoom = true;

  departs(departure: Departure): boolean {
    if (this.hasRoom) this.departures.push(departure);
    return this.hasRoom;
  }

  delivers(result: CarriedMessage): boolean {
    if (this.hasRoom) this.results.push(result);
    return this.hasRoom;
  }

  fails(error: FlowError): void {
    this.failures.push(error);
  }

  ends(status: RunStatus): void {
    this.ended.push(status);
  }

  /** `Score:7`, in order. */
  get left(): string[] {
    return this.departures.map(({ to, payload }) => `${to}:${String(payload)}`);
  }

  get values(): unknown[] {
    return this.results.map(({ payload }) => payload);
  }
}

/** Parts of flows, stopped after each test. */
export class PartBench {
  clock = new ManualClock();
  log = new MemoryLog();
  #parts: FlowPart[] = [];
  #made = 0;

  /** A part that runs. */
  async open(
    graph: FlowGraph,
    members: readonly string[],
    { isCut = () => false, providers = [] }: Partial<PartShape> & { readonly providers?: readonly AnyProvider[] } = {},
  ): Promise<FlowPart> {
    class Parted {
      readonly graph = graph;
    }
    Flow({ name: `parted-${++this.#made}` })(Parted);
    const part = openPart(Parted, { members: new Set(members), isCut }, {
      providers: [{ token: CLOCK, useValue: this.clock }, { token: FLOW_LOG, useValue: this.log }, ...providers],
    } as never);
    this.#parts.push(part);
    await part.run();
    return part;
  }

  reset(): void {
    this.clock = new ManualClock();
    this.log = new MemoryLog();
    this.#parts = [];
  }

  async stopAll(): Promise<void> {
    const stops = this.#parts.map((part) => part.stop({ graceS: 0 }));
    await this.clock.advance(1_000);
    await Promise.all(stops);
  }
}

export function useParts(): PartBench {
  const bench = new PartBench();
  beforeEach(() => bench.reset());
  afterEach(() => bench.stopAll());
  return bench;
}

/** A message that comes to a node, from another. */
export function arrival(payload: unknown, to: string, from: string, facts: Partial<Arrival> = {}): Arrival {
  return {
    payload,
    headers: { tenant: 'default', priority: 0 },
    meta: {},
    ts: 1,
    piece: false,
    traceId: 't',
    to: [to],
    from,
    key: 'key',
    timeoutS: undefined,
    isCall: false,
    attempt: 0,
    part: { root: 'client-1', workerId: 'w1', redelivered: false, headers: {} },
    ...facts,
  };
}

/** Brings a message, and gives whoever brought it, with the run. */
export function bring(part: FlowPart, brought: Arrival, hasRoom = true): Bringer & { readonly run: ArrivedRun } {
  const bringer = new Bringer();
  bringer.hasRoom = hasRoom;
  return Object.assign(bringer, { run: part.arrive(brought, bringer) });
}
