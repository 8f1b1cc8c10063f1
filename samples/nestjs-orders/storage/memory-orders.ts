import { OrderRepository, type OrderRecord } from './order-repository.js';

const MOST = 1_000;

/** Keeps the last orders in memory, for a first try without a database. */
export class MemoryOrders extends OrderRepository {
  readonly #orders = new Map<string, OrderRecord>();

  override save(order: OrderRecord): Promise<void> {
    this.#orders.set(order.id, order);
    const [oldest] = this.#orders.keys();
    if (this.#orders.size > MOST && oldest !== undefined) this.#orders.delete(oldest);
    return Promise.resolve();
  }

  override find(id: string): Promise<OrderRecord | undefined> {
    return Promise.resolve(this.#orders.get(id));
  }
}
