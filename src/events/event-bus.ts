import type { FlowEvent } from './flow-event.js';
import { FLOW_EVENT_TYPES, type FlowEventType } from './flow-event-type.js';
import type { FlowSubscription } from './flow-listener.js';

/** One bit per event type, so that the runtime asks "does anyone listen?" with a single `&`. */
export const EVENT_BIT: Readonly<Record<FlowEventType, number>> = Object.freeze(
  Object.fromEntries(FLOW_EVENT_TYPES.map((type, index) => [type, 1 << index])) as Record<FlowEventType, number>,
);

/** Told about the first failure of each subscription. */
export type ListenerFailure = (subscription: FlowSubscription, error: unknown, event: FlowEvent) => void;

/**
 * Hands events to subscriptions, in the order in which both were added.
 *
 * A listener is called synchronously and its promise is never awaited. What it throws or rejects with is counted, the
 * first time reported, and goes no further. An event that is published while another is being delivered waits for its
 * turn, so every listener sees the same order.
 */
export class EventBus {
  /** Bits of the types that somebody listens to, here or at the parent. */
  mask = 0;

  readonly #byType = new Map<FlowEventType, readonly FlowSubscription[]>();
  readonly #failures = new Map<FlowSubscription, number>();
  readonly #onFirstFailure: ListenerFailure;
  readonly #waiting: FlowEvent[] = [];
  readonly #parent: EventBus | undefined;
  readonly #children = new Set<EventBus>();
  #delivering = false;

  /** @param parent - the bus of the flow that called this one; its subscriptions see the events of this one as well */
  constructor(onFirstFailure: ListenerFailure, parent?: EventBus) {
    this.#onFirstFailure = onFirstFailure;
    this.#parent = parent;
    if (parent !== undefined) parent.#children.add(this);
    this.#updateMask();
  }

  /**
   * Adds a subscription. One with an `identity` that is attached already is not added again.
   * The returned function takes it off; calling it twice is fine.
   */
  attach(subscription: FlowSubscription): () => void {
    if (subscription.identity !== undefined && this.#holds(subscription.identity)) return () => {};
    for (const type of subscription.types ?? FLOW_EVENT_TYPES) {
      this.#byType.set(type, [...(this.#byType.get(type) ?? []), subscription]);
    }
    this.#updateMask();
    return () => this.#detach(subscription);
  }

  /** Delivers an event; the caller has asked `mask` before building it. */
  publish(event: FlowEvent): void {
    if (this.#delivering) {
      this.#waiting.push(event);
      return;
    }
    this.#delivering = true;
    try {
      this.#deliver(event);
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#deliver(next);
    } finally {
      this.#delivering = false;
    }
  }

  /** Leaves the parent: its flow has stopped with this one. */
  detachFromParent(): void {
    if (this.#parent !== undefined) this.#parent.#children.delete(this);
  }

  /** Whether what is published reaches anybody who keeps it. */
  get hasSink(): boolean {
    return (
      this.#parent?.hasSink === true ||
      [...this.#byType.values()].some((list) => list.some((subscription) => subscription.silent?.() !== true))
    );
  }

  /** Failures per subscription name, for `snapshot()`. */
  failures(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [subscription, count] of this.#failures) {
      counts[subscription.name] = (counts[subscription.name] ?? 0) + count;
    }
    return counts;
  }

  /** Own subscriptions first, then the parent's; one of those that is attached here too has had the event. */
  #deliver(event: FlowEvent): void {
    for (const subscription of this.#subscriptionsTo(event.eventType)) {
      try {
        const pending = subscription.listener(event);
        if (pending !== undefined && typeof pending.then === 'function') {
          pending.then(undefined, (error: unknown) => this.#failed(subscription, error, event));
        }
      } catch (error) {
        this.#failed(subscription, error, event);
      }
    }
  }

  #subscriptionsTo(type: FlowEventType): readonly FlowSubscription[] {
    const own = this.#byType.get(type) ?? [];
    if (this.#parent === undefined) return own;
    const inherited = this.#parent.#subscriptionsTo(type);
    return [...own, ...inherited.filter(({ identity }) => identity === undefined || !this.#holds(identity))];
  }

  #updateMask(): void {
    let mask = this.#parent?.mask ?? 0;
    for (const [type, list] of this.#byType) if (list.length !== 0) mask |= EVENT_BIT[type];
    this.mask = mask;
    for (const child of this.#children) child.#updateMask();
  }

  #failed(subscription: FlowSubscription, error: unknown, event: FlowEvent): void {
    const before = this.#failures.get(subscription) ?? 0;
    this.#failures.set(subscription, before + 1);
    if (before === 0) this.#onFirstFailure(subscription, error, event);
  }

  #holds(identity: unknown): boolean {
    for (const list of this.#byType.values()) if (list.some((other) => other.identity === identity)) return true;
    return false;
  }

  #detach(subscription: FlowSubscription): void {
    for (const [type, list] of this.#byType) {
      const rest = list.filter((other) => other !== subscription);
      if (rest.length === list.length) continue;
      this.#byType.set(type, rest);
    }
    this.#updateMask();
  }
}
