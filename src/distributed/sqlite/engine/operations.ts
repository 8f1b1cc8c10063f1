import { leaseLost, noSuchQueue } from '../../carrier/carrier-errors.js';
import type { DeadLetterQuery, OutMessage, QueueState } from '../../carrier/messages.js';
import type { CarrierPlan } from '../../carrier/carrier-plan.js';
import type { RecordTopic } from '../../carrier/records.js';
import type { Call, CallName, SettleCall } from '../thread-protocol.js';
import type { CarrierFile } from './carrier-file.js';
import type { DeadLetterTable } from './dead-letter-table.js';
import type { DocumentTable } from './document-table.js';
import type { FlowView, FlowViews, QueueView } from './flow-view.js';
import type { LeaseBook } from './lease-book.js';
import type { MessageTable } from './message-table.js';
import { otherFlow, provision } from './provisioning.js';
import type { RecordTable } from './record-table.js';
import type { Held, ThreadSession } from './thread-session.js';
import type { Transaction } from './transaction.js';

/** What operations work on. */
export interface Tables {
  readonly file: CarrierFile;
  readonly views: FlowViews;
  readonly messages: MessageTable;
  readonly records: RecordTable;
  readonly documents: DocumentTable;
  readonly dead: DeadLetterTable;
  readonly leases: LeaseBook;
}

/** The queue that a call waits for room in. */
export class NoRoom {
  readonly queue: QueueView;

  constructor(queue: QueueView) {
    this.queue = queue;
  }
}

/** What a call needs of the file: `read` it, `reach` it, or `store` something new in it. */
export type Need = 'read' | 'reach' | 'store';

const NEEDS: Readonly<Record<CallName, Need>> = {
  put: 'store',
  settle: 'store',
  provision: 'store',
  record: 'store',
  writeDoc: 'store',
  release: 'reach',
  later: 'reach',
  countStart: 'reach',
  deleteDoc: 'reach',
  deadDiscard: 'reach',
  cast: 'reach',
  handBack: 'reach',
  doc: 'read',
  docs: 'read',
  recordsOf: 'read',
  queues: 'read',
  deadList: 'read',
  deadRead: 'read',
};

/** What may be lost when the power goes: who holds what is over then anyhow. */
const LOOSE: ReadonlySet<CallName> = new Set(['release', 'countStart', 'cast', 'handBack']);

export function needOf({ name, args }: Call): Need {
  if (name !== 'settle') return NEEDS[name];
  const [{ departures, reason }] = args as [SettleCall];
  return departures.length > 0 || reason !== undefined ? 'store' : 'reach';
}

/** Whether its answer says that a power loss takes nothing of it. */
export function isDurable(call: Call): boolean {
  return NEEDS[call.name] !== 'read' && !LOOSE.has(call.name);
}

type Operation = (tables: Tables, tx: Transaction, session: ThreadSession, ...args: never[]) => unknown;

