import {
  createFlow,
  FLOW_LOGGER_OPTIONS,
  FlowError,
  getLogger,
  LOGGER,
  type FlowLoggerOptions,
  type PenguiFlow,
} from 'penguiflow';
import { FlowMetrics } from 'penguiflow/metrics';
import type { FlowHistory } from 'penguiflow/store';
import { Registry } from 'prom-client';

import { BANK_URL } from './bank/bank-client.js';
import { startBank } from './bank/start-bank.js';
import type { Order } from './messages.js';
import { Shop } from './shop.js';
import { Tally } from './tally.js';

/** So many orders are under way at a time. */
const LANES = 8;
const CALL_TIMEOUT_S = 30;

/**
 * Of what goes well only the end is written; when a run ends badly, all of it is. A call of the bank that fails is told with its attempt,
 * and need not be seen twice.
 */
const LOGGED: FlowLoggerOptions = {
  levels: { dependency_error: 'info', dependency_rejected: 'info', dependency_state: 'warn' },
  sample: { trace_start: 0, node_start: 0, node_success: 0, dependency_success: 0 },
  recordTraces: 100,
};

/** What came of the day. */
export interface IncidentResult {
  readonly tally: Tally;
  /** What became of each order: as the flow says it, or the code of its failure. */
  readonly outcomes: ReadonlyMap<string, string>;
  readonly metrics: string;
  readonly tookMs: number;
}

/** The trace id of an order. */
export function traceOf(order: number): string {
  return `order-${order}`;
}

/**
 * Sends all orders through the flow, some at a time.
 *
 * @param onProgress - called whenever an order has come to its end
 * @param history - keeps the runs
 * @param onFlow - told of the flow before it runs
 */
export async function runIncident(
  seed: number,
  orders: readonly Order[],
  onProgress: (done: number, tally: Tally) => void,
  interrupt: AbortSignal,
  history: FlowHistory,
  onFlow: (flow: PenguiFlow) => void = () => {},
): Promise<IncidentResult> {
  const bank = await startBank(seed);
  const tally = new Tally();
  const registry = new Registry();
  const metrics = new FlowMetrics({ registry });
  const flow = createFlow(Shop, {
    history,
    providers: [
      { token: BANK_URL, useValue: bank.url },
      { token: LOGGER, useValue: getLogger('shop') },
      { token: FLOW_LOGGER_OPTIONS, useValue: LOGGED },
      { token: Tally, useValue: tally },
    ],
  });
  metrics.observe(flow);
  onFlow(flow);
  const outcomes = new Map<string, string>();
  const beganMs = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let order = orders[next++]; order !== undefined && !interrupt.aborted; order = orders[next++]) {
      outcomes.set(traceOf(order.number), await send(order));
      onProgress(outcomes.size, tally);
    }
  };
  const send = async (order: Order): Promise<string> => {
    const traceId = traceOf(order.number);
    const answer = flow.call(order, { traceId, tenant: order.shop, timeoutS: CALL_TIMEOUT_S, signal: interrupt });
    if (order.withdrawn === true) flow.cancel(traceId, { tenant: order.shop });
    try {
      return await answer;
    } catch (error) {
      if (!FlowError.is(error)) throw error;
      return error.code;
    }
  };
  try {
    await flow.run();
    await Promise.all(Array.from({ length: LANES }, lane));
    return { tally, outcomes, metrics: await registry.metrics(), tookMs: performance.now() - beganMs };
  } finally {
    await flow.stop();
    await bank.stop();
  }
}
