import { expectTypeOf } from 'expect-type';
import { Flow, Node, start, type FlowNode, type Message, type PenguiFlow } from '#src/index.js';
import { CallFlow, PenguiFlowModule, StreamFlow, type FlowHandle } from '#src/nestjs/index.js';

class Order {
  constructor(readonly sku: string) {}
}

class Receipt {
  constructor(readonly cents: number) {}
}

@Node()
class Charge implements FlowNode<Order, Receipt> {
  process = (order: Order): Receipt => new Receipt(order.sku.length);
}

@Flow()
class Orders {
  readonly graph = start(Charge);
}

// The handle knows what goes in and what comes out.
expectTypeOf<FlowHandle<typeof Orders>>().toEqualTypeOf<PenguiFlow<Order, Receipt>>();

export class Controller {
  @CallFlow(Orders)
  plain(): Order {
    return new Order('a');
  }

  @CallFlow(Orders, { timeoutS: 1, statuses: { NODE_EXCEPTION: 500 } })
  promised(): Promise<Order> {
    return Promise.resolve(new Order('a'));
  }

  @StreamFlow(Orders)
  message(message: Message<Order>): Message<Order> {
    return message;
  }

  // @ts-expect-error -- the flow takes orders, not receipts
  @CallFlow(Orders)
  wrong(): Receipt {
    return new Receipt(1);
  }

  // @ts-expect-error -- nor promises of them
  @StreamFlow(Orders)
  wrongPromise(): Promise<Receipt> {
    return Promise.resolve(new Receipt(1));
  }

  // @ts-expect-error -- there is no such error code
  @CallFlow(Orders, { statuses: { NODE_EXPLODED: 500 } })
  wrongCode(): Order {
    return new Order('a');
  }
}

PenguiFlowModule.forRoot({ drainS: 5, isGlobal: false });
PenguiFlowModule.forRootAsync({ useFactory: () => Promise.resolve({ drainS: 5 }) });
PenguiFlowModule.forFeature([Orders]);
// @ts-expect-error -- an unknown option
PenguiFlowModule.forRoot({ drain: 5 });
// @ts-expect-error -- a node is no flow
PenguiFlowModule.forFeature([Charge]);
