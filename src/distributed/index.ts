export type { Carrier, CarrierState, SessionOptions } from './carrier/carrier.js';
export type { CarrierPlan, PlanChange, ProvisionDiff, QueuePlan } from './carrier/carrier-plan.js';
export type { CarrierTimes } from './carrier/carrier-times.js';
export type { CarrierAbilities, CarrierSession, DeadLetters, TakeOptions, Taking } from './carrier/carrier-session.js';
export type { DeadLetter, DeadLetterQuery, Delivery, OutMessage, QueueState, Settlement } from './carrier/messages.js';
export type { RecordTopic, StoredDocument, StoredRecord, Subscription } from './carrier/records.js';
export type { ClientResult } from './client/client-results.js';
export type { ConnectOptions } from './client/client-options.js';
export { connectFlow } from './client/connect-flow.js';
export type { ClientDeadLetters, FailedMessage, RedriveOptions } from './client/dead-letter-desk.js';
export type { ClientHealth, FlowClient } from './client/flow-client.js';
export type { ResultOptions } from './client/result-lookup.js';
export type { WireTypes } from './codec/type-book.js';
export { Wire } from './codec/wire.js';
export { wire, type WireOptions, type WireType } from './codec/wire-type.js';
export { Distributed, type DistributedOptions } from './plan/distributed.js';
export { queue, type NodeQueue, type OrderOptions, type QueueOptions } from './plan/queue.js';
export {
  memoryCarrier,
  type CarrierFaults,
  type MemoryCarrier,
  type MemoryCarrierOptions,
} from './memory/memory-carrier.js';
export { serveFlow } from './worker/serve-flow.js';
export type { ServeOptions } from './worker/serve-options.js';
export type { FlowWorker, WorkerHealth } from './worker/flow-worker.js';
export type { QueueLag } from './carrier/queue-lag.js';
export type { QueuedResult } from './client/queued-results.js';
export { sqliteCarrier, type SqliteCarrierOptions } from './sqlite/sqlite-carrier.js';
