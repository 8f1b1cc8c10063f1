/* Compiled, never run. Needs TypeScript 5.5, which finds out by itself that a function is a type guard. */
import { start } from '#src/graph/start.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';

class Order {
  readonly order = '';
}
class Receipt {
  readonly receipt = '';
}
class Declined {
  readonly declined = '';
}
class Charge {
  process(_: Order): Receipt | Declined {
    return new Receipt();
  }
}
class Ship {
  process(_: Receipt): string {
    return '';
  }
}
class Refund {
  process(_: Declined): number {
    return 1;
  }
}

export const guarded: FlowGraph<Order, string | number> = start(Charge)
  .when((payload) => payload instanceof Receipt, Ship)
  .otherwise(Refund);
