export type { Carrier, CarrierState, SessionOptions } from './carrier/carrier.js';
export type { CarrierPlan, PlanChange, ProvisionDiff, QueuePlan } from './carrier/carrier-plan.js';
export type { CarrierAbilities, CarrierSession, DeadLetters, TakeOptions, Taking } from './carrier/carrier-session.js';
export type { DeadLetter, DeadLetterQuery, Delivery, OutMessage, QueueState, Settlement } from './carrier/messages.js';
export type { RecordTopic, StoredDocument, StoredRecord, Subscription } from './carrier/records.js';
export { Wire } from './codec/wire.js';
export {
  memoryCarrier,
  type CarrierFaults,
  type MemoryCarrier,
  type MemoryCarrierOptions,
} from './memory/memory-carrier.js';
export { sqliteCarrier, type SqliteCarrierOptions } from './sqlite/sqlite-carrier.js';
