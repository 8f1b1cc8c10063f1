import { createFlow, Flow, type AnyProvider, type CreateFlowOptions, type FlowOptions } from '#src/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import type { TestFlow } from '../../support/flows.js';

/** What a flow is declared and made with. */
export interface RealFlowOptions {
  readonly declared?: FlowOptions;
  readonly made?: CreateFlowOptions<readonly AnyProvider[]>;
}

/** Flows as users make them, on the real clock and the real log; they are stopped after each test. */
export class RealFlows {
  static #made = 0;
  readonly #flows: TestFlow[] = [];

  /** A decorated flow class. */
  declare(graph: FlowGraph, options: FlowOptions = {}): new () => { readonly graph: FlowGraph } {
    class RealFlow {
      readonly graph = graph;
    }
    // A machine with much else to do holds the event loop: one line more than what the tests count.
    Flow({ name: `real-${++RealFlows.#made}`, blockedMs: 0, ...options })(RealFlow);
    return RealFlow;
  }

  /** A flow that does not run yet. */
  make(graph: FlowGraph, { declared, made }: RealFlowOptions = {}): TestFlow {
    const flow = createFlow(this.declare(graph, declared), made) as unknown as TestFlow;
    this.#flows.push(flow);
    return flow;
  }

  /** A flow that runs. */
  async run(graph: FlowGraph, options?: RealFlowOptions): Promise<TestFlow> {
    const flow = this.make(graph, options);
    await flow.run();
    return flow;
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#flows.splice(0).map((flow) => flow.stop()));
  }
}

/** Flows for the tests of the enclosing `describe`. */
export function useRealFlows(): RealFlows {
  const flows = new RealFlows();
  afterEach(() => flows.stopAll());
  return flows;
}
