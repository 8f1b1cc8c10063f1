export type {
  ClaimResult,
  DeadRunner,
  FlowStore,
  ForgetRequest,
  Heartbeat,
  KeepPolicy,
  PruneRequest,
  PruneResult,
  Runner,
  RunnerInit,
  SeenRunner,
  WriteOutcome,
} from './flow-store.js';
export { memoryStore, type MemoryStoreOptions } from './memory-store.js';
export type {
  LinePage,
  LineQuery,
  RunCount,
  RunCounter,
  RunDetail,
  RunPage,
  RunQuery,
  RunRef,
  StatsQuery,
  StoredMessage,
  StoreStats,
} from './queries.js';
export type {
  AttemptOutcome,
  AttemptRow,
  EventRow,
  LabelRow,
  LineRow,
  MessageRow,
  PayloadRow,
  PlanRow,
  RunPart,
  RunRow,
  StoreBatch,
  StoredKind,
  StoredRun,
  StoredStatus,
} from './rows.js';
export { MAX_RUNNERS, runIdOf, runnerOf, RUNS_PER_RUNNER } from './run-id.js';
export { sqliteStore, type SqliteStoreOptions } from './sqlite-store.js';
export { storedText } from './stored-text.js';
