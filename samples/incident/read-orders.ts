import { readFileSync } from 'node:fs';

import type { Order } from './messages.js';

/** This file is built to `dist/samples/incident/`; the orders lie with the sources. */
const FILE = new URL('../../../samples/incident/orders.ndjson', import.meta.url);

/** The orders of the day, as they came in: some of them are none. */
export function readOrders(): readonly Order[] {
  const lines = readFileSync(FILE, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Order);
}
