import { post } from '../../nestjs/support/run-app.js';
import type { ServerProcess } from './server-process.js';

/** How the application answered to an order. */
interface Answer {
  readonly id: string;
  readonly status: number;
  readonly body: unknown;
}

/** What clients have seen by the time nobody listens any more. */
export interface LoadResult {
  readonly answered: readonly Answer[];
  /** Orders whose connection was refused or broke. */
  readonly refused: readonly string[];
}

/** Fifty clients that order one thing after the other, until nobody listens any more. */
export async function orderUntilItEnds(server: ServerProcess): Promise<LoadResult> {
  const answered: Answer[] = [];
  const refused: string[] = [];
  const client = async (name: string): Promise<void> => {
    for (let n = 0; n < 10_000; n++) {
      const id = `${name}-${n}`;
      const order = { id, card: 'tok_visa', lines: [{ sku: 'herring-tin', quantity: 2 }] };
      const response = await post(`${server.url}/orders`, order, { headers: { 'x-request-id': id } }).catch(
        (error: unknown) => error as Error,
      );
      if (response instanceof Error) return void refused.push(id);
      answered.push({ id, status: response.status, body: await response.json() });
    }
  };
  await Promise.all(Array.from({ length: 50 }, (_, index) => client(`c${index}`)));
  return { answered, refused };
}

/** The orders that reached the controller. */
export function takenBy(server: ServerProcess): string[] {
  return server.lines.filter(({ message }) => message === 'order taken').map(({ trace_id }) => trace_id as string);
}
