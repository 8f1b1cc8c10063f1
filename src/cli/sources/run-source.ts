import type { LineList, RunList, RunSearch, RunView } from '../../inspector/api.js';

/** A run with what `trace` shows of it. */
export type TraceView = Pick<
  RunView,
  'run' | 'labels' | 'attempts' | 'events' | 'lines' | 'children' | 'parent' | 'cut' | 'otelTraceId'
>;

/** Some runs, newest first. */
export type RunPageView = Pick<RunList, 'runs' | 'cursor' | 'searchedToMs'>;

/** Runs, wherever they are: in a store, or with an application that shows them. */
export interface RunSource {
  list(search: RunSearch): Promise<RunPageView>;
  run(id: number): Promise<TraceView | undefined>;
  lines(id: number, cursor: string): Promise<LineList>;
}
