import type { StoreStats } from '../queries.js';
import type { WriterState } from './history-writer.js';
import type { BufferCounts } from './row-buffer.js';

/** What is counted of a history, beside its store. */
export interface HistoryStats extends StoreStats, BufferCounts, WriterState {
  /** Rows that wait to be stored. */
  readonly waitingRows: number;
}

/** How a history is just now. */
export interface HistoryFigures {
  readonly shedTraces: number;
  readonly rowsLeftOut: number;
  readonly rejectedRows: number;
  readonly waitingRows: number;
  readonly degraded: number;
}
