import type { CarrierState } from '../carrier/carrier.js';
import type { CarrierPlan, ProvisionDiff } from '../carrier/carrier-plan.js';
import type { DeadLetter, DeadLetterQuery, Delivery, OutMessage, QueueState } from '../carrier/messages.js';
import type { RecordTopic, StoredDocument, StoredRecord } from '../carrier/records.js';
import type { DriverName } from '../../store/sqlite/database.js';
import type { SentError } from '../../store/thread/thread-protocol.js';

/** What the thread of a carrier is started with. */
export interface ThreadSetup {
  readonly file: string;
  readonly driver: DriverName | 'auto';
  readonly namespace: string;
}

/** How a delivery ends, with its number. */
export interface SettleCall {
  readonly delivery: number;
  readonly departures: readonly OutMessage[];
  readonly reason: string | undefined;
}

/** What a session may call in the thread; each call is answered once. */
export interface Calls {
  /** Whether it was stored before. */
  put(message: OutMessage): boolean;
  settle(call: SettleCall): undefined;
  release(deliveries: readonly number[]): undefined;
  later(delivery: number, delayMs: number, resumeAttempt: number): undefined;
  countStart(delivery: number): number;
  provision(plan: CarrierPlan, mode: 'ensure' | 'verify'): ProvisionDiff;
  doc(key: string): StoredDocument | undefined;
  writeDoc(key: string, body: string, rev: number, ttlS: number | undefined): boolean;
  deleteDoc(key: string, rev: number): boolean;
  docs(prefix: string): readonly StoredDocument[];
  record(topic: RecordTopic, key: string, id: string, body: string, ttlS: number | undefined): undefined;
  recordsOf(topic: RecordTopic, key: string): readonly StoredRecord[];
  queues(): readonly QueueState[];
  deadList(query: DeadLetterQuery): readonly DeadLetter[];
  deadRead(id: string): DeadLetter | undefined;
  deadDiscard(ids: readonly string[]): number;
  cast(topic: string, body: string): undefined;
  /** Hands back what is held. */
  handBack(): undefined;
}

export type CallName = keyof Calls;
export type CallArgs<Name extends CallName = CallName> = Parameters<Calls[Name]>;

/** A call, in order with the others of its session. */
export interface Call {
  readonly kind: 'call';
  readonly session: number;
  readonly id: number;
  readonly name: CallName;
  readonly args: readonly unknown[];
}

/** What the thread is told. */
export type Request =
  | Call
  | { readonly kind: 'open'; readonly session: number; readonly flow: string }
  | { readonly kind: 'closing'; readonly session: number }
  | { readonly kind: 'close'; readonly session: number }
  | {
      readonly kind: 'take';
      readonly session: number;
      readonly taking: number;
      readonly queue: string;
      readonly free: number;
      readonly maxHoldMs: number;
    }
  | { readonly kind: 'more'; readonly session: number; readonly taking: number; readonly free: number }
  | { readonly kind: 'stop'; readonly session: number; readonly taking: number }
  | {
      readonly kind: 'listen';
      readonly session: number;
      readonly listener: number;
      readonly topic: RecordTopic;
      readonly prefix: string;
      readonly from: 'start' | 'now';
    }
  | { readonly kind: 'hear'; readonly session: number; readonly listener: number; readonly prefix: string }
  | { readonly kind: 'unlisten'; readonly session: number; readonly listener: number };

/** A message that was handed out. */
export interface HandedOut extends Delivery {
  readonly delivery: number;
  readonly taking: number;
}

/** What the thread says. */
export type Report =
  | { readonly kind: 'ready'; readonly driver: DriverName }
  | { readonly kind: 'failed'; readonly error: SentError }
  | { readonly kind: 'state'; readonly state: CarrierState }
  /** Of one session, or of all where none is named. */
  | { readonly kind: 'problem'; readonly error: SentError; readonly session?: number | undefined }
  | { readonly kind: 'answer'; readonly session: number; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly session: number; readonly id: number; readonly error: SentError }
  | { readonly kind: 'delivery'; readonly session: number; readonly delivery: HandedOut }
  | {
      readonly kind: 'lost';
      readonly session: number;
      readonly delivery: number;
      readonly why: 'lost' | 'held_too_long';
    }
  | { readonly kind: 'room'; readonly session: number; readonly queue: string; readonly room: number }
  | { readonly kind: 'record'; readonly session: number; readonly listener: number; readonly record: StoredRecord }
  | {
      readonly kind: 'heard';
      readonly session: number;
      readonly listener: number;
      readonly topic: string;
      readonly body: string;
    }
  /** Nothing of the session is left; so many deliveries could not be handed back. */
  | { readonly kind: 'closed'; readonly session: number; readonly held: number };
