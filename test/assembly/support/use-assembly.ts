import { container as globalContainer, type DependencyContainer } from 'tsyringe';
import { assembleFlow } from '#src/assembly/assemble-flow.js';
import type { FlowAssemblyOptions } from '#src/assembly/create-flow-options.js';
import { start } from '#src/graph/start.js';
import { uncheckedGraph } from '#src/graph/unchecked-graph.js';
import { Flow, type FlowOptions } from '#src/metadata/flow.js';
import { Node } from '#src/metadata/node.js';
import type { FlowClass } from '#src/ports/flow-class.js';
import type { NodeClass } from '#src/ports/flow-node.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { CLOCK, CORRELATION, FLOW_LOG } from '#src/ports/tokens.js';
import type { FlowParts } from '#src/runtime/flow-parts.js';
import { SystemClock } from '#src/scheduling/system-clock.js';
import { MemoryLog } from '../../support/memory-log.js';

/** A node that needs nothing, and a flow of it. */
@Node()
export class Price {
  process(): number {
    return 1;
  }
}
@Flow()
export class Orders {
  readonly graph = start(Price);
}

/** A flow of one node. */
export function flowOf(node: NodeClass, options: FlowOptions = {}): FlowClass {
  class Orders {
    readonly graph = uncheckedGraph([[node, []]]);
  }
  Flow(options)(Orders);
  return Orders;
}

/** Assembles flows as `createFlow` does, with few defaults; they are disposed after each test. */
export class Assembly {
  /** The container around the flows. */
  root: DependencyContainer = globalContainer.createChildContainer();
  log = new MemoryLog();
  readonly #alive: FlowParts[] = [];

  assemble(flow: FlowClass, options: FlowAssemblyOptions = {}): FlowParts {
    const defaults: readonly AnyProvider[] = [
      { token: CLOCK, useClass: SystemClock },
      { token: FLOW_LOG, useValue: this.log },
      { token: CORRELATION, useValue: () => undefined },
    ];
    const own = options.resolver === undefined ? { container: this.root } : undefined;
    const parts = assembleFlow(flow, { ...own, ...options }, defaults);
    this.#alive.push(parts);
    return parts;
  }

  reset(): void {
    this.root = globalContainer.createChildContainer();
    this.log = new MemoryLog();
  }

  async disposeAll(): Promise<void> {
    for (const parts of this.#alive.splice(0)) await parts.dispose();
  }
}

/** An assembly for the tests of the enclosing `describe`, with containers of its own for each of them. */
export function useAssembly(): Assembly {
  const assembly = new Assembly();
  beforeEach(() => assembly.reset());
  afterEach(() => assembly.disposeAll());
  return assembly;
}
