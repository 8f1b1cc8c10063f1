import { inject } from 'tsyringe';
import type { Logger } from 'winston';
import { LOGGER, Node, type FlowNode, type NodeContext } from 'penguiflow';

import { BANK } from '../bank/bank.js';
import { BankClient } from '../bank/bank-client.js';
import { Charged, Declined, type Priced } from '../messages.js';

/** Takes the money. The bank has bad days, so it is asked up to four times. */
@Node({ timeoutS: 2, maxRetries: 3, backoffBaseS: 0.05 })
export class Charge implements FlowNode<Priced, Charged | Declined> {
  constructor(
    private readonly bank: BankClient,
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  async process({ number, cents, card }: Priced, ctx: NodeContext): Promise<Charged | Declined> {
    // The number of the card never gets into the log.
    this.log.info('asking the bank', { order: number, cents, card });
    const answer = await ctx.through(BANK, (signal) => this.bank.charge(number, cents, ctx.attempt, signal));
    return answer.paid ? new Charged(number, answer.receipt) : new Declined(number);
  }
}
