import { ApiProperty } from '@nestjs/swagger';
import type { OrderInput } from './orders.js';

export class Order implements OrderInput {
  @ApiProperty()
  readonly sku!: string;
}

export class Receipt {
  @ApiProperty()
  readonly sku!: string;

  @ApiProperty()
  readonly cents!: number;
}
