import {
  CLOCK,
  createFlow,
  Flow,
  FLOW_LOG,
  type CreateFlowOptions,
  type FlowEvent,
  type FlowEventType,
  type FlowOptions,
  type FlowPort,
  type NodeClass,
} from '#src/index.js';
import { connectFlow, Distributed, memoryCarrier, queue, serveFlow } from '#src/distributed/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import { ManualClock } from '#src/testing/index.js';

import { MemoryLog } from '../../support/memory-log.js';
import { settle } from '../../support/settling.js';

/** Where a flow runs: with its caller, behind a carrier, or with a part of its nodes in another process. */
export const WAYS = ['in process', 'through a carrier', 'cut in two'] as const;
export type Way = (typeof WAYS)[number];

/** A flow, and how it is spread where it is cut in two. */
interface OpenOptions {
  readonly flow?: FlowOptions;
  readonly create?: Pick<CreateFlowOptions, 'interceptors' | 'middlewares'>;
  /** Nodes that run in the other process; without them there is one. */
  readonly elsewhere?: readonly NodeClass[];
  /** Entry nodes whose queue takes one message, as their floes do with `queueMaxsize: 1`. */
  readonly narrow?: readonly NodeClass[];
  readonly types?: Readonly<Record<string, new (...args: never[]) => object>>;
}

/** A way into a flow that runs, whatever is behind it. */
export class Opened {
  readonly port: FlowPort<unknown>;
  readonly clock: ManualClock;
  /** Of all processes. */
  readonly events: FlowEvent[];

  constructor(port: FlowPort<unknown>, clock: ManualClock, events: FlowEvent[]) {
    this.port = port;
    this.clock = clock;
    this.events = events;
  }

  /** Lets everything run that can. */
  async turn(): Promise<void> {
    for (let turn = 0; turn < 14; turn++) {
      await settle();
      await this.clock.advance(0);
    }
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.turn();
  }

  /** What a promise comes to, when all has run that can. */
  async now<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => undefined);
    await this.turn();
    return Promise.race([
      promise,
      settle().then((): never => {
        throw new RangeError('it is still pending');
      }),
    ]);
  }

  /** `A 0`, `A 1`, `B 0`: attempts of nodes by an event. */
  attempts(type: FlowEventType = 'node_start'): string[] {
    const found = this.events.filter(({ eventType }) => eventType === type);
    return found.map(({ nodeName, attempt }) => `${nodeName} ${attempt}`);
  }
}

export type Open = (graph: FlowGraph, options?: OpenOptions) => Promise<Opened>;

let made = 0;

/** Opens flows in one way, and stops them after each test. */
export function useWay(way: Way): Open {
  let stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(stops.map((stop) => stop()));
    stops = [];
  });
  return async (graph, options = {}) => {
    const { flow, create, elsewhere = [], narrow = [], types } = options;
    const clock = new ManualClock();
    const events: FlowEvent[] = [];
    class Opens {
      readonly graph = graph;
    }
    Flow({ ...flow, name: `port-${++made}` })(Opens);
    const isCut = way === 'cut in two' && elsewhere.length > 0;
    Distributed({
      groups: isCut ? { other: elsewhere } : {},
      queues: way === 'in process' ? [] : narrow.map((each) => queue(each, { bound: 1 })),
      ...(types === undefined ? undefined : { types: types as never }),
    })(Opens);
    const services = {
      providers: [
        { token: CLOCK, useValue: clock },
        { token: FLOW_LOG, useValue: new MemoryLog() },
      ],
    };
    const stopAll = (parts: readonly { stop(options?: object): Promise<unknown> }[]): void => {
      stops.push(async () => {
        const stopping = Promise.all(parts.map((part) => part.stop({ graceS: 0 })));
        for (let turn = 0; turn < 10; turn++) {
          await settle();
          await clock.advance(1_000);
        }
        await stopping;
      });
    };
    const listen = (part: Pick<FlowPort, 'on'>): void => void part.on('*', (event) => void events.push(event));
    if (way === 'in process') {
      const handle = createFlow(Opens, { ...services, ...create } as never);
      listen(handle);
      await handle.run();
      stopAll([handle]);
      return new Opened(handle as unknown as FlowPort<unknown>, clock, events);
    }
    const carrier = memoryCarrier();
    const serve = (groups: readonly string[]): ReturnType<typeof serveFlow> =>
      serveFlow(Opens, { carrier, groups, ...services, ...create } as never);
    const workers = [await serve(['main'])];
    if (isCut) workers.push(await serve(['other']));
    const client = await connectFlow(Opens as never, { carrier, ...services } as never);
    stopAll([client, ...workers]);
    for (const part of [client, ...workers]) listen(part);
    return new Opened(client as unknown as FlowPort<unknown>, clock, events);
  };
}

/** What holds of a flow wherever it runs. */
export interface Behaviour {
  /** Begins with the rules. */
  readonly title: string;
  holds(open: Open, way: Way): Promise<void>;
}
