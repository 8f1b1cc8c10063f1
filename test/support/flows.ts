import {
  CLOCK,
  createFlow,
  Flow,
  FLOW_LOG,
  type FlowEvent,
  type FlowEventType,
  type FlowOptions,
  type FlowRecorder,
  type PenguiFlow,
} from '#src/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { ManualClock } from '#src/testing/index.js';
import { MemoryLog } from './memory-log.js';

/** A flow of any payloads. */
export type TestFlow = PenguiFlow<unknown>;

/** What a test may set beside the flow's own options. */
export interface BenchOptions extends FlowOptions {
  readonly providers?: readonly AnyProvider[];
  readonly history?: FlowRecorder;
}

let flowsMade = 0;

/** Makes flows on a clock that stands still and a log in memory; they are stopped after each test. */
export class FlowBench {
  clock = new ManualClock();
  log = new MemoryLog();
  #flows: TestFlow[] = [];

  /** A flow that does not run yet. */
  make(graph: FlowGraph, options: BenchOptions = {}): TestFlow {
    const { providers = [], history, ...flowOptions } = options;
    class TestFlowClass {
      readonly graph = graph;
    }
    Flow({ name: `flow-${++flowsMade}`, ...flowOptions })(TestFlowClass);
    const own: readonly AnyProvider[] = [
      { token: CLOCK, useValue: this.clock },
      { token: FLOW_LOG, useValue: this.log },
    ];
    const given = new Set(providers.map(({ token }) => token));
    const flow = createFlow(TestFlowClass, {
      providers: [...own.filter(({ token }) => !given.has(token)), ...providers],
      ...(history === undefined ? undefined : { history }),
    }) as unknown as TestFlow;
    this.#flows.push(flow);
    return flow;
  }

  /** A flow that runs. */
  async run(graph: FlowGraph, options: BenchOptions = {}): Promise<TestFlow> {
    const flow = this.make(graph, options);
    await flow.run();
    return flow;
  }

  reset(): void {
    this.clock = new ManualClock();
    this.log = new MemoryLog();
    this.#flows = [];
  }

  /** Stops everything; code that never returns is given up at once. */
  async stopAll(): Promise<void> {
    const stops = this.#flows.map((flow) => flow.stop({ graceS: 0 }).catch(() => {}));
    // A test may have begun a stop of its own, with a longer drain and grace.
    for (let tries = 0; tries < 50 && this.#flows.some((flow) => flow.state !== 'stopped'); tries++) {
      await this.clock.advance(1_000);
    }
    await Promise.all(stops);
  }
}

/** A bench for the tests of the enclosing `describe`, new for each of them. */
export function useFlows(): FlowBench {
  const bench = new FlowBench();
  beforeEach(() => bench.reset());
  afterEach(() => bench.stopAll());
  return bench;
}

/** The events of runs as a whole, which {@link record} leaves out. */
const RUN_EVENTS: readonly FlowEventType[] = ['trace_start', 'trace_end'];

/** Keeps every event of a flow from now on, but for the beginnings and ends of runs. */
export function record(flow: TestFlow): FlowEvent[] {
  const events: FlowEvent[] = [];
  flow.on('*', (event) => {
    if (!RUN_EVENTS.includes(event.eventType)) events.push(event);
  });
  return events;
}

/** Keeps the beginnings and ends of the runs of a flow, and of its playbooks, from now on. */
export function recordRuns(flow: TestFlow): FlowEvent[] {
  return recordAll(flow, RUN_EVENTS);
}

/** Keeps every event of a flow, or those of some types, from now on. */
export function recordAll(flow: TestFlow, types: readonly (FlowEventType | '*')[] = ['*']): FlowEvent[] {
  const events: FlowEvent[] = [];
  for (const type of types) {
    flow.on(type, (event) => {
      events.push(event);
    });
  }
  return events;
}

/** `node:event_type` of each event, in order. */
export function shortForm(events: readonly FlowEvent[]): string[] {
  return events.map((event) => `${event.nodeName}:${event.eventType}`);
}
