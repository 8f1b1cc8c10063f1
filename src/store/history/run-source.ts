import type { Clock, FlowPlan } from '../../index.js';
import type { HistorySettings } from './history-options.js';
import type { RowBuffer } from './row-buffer.js';

/** What the runs of a flow are recorded with. */
export interface RunSource {
  readonly plan: FlowPlan;
  readonly planHash: string;
  readonly clock: Clock;
  readonly buffer: RowBuffer;
  readonly settings: HistorySettings;
}
