import { inject, injectable } from 'tsyringe';
import { token } from 'penguiflow';

/** Where the bank is. */
export const BANK_URL = token<string>('BANK_URL');

/** What the bank says to an order. */
export type BankAnswer = { readonly paid: true; readonly receipt: string } | { readonly paid: false };

/** The bank did not say yes or no. */
class BankError extends Error {
  override readonly name = 'BankError';
}

/** Asks the bank over HTTP. */
@injectable()
export class BankClient {
  constructor(@inject(BANK_URL) private readonly url: string) {}

  /** @throws BankError; and what aborts the signal */
  async charge(order: number, cents: number, attempt: number, signal: AbortSignal): Promise<BankAnswer> {
    const query = new URLSearchParams({ order: `${order}`, cents: `${cents}`, attempt: `${attempt}` });
    let response: Response;
    let body: string;
    try {
      response = await fetch(`${this.url}/charge?${query.toString()}`, { method: 'POST', signal });
      body = await response.text();
    } catch (error) {
      signal.throwIfAborted();
      throw new BankError('the line broke', { cause: error });
    }
    if (!response.ok) throw new BankError(`${response.status}: ${body}`);
    return readAnswer(body);
  }
}

function readAnswer(body: string): BankAnswer {
  try {
    return JSON.parse(body) as BankAnswer;
  } catch (error) {
    throw new BankError(`no answer in ${JSON.stringify(body)}`, { cause: error });
  }
}
