import type { FlowError } from '../../errors/flow-error.js';
import { keptFailure } from '../../errors/kept-failure.js';
import type { Floe, FloeFollower } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';

/** Failures that are kept at most. */
const KEPT = 256;

/** A failure that nobody has heard of yet. */
export interface UnclaimedFailure {
  readonly error: FlowError;
  readonly tenant: string;
  readonly id: string;
  /** Numbers the failures of a flow. */
  readonly turn: number;
  /** Its place among the results: so many of those that have waited at the egress come before it. */
  after: number;
}

/** Whose a failure is. */
type Label = Pick<UnclaimedFailure, 'id' | 'tenant'>;

/**
 * Failures that nobody has waited for, the newest 256 of a flow, for whoever asks later. They stand apart from the results: they take
 * no room, keep no run active and hold nobody back.
 *
 * Results and failures are handed out in the order in which they came, whatever has been taken out of its turn. Each failure knows its
 * place among the results that wait, so that results need not know of failures.
 */
export class UnclaimedFailures implements FloeFollower {
  /** Failures that nobody waited for since the flow began, and those of them that had to be forgotten. */
  counted = 0;
  forgotten = 0;

  /** For those who read `results()`, and for any `fetch`; the oldest first. */
  readonly #forReaders = new Set<UnclaimedFailure>();
  readonly #forFetch = new Set<UnclaimedFailure>();
  /** For those who name their trace ids. */
  readonly #scoped = new Set<UnclaimedFailure>();
  readonly #results: Floe<Parcel>;
  #turn = 0;
  readonly #onUnclaimed: (failure: UnclaimedFailure) => void;

  /**
   * @param results - those at the egress
   * @param onUnclaimed - told of each failure that somebody who reads `results()` has not taken
   */
  constructor(results: Floe<Parcel>, onUnclaimed: (failure: UnclaimedFailure) => void) {
    this.#results = results;
    this.#onUnclaimed = onUnclaimed;
  }

  /** Keeps a failure for whoever reads `results()`. */
  keepForReaders(label: Label, error: FlowError): void {
    this.#forReaders.add(this.#kept(label, error));
    this.#forgetOldest();
  }

  /**
   * Keeps a failure for a `fetch` that comes late.
   *
   * @param isScoped - only for those who name its trace id
   */
  keep(label: Label, error: FlowError, isScoped: boolean): void {
    this.counted++;
    (isScoped ? this.#scoped : this.#forFetch).add(this.#kept(label, error));
    this.#forgetOldest();
  }

  /** Takes the oldest failure for those who read `results()`, if it is its turn. */
  takeForReader(anyTurn = false): UnclaimedFailure | undefined {
    return this.#forReaders.size === 0 ? undefined : this.#takeOldest(this.#forReaders, anyTurn);
  }

  /**
   * Takes the oldest failure for a `fetch` of any run, if it is its turn.
   *
   * @param anyTurn - also when results come before it, which are kept for others
   */
  takeForFetch(anyTurn = false): FlowError | undefined {
    return this.#forFetch.size === 0 ? undefined : this.#takeOldest(this.#forFetch, anyTurn)?.error;
  }

  /** Takes the oldest failure of a label. */
  takeLabelled(id: string, tenant: string): FlowError | undefined {
    let oldest: UnclaimedFailure | undefined;
    for (const failure of this.#all()) {
      if (failure.id !== id || failure.tenant !== tenant) continue;
      if (oldest === undefined || failure.turn < oldest.turn) oldest = failure;
    }
    if (oldest !== undefined) for (const kept of [this.#forFetch, this.#forReaders, this.#scoped]) kept.delete(oldest);
    return oldest?.error;
  }

  /** Whether there is one of that id that is another tenant's. */
  isOfOthers(id: string, tenant: string): boolean {
    for (const failure of this.#all()) if (failure.id === id && failure.tenant !== tenant) return true;
    return false;
  }

  /**
   * Nobody reads `results()` any more.
   *
   * @param claim - whether somebody else takes it; the others are kept for a `fetch`
   */
  leftByReaders(claim: (failure: FlowError) => boolean): void {
    const left = [...this.#forReaders].filter(({ error }) => !claim(error));
    this.#forReaders.clear();
    if (left.length === 0) return;
    const all = [...this.#forFetch, ...left].toSorted((one, other) => one.turn - other.turn);
    this.#forFetch.clear();
    for (const failure of all) this.#forFetch.add(failure);
    for (const failure of left) {
      this.counted++;
      this.#onUnclaimed(failure);
    }
  }

  /** The flow has stopped: no `fetch` comes any more. */
  clear(): void {
    this.#forFetch.clear();
    this.#scoped.clear();
  }

  onMovedToFront(taken: number, index: number): void {
    for (const failure of this.#all()) if (taken + index >= failure.after) failure.after++;
  }

  onRemoved(taken: number, indexes: readonly number[]): void {
    for (const failure of this.#all()) {
      const before = indexes.filter((index) => taken + index < failure.after);
      failure.after -= before.length;
    }
  }

  *#all(): Generator<UnclaimedFailure> {
    yield* this.#forFetch;
    yield* this.#forReaders;
    yield* this.#scoped;
  }

  #kept({ id, tenant }: Label, error: FlowError): UnclaimedFailure {
    this.#results.follow(this);
    const after = this.#results.taken + this.#results.size;
    return { error: keptFailure(error), id, tenant, turn: ++this.#turn, after };
  }

  #takeOldest(failures: Set<UnclaimedFailure>, anyTurn: boolean): UnclaimedFailure | undefined {
    const [oldest] = failures as Iterable<UnclaimedFailure>;
    // Asked first: to give its size a floe throws away what is gone.
    const { size, taken } = this.#results;
    if (oldest === undefined || (!anyTurn && size !== 0 && oldest.after > taken)) return undefined;
    failures.delete(oldest);
    return oldest;
  }

  #forgetOldest(): void {
    if (this.#forFetch.size + this.#forReaders.size + this.#scoped.size <= KEPT) return;
    let oldest: UnclaimedFailure | undefined;
    for (const [first] of [this.#forFetch, this.#forReaders, this.#scoped] as Iterable<UnclaimedFailure>[]) {
      if (first !== undefined && (oldest === undefined || first.turn < oldest.turn)) oldest = first;
    }
    this.forgotten++;
    if (oldest === undefined || this.#forFetch.delete(oldest) || this.#scoped.delete(oldest)) return;
    this.#forReaders.delete(oldest);
    this.counted++;
    this.#onUnclaimed(oldest);
  }
}
