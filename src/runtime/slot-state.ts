/** What a slot is doing. */
export type SlotState =
  /** has no message */
  | 'idle'
  /** tells the listeners that it starts; user code does not run yet */
  | 'starting'
  /** user code runs */
  | 'running'
  /** waits before the next attempt */
  | 'backoff'
  /** has a result that waits for its turn (ordered nodes) */
  | 'turn'
  /** hands its result to the outlets, or waits for room in one */
  | 'leaving'
  /** was interrupted; its late result is ignored */
  | 'dead';
