import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../app-config.js';

/** What to take from whom. Asking twice with the same key takes once. */
export interface PaymentRequest {
  readonly card: string;
  readonly cents: number;
  readonly key: string;
}

/** What the bank says. */
export type Payment =
  | { readonly accepted: true; readonly id: string }
  | { readonly accepted: false; readonly reason: string };

/** Longer than anybody waits. */
const FOREVER_MS = 3_600_000;

/** The bank did not answer; it may the next time. */
export class PaymentUnavailableError extends Error {
  override readonly name = 'PaymentUnavailableError';
}

/**
 * A make-believe bank: `tok_flaky` finds it gone twice before it answers, `tok_down` always, `tok_silent` gets no answer at all,
 * `tok_declined` has no money, every other card has.
 */
@Injectable()
export class PaymentClient {
  readonly #tries = new Map<string, number>();

  constructor(private readonly config: AppConfig) {}

  /** @throws PaymentUnavailableError */
  async charge({ card, key }: PaymentRequest, signal: AbortSignal): Promise<Payment> {
    await delay(card === 'tok_silent' ? FOREVER_MS : this.config.latencyMs, undefined, { signal });
    if (card === 'tok_down') throw new PaymentUnavailableError('the bank does not answer');
    if (card === 'tok_flaky') this.#failTwice(key);
    if (card === 'tok_declined') return { accepted: false, reason: 'no money' };
    return { accepted: true, id: `pay-${key.slice(0, 8)}` };
  }

  #failTwice(key: string): void {
    const tries = (this.#tries.get(key) ?? 0) + 1;
    this.#tries.set(key, tries);
    if (tries <= 2) throw new PaymentUnavailableError('the bank does not answer');
    this.#tries.delete(key);
  }
}
