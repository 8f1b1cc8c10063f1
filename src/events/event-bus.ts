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
  /** Bits of the types that somebody listens to. */
  mask = 0;

  readonly #byType = new Map<FlowEventType, readonly FlowSubscription[]>();
  readonly #failures = new Map<FlowSubscription, number>();
  readonly #onFirstFailure: ListenerFailure;
  readonly #waiting: FlowEvent[] = [];
  #delivering = false;

  constructor(onFirstFailure: ListenerFailure) {
    this.#onFirstFailure = onFirstFailure;
  }

  /**
   * Adds a subscription. One with an `identity` that is attached already (same name, same identity) is not added again.
   * The returned function takes it off; calling it twice is fine.
   */
  attach(subscription: FlowSubscription): () => void {
    if (subscription.identity !== undefined && this.#holds(subscription)) return () => {};
    for (const type of subscription.types ?? FLOW_EVENT_TYPES) {
      this.#byType.set(type, [...(this.#byType.get(type) ?? []), subscription]);
      this.mask |= EVENT_BIT[type];
    }
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

  /** Whether what is published reaches anybody who keeps it. */
  get hasSink(): boolean {
    return [...this.#byType.values()].some((list) => list.some((subscription) => subscription.silent?.() !== true));
  }

  /** Failures per subscription name, for `snapshot()`. */
  failures(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [subscription, count] of this.#failures) {
      counts[subscription.name] = (counts[subscription.name] ?? 0) + count;
    }
    return counts;
  }

  #deliver(event: FlowEvent): void {
    const subscriptions = this.#byType.get(event.eventType);
    if (subscriptions === undefined) return;
    for (const subscription of subscriptions) {
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

  #failed(subscription: FlowSubscription, error: unknown, event: FlowEvent): void {
    const before = this.#failures.get(subscription) ?? 0;
    this.#failures.set(subscription, before + 1);
    if (before === 0) this.#onFirstFailure(subscription, error, event);
  }

  #holds(subscription: FlowSubscription): boolean {
    for (const list of this.#byType.values()) {
      if (list.some((other) => other.identity === subscription.identity && other.name === subscription.name))
        return true;
    }
    return false;
  }

  #detach(subscription: FlowSubscription): void {
    for (const [type, list] of this.#byType) {
      const rest = list.filter((other) => other !== subscription);
      if (rest.length === list.length) continue;
      this.#byType.set(type, rest);
      if (rest.length === 0) this.mask &= ~EVENT_BIT[type];
    }
  }
}
