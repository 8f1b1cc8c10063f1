/** What goes through every contender. */
export class Item {
  constructor(readonly n: number) {}
}

/** One stage of a chain: the same function for everybody. */
export type Stage = (item: Item) => Promise<Item>;

/** Something that takes one item at a time. */
export interface Line {
  call(item: Item): Promise<unknown>;
  stop(): Promise<void> | void;
}

/**
 * One competitor. What it has no method for it cannot express the way its own documentation would, and `cannot` says why.
 */
export interface Contender {
  readonly name: string;
  /** What a reader has to know about the comparison. */
  readonly about: string;
  /** W1: a chain that is called. */
  line?(stages: readonly Stage[]): Line | Promise<Line>;
  /** W2, W7: sends so many items through a chain, under backpressure where it has any; resolves when all have arrived. */
  pump?(stages: readonly Stage[], count: number): Promise<void>;
  /** W3: sends so many items to two nodes each and joins the two halves of each. */
  fork?(count: number): Promise<void>;
  /** W4a: one node, with a timeout of 5 s and 3 retries or without both. */
  policed?(stage: Stage, on: boolean): Line | Promise<Line>;
  /** W4b: a node that fails on the first attempt of each item and is tried again without a wait. */
  retrying?(flaky: Stage): Line | Promise<Line>;
  /** W5: so many messages with 32 chunks each, to the caller. */
  chunks?(messages: number): Promise<void>;
  /** W8: so many items through a slow stage, 64 at once. */
  spread?(slow: Stage, count: number): Promise<void>;
  /** By workload; `W4` stands for W4a and W4b. */
  readonly cannot?: Readonly<Record<string, string>>;
}

/** Makes the identity stages; each call makes functions of their own. */
export function identityStages(count: number): Stage[] {
  return Array.from({ length: count }, () => makeStage());
}

function makeStage(): Stage {
  return async (item) => item;
}

/** A stage that fails once per item. */
export function flakyStage(): Stage {
  let failed: Item | undefined;
  return async (item) => {
    if (failed === item) return item;
    failed = item;
    throw new Error('once');
  };
}

/** A stage that waits a millisecond. */
export const slowStage: Stage = (item) =>
  new Promise((resolve) => {
    setTimeout(resolve, 1, item);
  });

/** The capacity of every queue that can be bounded. */
export const CAPACITY = 64;
export const CHUNKS = 32;
