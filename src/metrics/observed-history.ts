/** How a history is, as numbers. */
export interface HistoryFigures {
  readonly shedTraces: number;
  readonly rowsLeftOut: number;
  readonly rejectedRows: number;
  readonly waitingRows: number;
  /** 1 while its store takes nothing. */
  readonly degraded: number;
}

/** What `FlowMetrics` needs of a history; `FlowHistory` of `penguiflow/store` has it. */
export interface ObservedHistory {
  figures(): HistoryFigures;
}

const NOTHING: HistoryFigures = { shedTraces: 0, rowsLeftOut: 0, rejectedRows: 0, waitingRows: 0, degraded: 0 };

/** The histories of a process. What one has counted stays when it is let go. */
export class HistoryLedger {
  readonly #observed = new Set<ObservedHistory>();
  #gone = NOTHING;

  add(history: ObservedHistory): void {
    this.#observed.add(history);
  }

  remove(history: ObservedHistory): void {
    if (this.#observed.delete(history))
      this.#gone = sum(this.#gone, { ...history.figures(), waitingRows: 0, degraded: 0 });
  }

  figures(): HistoryFigures {
    return [...this.#observed].map((history) => history.figures()).reduce(sum, this.#gone);
  }
}

function sum(one: HistoryFigures, other: HistoryFigures): HistoryFigures {
  return {
    shedTraces: one.shedTraces + other.shedTraces,
    rowsLeftOut: one.rowsLeftOut + other.rowsLeftOut,
    rejectedRows: one.rejectedRows + other.rejectedRows,
    waitingRows: one.waitingRows + other.waitingRows,
    degraded: one.degraded + other.degraded,
  };
}
