import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, UnprocessableEntityException } from '@nestjs/common';
import { AppConfig } from '../app-config.js';
import type { Order } from './order.js';

const CENTS: Readonly<Record<string, number>> = { 'herring-tin': 349, 'krill-snack': 199, 'ice-block': 2_500 };

/** What things cost. Stands for a repository. */
@Injectable()
export class Catalog {
  constructor(private readonly config: AppConfig) {}

  /** @throws UnprocessableEntityException for something we do not sell */
  async price(order: Order, signal: AbortSignal): Promise<number> {
    await delay(this.config.latencyMs / 3, undefined, { signal });
    return order.lines.reduce((total, { sku, quantity }) => {
      const cents = CENTS[sku];
      if (cents === undefined) throw new UnprocessableEntityException(`we do not sell ${sku}`);
      return total + cents * quantity;
    }, 0);
  }
}
