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
export { FlowHistory } from './flow-history.js';
export type { HistoryFigures, HistoryStats } from './history/history-stats.js';
export type { KeptPayload } from './history/payload-reader.js';
export type { ReplayAllOptions, ReplayAnswer, Replayed, ReplayOptions } from './history/replays.js';
export type { FlowHistoryOptions, HistoryFacts, KeptPayloads, PayloadSeal } from './history/history-options.js';
export type { RunnerFacts, WriterState } from './history/history-writer.js';
export type { KeptMessage } from './history/kept-messages.js';
export type { LineTransport } from './line-transport.js';
export type { ReplayFrom } from './history/replay-messages.js';
export type { ReplayPlan } from './history/replay-plan.js';
export type { BufferCounts } from './history/row-buffer.js';
export { unpackBatch, type PackedBatch } from './packed-batch.js';
export { memoryStore, type MemoryStoreOptions } from './memory-store.js';
export { postgresStore, type PostgresStoreOptions } from './postgres-store.js';
export type { PostgresClient, PostgresPool } from './postgres/pool.js';
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