/** What the calls of a session do, within a transaction. What they throw is thrown before anything is written. */
const OPERATIONS: Readonly<Record<CallName, Operation>> = {
  put: ({ messages }, { nowMs }, { flow }, message: OutMessage) => {
    const queue = queueOf(flow, message.queue);
    if (queue.room > 0) return !messages.store(queue, message, nowMs);
    return messages.isKnown(queue, message, nowMs) ? true : new NoRoom(queue);
  },
  settle: ({ messages, dead }, tx, session, { delivery, departures, reason }: SettleCall) => {
    const held = mustHold(session, delivery);
    for (const departure of departures) {
      const queue = queueOf(session.flow, departure.queue);
      const room = queue.room + (queue.name === held.queue ? 1 : 0);
      if (room <= 0 && !messages.isKnown(queue, departure, tx.nowMs)) {
        held.isSettling = true;
        return new NoRoom(queue);
      }
    }
    // Others may have what it held, and each has to be told of by itself.
    if (tx.lost.has(session)) messages.flush();
    if (!messages.end(held.seq, session.number ?? 0)) throw lost(held);
    queueOf(session.flow, held.queue).change(-1, -1);
    for (const departure of departures) {
      messages.store(queueOf(session.flow, departure.queue), departure, tx.nowMs, held.seq);
    }
    if (reason !== undefined) dead.add(held.seq, held.queue, reason, tx.nowMs);
    messages.dropPayload(held.seq);
    tx.after(() => session.held.delete(delivery));
    return undefined;
  },
  release: ({ messages }, tx, session, deliveries: readonly number[]) => {
    for (const delivery of deliveries) {
      const held = session.held.get(delivery);
      if (held === undefined || held.isSettling) continue;
      tx.after(() => session.held.delete(delivery));
      if (messages.giveBack(held.seq, session.number ?? 0, held.isStartCounted)) {
        queueOf(session.flow, held.queue).change(0, -1);
      }
    }
  },
  later: ({ messages }, tx, session, delivery: number, delayMs: number, attempt: number) => {
    const held = mustHold(session, delivery);
    const dueMs = tx.nowMs + Math.max(0, delayMs);
    if (!messages.putOff(held.seq, session.number ?? 0, dueMs, attempt, held.isStartCounted)) throw lost(held);
    queueOf(session.flow, held.queue).change(0, -1, 1);
    tx.dueMs = Math.min(tx.dueMs, dueMs);
    tx.after(() => session.held.delete(delivery));
  },
  countStart: ({ messages }, tx, session, delivery: number) => {
    const held = mustHold(session, delivery);
    const starts = messages.countStart(held.seq, session.number ?? 0);
    if (starts === undefined) throw lost(held);
    tx.after(() => (held.isStartCounted = true));
    return starts;
  },
  provision: ({ file, views }, _tx, { flow }, plan: CarrierPlan, mode: 'ensure' | 'verify') => {
    if (plan.flow !== flow.name) throw otherFlow(flow.name, plan.flow);
    return provision(file, views, flow, plan, mode);
  },
  doc: ({ documents }, { nowMs }, _session, key: string) => documents.read(key, nowMs),
  writeDoc: ({ documents }, { nowMs }, _session, key: string, body: string, rev: number, ttlS: number | undefined) =>
    documents.write(key, body, rev, ttlS === undefined ? undefined : nowMs + ttlS * 1_000, nowMs),
  deleteDoc: ({ documents }, { nowMs }, _session, key: string, rev: number) => documents.delete(key, rev, nowMs),
  docs: ({ documents }, { nowMs }, _session, prefix: string) => documents.list(prefix, nowMs),
  record: ({ records }, tx, { flow }, topic: RecordTopic, key: string, id: string, body: string, ttlS?: number) => {
    records.add(topic, key, id, body, ttlS ?? flow.times.keepS, tx.nowMs);
    tx.hasRecords = true;
  },
  recordsOf: ({ records }, { nowMs }, _session, topic: RecordTopic, key: string) => records.of(topic, key, nowMs),
  cast: ({ records }, tx, _session, topic: string, body: string) => {
    records.cast(topic, body, tx.nowMs);
    tx.hasCasts = true;
  },
  queues: (tables, _tx, { flow }) => {
    tables.messages.flush();
    return statesOf(tables, flow);
  },
  deadList: ({ dead }, _tx, { flow }, query: DeadLetterQuery) => dead.list(flow, query),
  deadRead: ({ dead }, _tx, { flow }, id: string) => dead.read(flow, id),
  deadDiscard: ({ dead }, _tx, { flow }, ids: readonly string[]) => dead.discard(flow, ids),
  handBack: ({ messages }, tx, session) => {
    for (const held of session.held.values()) {
      if (held.isSettling) continue;
      tx.after(() => session.held.delete(held.delivery));
      if (messages.giveBack(held.seq, session.number ?? 0, held.isStartCounted)) {
        queueOf(session.flow, held.queue).change(0, -1);
      }
    }
  },
};

/** Does what a call asks for. @returns its answer, or where it waits for room */
export function operate(tables: Tables, tx: Transaction, session: ThreadSession, call: Call): unknown {
  return OPERATIONS[call.name](tables, tx, session, ...(call.args as never[]));
}

function queueOf(flow: FlowView, name: string): QueueView {
  const queue = flow.queues.get(name);
  if (queue === undefined) throw noSuchQueue(flow.name, name);
  return queue;
}

function mustHold(session: ThreadSession, delivery: number): Held {
  const held = session.held.get(delivery);
  if (held === undefined || held.isSettling) throw lost(held);
  return held;
}

/** The session knows which delivery it is, and says so. */
function lost(held: Held | undefined): Error {
  return leaseLost({ id: '', queue: held?.queue ?? '' });
}

function statesOf({ file, dead }: Tables, flow: FlowView): readonly QueueState[] {
  const counts = dead.counts(flow);
  return [...flow.queues.values()].map(({ id, name, held, unacked }) => {
    const oldest =
      held === 0
        ? undefined
        : file
            .prepare(
              'select stored from message where seq = (select min(seq) from message where queue = ? and holder > -2)',
            )
            .get(id)?.['stored'];
    return {
      queue: name,
      pending: held - unacked,
      unacked,
      oldestMs: typeof oldest === 'number' ? oldest : undefined,
      dead: counts.get(name) ?? 0,
    };
  });
}
