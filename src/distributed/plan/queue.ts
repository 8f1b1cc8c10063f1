import { isNodeClass, type NodeClass } from '../../index.js';
import { invalidOption, rejectUnknownOptions } from '../option-check.js';

const NODE_QUEUE: unique symbol = Symbol.for('penguiflow:node-queue') as never;

/**
 * The order in which a node works across processes.
 *
 * @typeParam I - the payload that the node takes
 */
export interface OrderOptions<I = never> {
  /** The key of a payload: those of one key are worked on in the order in which they were sent, one at a time. It answers at once. */
  readonly by: (payload: I) => string | number;
  /**
   * Lanes that keys are spread over, 1 to 256: so many messages are worked on at a time, by all workers together. It changes only
   * while the queue is empty. @defaultValue 16
   */
  readonly lanes?: number;
  /** What becomes of what stands behind a message that has failed for good: it goes on. @defaultValue 'skip' */
  readonly onDead?: 'skip';
}

/**
 * Options of {@link queue}.
 *
 * @typeParam I - the payload that the node takes
 */
export interface QueueOptions<I = never> {
  /** Messages in it, handed out or not, at which senders wait; of each lane, where there is an order. @defaultValue 10,000 */
  readonly bound?: number;
  /** Messages handed out at a time, to all workers together; with an order it is one of each lane. @defaultValue 1,000 */
  readonly maxInFlight?: number;
  /** How long a worker may hold a message, in seconds, retries included; then the run fails. @defaultValue 900 */
  readonly maxHoldS?: number;
  /** Has the node work in order. Whatever leads to it then goes through its queue. @defaultValue no order */
  readonly order?: OrderOptions<I>;
}

/** The queue of a node, made by {@link queue}; every default filled in. */
export interface NodeQueue {
  readonly [NODE_QUEUE]: true;
  readonly node: NodeClass;
  readonly bound: number;
  readonly maxInFlight: number;
  readonly maxHoldS: number;
  readonly order: Readonly<Required<OrderOptions>> | undefined;
}

const OPTIONS = ['bound', 'maxInFlight', 'maxHoldS', 'order'];
const ORDER_OPTIONS = ['by', 'lanes', 'onDead'];
const MOST_LANES = 256;
const DEFAULTS = { bound: 10_000, maxInFlight: 1_000, maxHoldS: 900 };

/**
 * Says how the queue in front of a node is, for `queues` of `@Distributed`. Nodes have one where messages come from outside or from
 * another group, and where they have an order.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * @Distributed({ queues: [queue(Score, { bound: 500, order: { by: (doc) => doc.customer } })] })
 * @Flow()
 * class Documents {
 *   readonly graph = start(Parse).to(Score);
 * }
 * ```
 */
export function queue<I>(node: NodeClass<I>, options: QueueOptions<NoInfer<I>> = {}): NodeQueue {
  const given: unknown = node;
  if (!isNodeClass(given)) {
    const hint = 'A class that is undefined here was imported in a circle: move one of the two to a file of its own.';
    throw invalidOption('node', 'queue()', 'a class with @Node', given, hint);
  }
  const owner = `queue(${given.name})`;
  rejectUnknownOptions(options, OPTIONS, owner);
  const { bound, maxInFlight, maxHoldS } = { ...DEFAULTS, ...withoutUndefined(options) };
  if (!isWhole(bound)) throw invalidOption('bound', owner, 'a whole number >= 1', bound);
  if (!isWhole(maxInFlight)) throw invalidOption('maxInFlight', owner, 'a whole number >= 1', maxInFlight);
  if (!(Number.isFinite(maxHoldS) && maxHoldS > 0)) throw invalidOption('maxHoldS', owner, '> 0 seconds', maxHoldS);
  const order = options.order === undefined ? undefined : orderOf(options.order, owner);
  return Object.freeze({ [NODE_QUEUE]: true as const, node: given, bound, maxInFlight, maxHoldS, order });
}

/** The queue of a node of which nothing is said. */
export function plainQueue(node: NodeClass): NodeQueue {
  return Object.freeze({ [NODE_QUEUE]: true as const, node, ...DEFAULTS, order: undefined });
}

/** Tells what {@link queue} made. */
export function isNodeQueue(value: unknown): value is NodeQueue {
  return typeof value === 'object' && value !== null && NODE_QUEUE in value;
}

function orderOf(order: OrderOptions, owner: string): Readonly<Required<OrderOptions>> {
  rejectUnknownOptions(order, ORDER_OPTIONS, `\`order\` of ${owner}`);
  const { by, lanes = 16, onDead = 'skip' } = order;
  if (typeof by !== 'function') throw invalidOption('order.by', owner, 'a function that makes a key of a payload', by);
  if (!isWhole(lanes) || lanes > MOST_LANES)
    throw invalidOption('order.lanes', owner, `a whole number from 1 to ${MOST_LANES}`, lanes);
  if (onDead !== 'skip') throw invalidOption('order.onDead', owner, "'skip'", onDead);
  return Object.freeze({ by, lanes, onDead });
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
