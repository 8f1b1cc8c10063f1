import type { BreakerState } from '../../ports/dependency.js';

/** A circuit breaker, as far as it is watched: what cockatiel's has. */
interface Breaker {
  readonly state?: unknown;
  readonly onStateChange?: Subscribe<unknown>;
  readonly onBreak?: Subscribe<unknown>;
  readonly onHalfOpen?: Subscribe<unknown>;
  readonly onReset?: Subscribe<unknown>;
}

type Subscribe<T> = (listener: (value: T) => void) => Handle;

/** Ends a subscription; one that cannot end it may give nothing. */
type Handle = { dispose?(): void } | undefined;

/** What a breaker changed to. */
export interface BreakerChange {
  readonly state: BreakerState;
  /** It is held open by hand. */
  readonly isolated: boolean;
}

/** A flow that uses a breaker. */
export interface BreakerUser {
  /** Whether anybody would hear of a change from this flow. */
  readonly isHeard: boolean;
  onChange(watch: BreakerWatch, change: BreakerChange): void;
}

/** By the numbers of cockatiel's `CircuitState`. */
const STATES: readonly BreakerChange[] = [
  { state: 'closed', isolated: false },
  { state: 'open', isolated: false },
  { state: 'half_open', isolated: false },
  { state: 'open', isolated: true },
];

/** Rises when what the copies of the package share changes its shape. */
const SHARED = Symbol.for('penguiflow:breaker-watches:1');

/**
 * Watches one breaker for all flows of the process that use it. A change is told of by one of them: the one that used it last, or, when
 * nobody would hear of it there, another one.
 */
export class BreakerWatch {
  readonly #breaker: Breaker;
  readonly #handles: readonly Handle[];
  readonly #users = new Set<WeakRef<BreakerUser>>();
  #last: WeakRef<BreakerUser> | undefined;
  #told: BreakerChange | undefined;

  constructor(breaker: object) {
    this.#breaker = breaker;
    const { onStateChange, onBreak, onHalfOpen, onReset } = this.#breaker;
    const tell = (change: BreakerChange) => (): void => this.#changed(change);
    const [closed, open, halfOpen] = STATES as readonly [BreakerChange, BreakerChange, BreakerChange];
    this.#told = stateOf(breaker);
    this.#handles = isSubscribe(onStateChange)
      ? subscribed(breaker, onStateChange, (state) => this.#changed(changeTo(state)))
      : [
          ...subscribed(breaker, onReset, tell(closed)),
          ...subscribed(breaker, onBreak, tell(open)),
          ...subscribed(breaker, onHalfOpen, tell(halfOpen)),
        ];
  }

  /** The state that it has now, or had last; undefined for a breaker that does not say. */
  get state(): BreakerState | undefined {
    return (stateOf(this.#breaker) ?? this.#told)?.state;
  }

  /** A flow uses it, from now on. It is not kept from being collected. */
  add(user: WeakRef<BreakerUser>): void {
    this.#users.add(user);
  }

  /** A flow that uses it calls. */
  usedBy(user: WeakRef<BreakerUser>): void {
    this.#last = user;
  }

  /** A flow has stopped. */
  remove(user: WeakRef<BreakerUser>): void {
    this.#users.delete(user);
    if (this.#last === user) this.#last = undefined;
    this.#endIfUnused();
  }

  #changed(change: BreakerChange | undefined): void {
    if (change === undefined || (change.state === this.#told?.state && change.isolated === this.#told.isolated)) return;
    this.#told = change;
    for (const ref of new Set([...(this.#last === undefined ? [] : [this.#last]), ...this.#users])) {
      const user = ref.deref();
      if (user === undefined) this.#users.delete(ref);
      else if (user.isHeard) {
        user.onChange(this, change);
        break;
      }
    }
    this.#endIfUnused();
  }

  #endIfUnused(): void {
    if (this.#users.size !== 0) return;
    for (const handle of this.#handles) handle?.dispose?.();
    watches().delete(this.#breaker);
  }
}

/** The watches of the breakers in a policy: itself, or what it wraps. */
export function watchesOf(policy: object): readonly BreakerWatch[] {
  return breakersOf(policy, new Set()).map((breaker) => {
    let watch = watches().get(breaker);
    if (watch === undefined) watches().set(breaker, (watch = new BreakerWatch(breaker)));
    return watch;
  });
}

/** One set for all copies of the package. */
function watches(): WeakMap<object, BreakerWatch> {
  const shared = globalThis as unknown as Record<symbol, WeakMap<object, BreakerWatch> | undefined>;
  return (shared[SHARED] ??= new WeakMap());
}

function breakersOf(policy: unknown, seen: Set<unknown>): readonly object[] {
  if (typeof policy !== 'object' || policy === null || seen.has(policy)) return [];
  seen.add(policy);
  const { onStateChange, onBreak, wrapped } = policy as Breaker & { readonly wrapped?: unknown };
  const inside = Array.isArray(wrapped) ? wrapped.flatMap((each) => breakersOf(each, seen)) : [];
  return isSubscribe(onStateChange) || isSubscribe(onBreak) ? [policy, ...inside] : inside;
}

function isSubscribe(value: unknown): value is Subscribe<unknown> {
  return typeof value === 'function';
}

function subscribed(breaker: object, subscribe: unknown, listener: (value: unknown) => void): readonly Handle[] {
  return isSubscribe(subscribe) ? [subscribe.call(breaker, listener)] : [];
}

function stateOf({ state }: Breaker): BreakerChange | undefined {
  return changeTo(state);
}

function changeTo(state: unknown): BreakerChange | undefined {
  return typeof state === 'number' ? STATES[state] : undefined;
}
