import type { FlowEventType, FlowPart } from '../../index.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import type { PayloadCodec } from '../codec/payload-codec.js';
import type { DistributedPlan } from '../plan/distributed-plan.js';
import type { MessageHead } from '../protocol/message-head.js';
import type { SkewWatch } from '../skew-watch.js';
import type { CancelBook } from './cancel-book.js';
import type { FullQueues } from './full-queues.js';
import type { Isolation } from './isolation.js';
import type { WorkerRegistry } from './worker-registry.js';

/** What all arrivals of a worker share. */
export interface WorkerCore {
  readonly workerId: string;
  readonly part: FlowPart;
  readonly plan: DistributedPlan;
  readonly session: CarrierSession;
  readonly codec: PayloadCodec;
  readonly cancels: CancelBook;
  readonly isolation: Isolation;
  readonly registry: WorkerRegistry;
  /** Counted starts without an end at which a message is put aside. */
  readonly crashLimit: number;
  /** Whether failures of calls are put aside, too. */
  readonly keepsAllDead: boolean;
  readonly full: FullQueues;
  readonly skew: SkewWatch;
}

/** Tells of a message, as an event of the flow. */
export function tell(
  { part, workerId }: Pick<WorkerCore, 'part' | 'workerId'>,
  eventType: FlowEventType,
  nodeName: string | null,
  head: MessageHead | undefined,
  extra: Readonly<Record<string, unknown>>,
): void {
  if (!part.hears(eventType)) return;
  const about = head === undefined ? {} : { root: head.root };
  part.publish({
    eventType,
    nodeName,
    traceId: head?.traceId ?? null,
    tenant: head?.headers.tenant ?? null,
    extra: { ...extra, ...about, worker_id: workerId },
  });
}

/** The node of a queue. */
export function nodeOf(queue: string): string {
  return queue.split('#', 1)[0] as string;
}
