/** What a slot is doing. Numbers, because storing one in a slot costs less than storing a string, and that is done thrice per hop. */
export const SlotState = Object.freeze({
  /** has no message */
  idle: 0,
  /** tells the listeners that it starts; user code does not run yet */
  starting: 1,
  /** user code runs */
  running: 2,
  /** waits before the next attempt */
  backoff: 3,
  /** has a result that waits for its turn (ordered nodes) */
  turn: 4,
  /** hands its result to the outlets, or waits for room in one */
  leaving: 5,
  /** was interrupted; its late result is ignored */
  dead: 6,
} as const);

export type SlotState = (typeof SlotState)[keyof typeof SlotState];
