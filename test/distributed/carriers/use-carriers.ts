import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Flow, FLOW_LOG, SystemClock, type FlowEvent, type FlowEventType, type FlowPort } from '#src/index.js';
import {
  connectFlow,
  Distributed,
  memoryCarrier,
  serveFlow,
  sqliteCarrier,
  type Carrier,
  type CarrierSession,
  type DistributedOptions,
  type FlowClient,
  type FlowWorker,
} from '#src/distributed/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';

import { MemoryLog } from '../../support/memory-log.js';

/** The engines that have no server, each with what makes one. */
export const CARRIERS: readonly (readonly [name: string, make: (folder: string) => () => Carrier])[] = [
  [
    'memoryCarrier',
    () => {
      const carrier = memoryCarrier();
      return () => carrier;
    },
  ],
  // Whoever opens it is a process of its own.
  ['sqliteCarrier', (folder) => () => sqliteCarrier({ file: join(folder, 'queues.db') })],
];

type FlowOf = new () => { readonly graph: FlowGraph };

let made = 0;

/** Flows on one engine, in real time. */
export class CarrierBench {
  readonly events: FlowEvent[] = [];
  readonly #carrier: () => Carrier;
  readonly #parts: { stop(options?: object): Promise<unknown> }[] = [];
  #onEvent = (): void => {};

  constructor(carrier: () => Carrier) {
    this.#carrier = carrier;
  }

  /** A flow of a name of its own. */
  build(graph: FlowGraph, distributed: DistributedOptions = {}): FlowOf {
    class Carried {
      readonly graph = graph;
    }
    Flow({ name: `carried-${++made}` })(Carried);
    Distributed(distributed)(Carried);
    return Carried;
  }

  async serve(flowClass: FlowOf, options: object = {}): Promise<FlowWorker> {
    const given = { carrier: this.#carrier(), ...this.#services, ...options };
    return this.#listen(await serveFlow(flowClass, given as never));
  }

  async connect(flowClass: FlowOf): Promise<FlowClient<unknown>> {
    const client = await connectFlow(flowClass as never, { carrier: this.#carrier(), ...this.#services } as never);
    return this.#listen(client as unknown as FlowClient<unknown>);
  }

  /** A session of a process of another build. */
  open(flow: string): Promise<CarrierSession> {
    return this.#carrier().open({ flow, clock: new SystemClock() });
  }

  of(type: FlowEventType): FlowEvent[] {
    return this.events.filter(({ eventType }) => eventType === type);
  }

  /** Waits until so many events of a type have come. */
  async heard(type: FlowEventType, count = 1): Promise<FlowEvent[]> {
    while (this.of(type).length < count) {
      await new Promise<void>((resolve) => {
        this.#onEvent = resolve;
      });
    }
    return this.of(type);
  }

  /** Waits until the queues of the flow hold nothing. */
  async settled(client: Pick<FlowClient, 'lag'>): Promise<void> {
    while ((await client.lag()).some(({ pending, unacked }) => pending + unacked > 0)) await nextTurn();
  }

  /** Waits until one queue holds so many messages, none of them handed out. */
  async settledTo(session: CarrierSession, count: number): Promise<void> {
    for (let state = (await session.queues())[0]; state?.pending !== count || state.unacked > 0;) {
      await nextTurn();
      [state] = await session.queues();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.stop({ graceS: 0 })));
  }

  #listen<Part extends Pick<FlowPort, 'on' | 'stop'>>(part: Part): Part {
    part.on('*', (event) => {
      this.events.push(event);
      this.#onEvent();
    });
    this.#parts.push(part);
    return part;
  }

  get #services(): object {
    return { providers: [{ token: FLOW_LOG, useValue: new MemoryLog() }] };
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A bench for each test. */
export function useCarrier(make: (folder: string) => () => Carrier): () => CarrierBench {
  let [folder, bench] = ['', undefined as unknown as CarrierBench];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'penguiflow-carried-'));
    bench = new CarrierBench(make(folder));
  });
  afterEach(async () => {
    await bench.stop();
    rmSync(folder, { recursive: true });
  });
  return () => bench;
}
