import { CLOCK, Flow, FLOW_LOG, type FlowEvent, type FlowOptions } from '#src/index.js';
import {
  connectFlow,
  Distributed,
  memoryCarrier,
  type ConnectOptions,
  type DistributedOptions,
  type FlowClient,
  type MemoryCarrier,
  type MemoryCarrierOptions,
} from '#src/distributed/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import { ManualClock } from '#src/testing/index.js';
import { MemoryLog } from '../../../support/memory-log.js';
import { FakeWorker, type Taken } from './fake-worker.js';

/** How a flow of a test is spread, and who connects. */
export interface BenchOptions {
  readonly flow?: FlowOptions;
  readonly distributed?: DistributedOptions;
  readonly client?: Partial<Omit<ConnectOptions, 'providers'>>;
  readonly carrier?: MemoryCarrierOptions;
  /** Whether the other side takes what comes. @defaultValue true */
  readonly takes?: boolean;
}

/** A client, and the other side of it. */
export interface Connected {
  readonly client: FlowClient<unknown>;
  readonly worker: FakeWorker;
  readonly flowClass: new () => { readonly graph: FlowGraph };
  /** What the client has told of its runs. */
  readonly runs: FlowEvent[];
  /** The next message that comes to the other side, from the `from`th on. */
  came(from?: number): Promise<Taken>;
}

/** Clients on one memory carrier and one clock, stopped after each test. */
export class ClientBench {
  clock = new ManualClock();
  carrier: MemoryCarrier = memoryCarrier();
  readonly #clients: FlowClient[] = [];
  readonly #workers: FakeWorker[] = [];
  #made = 0;

  reset(): void {
    this.clock = new ManualClock();
    this.carrier = memoryCarrier();
  }

  async connect(graph: FlowGraph, options: BenchOptions = {}): Promise<Connected> {
    const { flow, distributed, carrier, takes = true } = options;
    class Spread {
      readonly graph = graph;
    }
    if (carrier !== undefined) this.carrier = memoryCarrier(carrier);
    const name = flow?.name ?? `spread-${process.pid}-${++this.#made}`;
    Flow({ ...flow, name })(Spread);
    Distributed(distributed)(Spread);
    const client = await this.another(Spread, options.client);
    const worker = await FakeWorker.open(this.carrier, this.clock, name);
    this.#workers.push(worker);
    const runs: FlowEvent[] = [];
    client.on('trace_start', (event) => void runs.push(event));
    client.on('trace_end', (event) => void runs.push(event));
    if (takes) for (const { queue } of await worker.session.queues()) worker.take(queue);
    const came = async (from = 0): Promise<Taken> => {
      await this.clock.advance(0);
      const taken = worker.taken[from];
      if (taken === undefined) throw new RangeError(`no message came as number ${from}`);
      return taken;
    };
    return { client, worker, flowClass: Spread, runs, came };
  }

  /** One more client of a flow. */
  async another(
    flowClass: new () => { readonly graph: FlowGraph },
    options: BenchOptions['client'] = {},
  ): Promise<FlowClient<unknown>> {
    const client = (await connectFlow(
      flowClass as never,
      {
        carrier: this.carrier,
        ...options,
        providers: [
          { token: CLOCK, useValue: this.clock },
          { token: FLOW_LOG, useValue: new MemoryLog() },
        ],
      } as never,
    )) as unknown as FlowClient<unknown>;
    this.#clients.push(client as never);
    return client;
  }

  async stop(): Promise<void> {
    this.carrier.faults.become('up');
    const stopping = this.#clients.splice(0).map((client) => client.stop());
    await this.clock.advance(5_000);
    await Promise.all(stopping);
    for (const { session } of this.#workers.splice(0)) await session.close(0);
  }
}

/** One bench, new for each test. */
export function useClients(): ClientBench {
  const bench = new ClientBench();
  beforeEach(() => {
    bench.reset();
  });
  afterEach(async () => {
    await bench.stop();
  });
  return bench;
}
