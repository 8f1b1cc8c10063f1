import { Flow, Node, start, type FlowNode, type NodeContext } from 'penguiflow';

export interface Order {
  readonly id: string;
  readonly cents: number;
}

/** A bank that is away until it is back, and books a payment once, however often it is told of it. */
export class Bank {
  isUp = false;
  readonly #booked = new Map<string, number>();

  charge(cents: number, idempotencyKey: string): void {
    if (!this.isUp) throw new Error('the bank does not answer');
    this.#booked.set(idempotencyKey, cents);
  }

  get bookings(): readonly [key: string, cents: number][] {
    return [...this.#booked];
  }
}

@Node()
class AddShipping implements FlowNode<Order, Order> {
  process(order: Order, ctx: NodeContext): Order {
    ctx.label('order', order.id);
    return { ...order, cents: order.cents + 490 };
  }
}

@Node()
class Charge implements FlowNode<Order, string> {
  constructor(private readonly bank: Bank) {}

  process({ id, cents }: Order, ctx: NodeContext): string {
    this.bank.charge(cents, ctx.idempotencyKey);
    return `${id}: ${cents} cents`;
  }
}

@Flow()
export class Shop {
  readonly graph = start(AddShipping).to(Charge);
}
