/** An order that costs something. */
export class PricedOrder {
  constructor(
    readonly orderId: string,
    readonly card: string,
    readonly cents: number,
  ) {}
}

/** The payment went through. */
export class Charged {
  constructor(
    readonly orderId: string,
    readonly cents: number,
    readonly paymentId: string,
  ) {}
}

/** The bank said no. */
export class Declined {
  constructor(
    readonly orderId: string,
    readonly cents: number,
    readonly reason: string,
  ) {}
}

/** How an order ends well. */
export class Shipped {
  readonly status = 'shipped';
  constructor(
    readonly orderId: string,
    readonly cents: number,
    readonly trackingId: string,
  ) {}
}

/** How it ends otherwise. */
export class Refunded {
  readonly status = 'refunded';
  constructor(
    readonly orderId: string,
    readonly reason: string,
  ) {}
}
