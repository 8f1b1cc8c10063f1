import { EVENT_BIT } from '../../events/event-bus.js';
import type { BreakerState, Dependency } from '../../ports/dependency.js';
import type { DependencyUses, FlowCore } from '../core/flow-core.js';
import type { PlaceEvents } from '../core/place-events.js';
import type { DependencySnapshot } from './dependency-snapshot.js';
import { watchesOf, type BreakerChange, type BreakerUser, type BreakerWatch } from './breaker-watch.js';

/** Whoever makes a new one for each call must not fill the memory: of these many the state is known, and told. */
const MOST_DEPENDENCIES = 100;

const NO_RUN = Object.freeze({ traceId: null, tenant: null, runId: null });

/** The dependencies that the nodes of one flow have called so far, and the breakers among them. */
export class FlowDependencies implements DependencyUses, BreakerUser {
  readonly #core: () => FlowCore;
  readonly #events: () => PlaceEvents;
  readonly #used = new Map<Dependency<unknown>, readonly BreakerWatch[]>();
  /** The name under which each breaker was used last. */
  readonly #names = new Map<BreakerWatch, string>();
  readonly #self = new WeakRef<BreakerUser>(this);

  /** @param events - those of the flow as a whole */
  constructor(core: () => FlowCore, events: () => PlaceEvents) {
    this.#core = core;
    this.#events = events;
  }

  use(to: Dependency<unknown>): void {
    const watches = this.#used.get(to) ?? this.#add(to);
    for (const watch of watches) {
      this.#names.set(watch, to.name);
      watch.usedBy(this.#self);
    }
  }

  close(): void {
    for (const watch of this.#names.keys()) watch.remove(this.#self);
    this.#names.clear();
    this.#used.clear();
  }

  get isHeard(): boolean {
    return (this.#core().bus.mask & EVENT_BIT.dependency_state) !== 0;
  }

  onChange(watch: BreakerWatch, { state, isolated }: BreakerChange): void {
    const { runQueue } = this.#core();
    const extra = { dependency: this.#names.get(watch), state, ...(isolated ? { isolated } : undefined) };
    runQueue.enter();
    try {
      this.#events().publishApart('dependency_state', NO_RUN, { extra });
    } finally {
      runQueue.leave();
    }
  }

  snapshot(): readonly DependencySnapshot[] {
    const states = new Map<string, BreakerState | null>();
    for (const [{ name }, watches] of this.#used) {
      for (const state of [null, ...watches.map((watch) => watch.state ?? null)])
        if (rank(state) >= rank(states.get(name))) states.set(name, state);
    }
    return [...states].map(([name, breaker]) => ({ name, breaker }));
  }

  #add(to: Dependency<unknown>): readonly BreakerWatch[] {
    if (this.#used.size >= MOST_DEPENDENCIES) return [];
    const watches = to.policy === undefined ? [] : watchesOf(to.policy);
    this.#used.set(to, watches);
    for (const watch of watches) watch.add(this.#self);
    return watches;
  }
}

function rank(state: BreakerState | null | undefined): number {
  return [undefined, null, 'closed', 'half_open', 'open'].indexOf(state);
}
