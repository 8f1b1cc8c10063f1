/* Compiled, never run: a wide fan-out must not be too deep for the compiler, which gives up after 50 nested calls of a type. */
import { start } from '#src/graph/start.js';
import type { FlowOutput } from '#src/ports/flow-class.js';
import { expectTrue, type Equal } from './equal.js';

class Order {
  readonly order = '';
}
class Pass {
  process(order: Order): Order {
    return order;
  }
}

/** `N` nodes, each of which emits its number. */
type Numbered<N extends number, L extends readonly unknown[] = readonly []> = L['length'] extends N
  ? L
  : Numbered<N, readonly [...L, new () => { process(order: Order): L['length'] }]>;

declare const nodes: Numbered<64>;

class FromStart {
  readonly graph = start(...nodes);
}
class AfterNode {
  readonly graph = start(Pass).to(...nodes);
}
class LastLeafGone {
  readonly graph = start(Pass)
    .to(...nodes)
    .from(nodes[63])
    .to(
      class {
        process(_: 63): 'last' {
          return 'last';
        }
      },
    );
}

expectTrue<Equal<Extract<FlowOutput<typeof FromStart>, 0 | 63 | 64>, 0 | 63>>();
expectTrue<Equal<Extract<FlowOutput<typeof AfterNode>, 0 | 63 | 64>, 0 | 63>>();
expectTrue<Equal<Extract<FlowOutput<typeof LastLeafGone>, 62 | 63 | 'last'>, 62 | 'last'>>();
