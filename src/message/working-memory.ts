import { FlowError } from '../errors/flow-error.js';
import { describeValue } from '../errors/option-error.js';
import { isInstance } from '../errors/marker.js';

/** What a {@link WorkingMemory} may be built from; everything but the query has a default. */
export interface WorkingMemoryInit {
  /** What the controller found out so far. @defaultValue none */
  readonly facts?: readonly unknown[];
  /** Turns of the loop so far; the runtime counts them. @defaultValue 0 */
  readonly hops?: number;
  /** Turns at most; null = no limit. @defaultValue 8 */
  readonly budgetHops?: number | null;
  /** Tokens used so far; the controller counts them. @defaultValue 0 */
  readonly tokensUsed?: number;
  /** Tokens at most; null = no limit. @defaultValue null */
  readonly budgetTokens?: number | null;
  /** How sure the controller is, from 0 to 1 by convention. @defaultValue 0 */
  readonly confidence?: number;
}

/** Turns of a controller loop that says nothing else. */
export const DEFAULT_BUDGET_HOPS = 8;

const IS_WORKING_MEMORY: unique symbol = Symbol.for('penguiflow:working-memory') as never;

/**
 * What a controller carries from one turn of its loop to the next (`WM` in PenguiFlow for Python).
 *
 * A node with an edge to itself that returns one is called again with it, one invocation per hop, until it returns a
 * `FinalAnswer` or a budget is used up: then the runtime puts a `FinalAnswer` in its place, with the text
 * `Token budget exhausted` or `Hop budget exhausted`. Frozen, so that a retried attempt finds what the first one found;
 * make the next one with {@link with}.
 *
 * @example
 * ```ts
 * @Node({ name: 'research' })
 * class Research implements FlowNode<WorkingMemory, WorkingMemory | FinalAnswer> {
 *   async process(memory: WorkingMemory, ctx: NodeContext): Promise<WorkingMemory | FinalAnswer> {
 *     const step = await think(memory, ctx.signal);
 *     if (step.answer !== undefined) return new FinalAnswer(step.answer);
 *     return memory.with({ facts: [...memory.facts, step.fact], tokensUsed: memory.tokensUsed + step.tokens });
 *   }
 * }
 * // readonly graph = start(Research).loop(WorkingMemory);
 * const answer = await flow.call(new WorkingMemory('Why do penguins huddle?', { budgetHops: 5 }));
 * ```
 */
export class WorkingMemory {
  readonly query: string;
  readonly facts: readonly unknown[];
  readonly hops: number;
  readonly budgetHops: number | null;
  readonly tokensUsed: number;
  readonly budgetTokens: number | null;
  readonly confidence: number;
  readonly [IS_WORKING_MEMORY] = true;

  /** @throws FlowError `INVALID_MESSAGE` when a count or a budget is not a whole number >= 0 */
  constructor(query: string, init: WorkingMemoryInit = {}) {
    this.query = query;
    this.facts = Object.freeze([...(init.facts ?? [])]);
    this.hops = count('hops', init.hops ?? 0);
    this.budgetHops = budget('budgetHops', init.budgetHops === undefined ? DEFAULT_BUDGET_HOPS : init.budgetHops);
    this.tokensUsed = count('tokensUsed', init.tokensUsed ?? 0);
    this.budgetTokens = budget('budgetTokens', init.budgetTokens ?? null);
    this.confidence = init.confidence ?? 0;
    Object.defineProperty(this, IS_WORKING_MEMORY, { enumerable: false });
    Object.freeze(this);
  }

  /** A copy with some parts replaced. */
  with(change: WorkingMemoryInit & { readonly query?: string }): WorkingMemory {
    const { facts, hops, budgetHops, tokensUsed, budgetTokens, confidence } = this;
    const own = { facts, hops, budgetHops, tokensUsed, budgetTokens, confidence };
    return new WorkingMemory(change.query ?? this.query, { ...own, ...change });
  }

  /** Tells whether a value is one, also across two installed copies of the package. */
  static is(value: unknown): value is WorkingMemory {
    return typeof value === 'object' && value !== null && IS_WORKING_MEMORY in value;
  }

  /** As {@link WorkingMemory.is}, for this class itself. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(value, this, WorkingMemory);
  }
}

function budget(field: string, value: number | null): number | null {
  return value === null ? null : count(field, value);
}

function count(field: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new FlowError('INVALID_MESSAGE', {
    message: `Expected \`${field}\` of a WorkingMemory to be a whole number >= 0, got ${describeValue(value)}`,
  });
}
