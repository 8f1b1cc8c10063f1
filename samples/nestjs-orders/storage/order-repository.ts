/** What is kept of an order. */
export interface OrderRecord {
  readonly id: string;
  readonly status: 'priced' | 'shipped' | 'refunded';
  readonly cents: number;
}

/** Where orders are kept. Nodes and controllers know this class alone; the module says which one it is. */
export abstract class OrderRepository {
  /** Writes an order, or how far it has got. Doing it again changes nothing, so that nodes may be retried. */
  abstract save(order: OrderRecord): Promise<void>;

  abstract find(id: string): Promise<OrderRecord | undefined>;
}
