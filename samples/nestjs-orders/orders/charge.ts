import { Node, type FlowNode, type NodeContext } from 'penguiflow';
import { BANK } from '../payments/bank.js';
import { PaymentClient, PaymentUnavailableError } from '../payments/payment-client.js';
import { Charged, Declined, type PricedOrder } from './messages.js';

/** Takes the money. The bank is not always there, so it is asked up to four times. */
@Node({
  timeoutS: 4,
  maxRetries: 3,
  backoffBaseS: 0.05,
  jitter: 'full',
  retryOn: (error) => error instanceof PaymentUnavailableError,
  concurrency: 64,
})
export class Charge implements FlowNode<PricedOrder, Charged | Declined> {
  constructor(private readonly payments: PaymentClient) {}

  async process({ orderId, card, cents }: PricedOrder, ctx: NodeContext): Promise<Charged | Declined> {
    await ctx.emitChunk(ctx.attempt === 0 ? 'charging' : `charging again (${ctx.attempt})`);
    // One key for all attempts: whatever happens, the bank charges once.
    const request = { card, cents, key: ctx.traceId };
    const payment = await ctx.through(BANK, (signal) => this.payments.charge(request, signal));
    return payment.accepted ? new Charged(orderId, cents, payment.id) : new Declined(orderId, cents, payment.reason);
  }
}
