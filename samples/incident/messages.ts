import { IsIn, IsInt, IsOptional, IsPositive, IsString } from 'class-validator';

/** Prices in cents. */
export const PRICES: Readonly<Record<string, number>> = {
  herring: 120,
  krill: 15,
  squid: 480,
  sardine: 90,
  anchovy: 60,
  mackerel: 210,
};

/** An order as it comes in: one line of the file. */
export class Order {
  @IsInt() number!: number;
  @IsString() shop!: string;
  @IsIn(Object.keys(PRICES)) sku!: string;
  @IsInt() @IsPositive() quantity!: number;
  @IsString() card!: string;
  /** The customer takes it back at once. */
  @IsOptional() withdrawn?: boolean;
}

/** An order with its price. */
export class Priced {
  constructor(
    readonly number: number,
    readonly cents: number,
    readonly card: string,
  ) {}
}

/** The bank has paid. */
export class Charged {
  constructor(
    readonly number: number,
    readonly receipt: string,
  ) {}
}

/** The bank has said no. */
export class Declined {
  constructor(readonly number: number) {}
}

/** What becomes of an order that goes well, in the eyes of the shop. */
export type Outcome = 'shipped' | 'declined';
