/* Compiled, never run: each `@ts-expect-error` fails the build when the line below it compiles. */
import {
  FinalAnswer,
  joinFrom,
  joinK,
  mapConcurrent,
  Node,
  oneOf,
  predicateRouter,
  start,
  toDot,
  unionRouter,
  WorkingMemory,
  type FlowGraph,
  type FlowPlan,
  type PenguiFlow,
} from '#src/index.js';
import type { NodeInput, NodeOutput } from '#src/ports/node-types.js';
import { expectTrue, type Equal } from './equal.js';

class Order {
  readonly id = '';
}
class Stock {
  readonly left = 0;
}
class Credit {
  readonly limit = 0;
}

@Node()
class CheckStock {
  process(_: Order): Stock {
    return new Stock();
  }
}
@Node()
class CheckCredit {
  process(_: Order): Credit {
    return new Credit();
  }
}
@Node()
class Decide {
  process([_stock, _credit]: [Stock, Credit]): string {
    return '';
  }
}
@Node()
class Research {
  process(memory: WorkingMemory): WorkingMemory | FinalAnswer {
    return memory;
  }
}

// Routers take and emit what their predicate looks at.
const Lanes = predicateRouter('lanes', (order: Order) => (order.id === '' ? CheckStock : 'CheckCredit'));
expectTrue<Equal<NodeInput<typeof Lanes>, Order>>();
expectTrue<Equal<NodeOutput<typeof Lanes>, Order>>();
// @ts-expect-error -- a target is a class of nodes or a name
predicateRouter('lanes', (_: Order) => 1);
predicateRouter('lanes', (_: Order) => null, { policy: ({ payload }) => payload.id });

// A union is made of classes and of kinds.
const Shapes = unionRouter('shapes', [Stock, Credit, 'order']);
expectTrue<Equal<NodeInput<typeof Shapes>, Stock | Credit | { readonly kind: 'order' }>>();

// What a union router takes may be checked, against a shape of just that.
unionRouter('shapes', [Stock, Credit], { input: oneOf(Stock, Credit) });
unionRouter('shapes', [Stock, Credit], { input: oneOf('kind', { stock: Stock, credit: Credit }), timeoutS: 1 });
// @ts-expect-error -- an order is no member
unionRouter('shapes', [Stock, Credit], { input: Order });

// Joins know what arrives.
const Both = joinK<Stock>('both', 2);
expectTrue<Equal<NodeOutput<typeof Both>, Stock[]>>();
const Offer = joinFrom('offer', [CheckStock, CheckCredit]);
expectTrue<Equal<NodeInput<typeof Offer>, Stock | Credit>>();
expectTrue<Equal<NodeOutput<typeof Offer>, [Stock, Credit]>>();
const Partial = joinFrom('offer', [CheckStock, 'other'], { timeoutS: 1, onTimeout: 'emit' });
expectTrue<Equal<NodeOutput<typeof Partial>, [Stock | undefined, unknown]>>();
const ByKey = joinFrom('offer', [CheckStock, CheckCredit], {
  by: (payload, message) => {
    expectTrue<Equal<typeof payload, Stock | Credit>>();
    return message.traceId;
  },
});
expectTrue<Equal<NodeOutput<typeof ByKey>, [Stock, Credit]>>();
joinFrom('offer', [CheckStock, 'other'], { by: 'order', onTimeout: 'emit' });
// @ts-expect-error -- no way to pair
joinFrom('offer', [CheckStock, CheckCredit], { by: 'nth' });
// @ts-expect-error -- nothing to join
joinFrom('offer', []);

// They fit the builder.
export const offers: FlowGraph<Order, string> = start(Lanes)
  .to(CheckStock, CheckCredit)
  .from(CheckStock)
  .to(Offer)
  .from(CheckCredit)
  .to(Offer)
  .to(Decide);

// A controller lets its final answer out, not its memory.
export const controller: FlowGraph<WorkingMemory, FinalAnswer> = start(Research).loop(WorkingMemory);

export const doubled: Promise<number[]> = mapConcurrent([1, 2], (item, { index }) => item * index);

// A picture is drawn of a plan or of a handle.
declare const plan: FlowPlan;
declare const flow: PenguiFlow<Order, string>;
toDot(plan);
toDot(flow);
// @ts-expect-error -- neither of them
toDot(Order);
