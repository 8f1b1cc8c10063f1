import { isThenable } from '../message/is-thenable.js';
import type { FlowEvent } from './flow-event.js';
import { FLOW_EVENT_TYPES, type FlowEventType } from './flow-event-type.js';
import type { FlowSubscription } from './flow-listener.js';

/** The place of each event type in the list of types. */
export const EVENT_INDEX: Readonly<Record<FlowEventType, number>> = byType((index) => index);

/** One bit per event type, so that the runtime asks "does anyone listen?" with a single `&`. */
export const EVENT_BIT: Readonly<Record<FlowEventType, number>> = byType((index) => 1 << index);

/** Told about the first failure of each subscription. */
export type ListenerFailure = (subscription: FlowSubscription, error: unknown, event: FlowEvent) => void;

/** A subscription on a bus, and what ends its calls about changes of its interest. */
interface Attached {
  readonly subscription: FlowSubscription;
  unwatch?: (() => void) | undefined;
}

/**
 * Hands events to subscriptions, in the order in which both were added.
 *
 * A listener is called synchronously and its promise is never awaited. What it throws or rejects with is counted, the
 * first time reported, and goes no further. An event that is published while another is being delivered waits for its
 * turn, so every listener sees the same order.
 */
export class EventBus {
  /** Bits of the types that somebody wants now, here or at the parent. */
  mask = 0;

  #attached: readonly Attached[] = [];
  /** Who gets the events of each type, by its place in the list of types: own subscriptions, then the parent's. */
  readonly #listeners: (readonly FlowSubscription[])[] = FLOW_EVENT_TYPES.map(() => []);
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
    this.#refresh();
  }

  /**
   * Adds a subscription. One with an `identity` that is attached already is not added again.
   * The returned function takes it off; calling it twice is fine.
   */
  attach(subscription: FlowSubscription): () => void {
    if (this.#holds(subscription.identity)) return () => {};
    const attached: Attached = { subscription };
    this.#attached = [...this.#attached, attached];
    attached.unwatch = this.#watch(subscription);
    this.#refresh();
    return () => this.#detach(attached);
  }

  /**
   * Delivers an event; the caller has asked `mask` before building it.
   *
   * @param index - that of its type, where the caller has it at hand
   */
  publish(event: FlowEvent, index: number = EVENT_INDEX[event.eventType]): void {
    if (this.#delivering) {
      this.#waiting.push(event);
      return;
    }
    this.#delivering = true;
    try {
      this.#deliver(event, index);
      if (this.#waiting.length !== 0) this.#deliverWaiting();
    } finally {
      this.#delivering = false;
    }
  }

  /** Has every own subscription write what it heard: who, and when it has; one that fails is its own affair. */
  flushes(): readonly { readonly name: string; readonly done: Promise<void> }[] {
    return this.#attached.map(({ subscription }) => ({ name: subscription.name, done: flushed(subscription) }));
  }

  /** The flow has stopped: leaves the parent, and no change of interest is of interest any more. */
  close(): void {
    if (this.#parent !== undefined) this.#parent.#children.delete(this);
    for (const attached of this.#attached) attached.unwatch?.();
  }

  /** Whether what is published reaches anybody who keeps it. */
  get hasSink(): boolean {
    return (
      this.#parent?.hasSink === true || this.#attached.some(({ subscription }) => subscription.silent?.() !== true)
    );
  }

  /** Failures per subscription name, for `snapshot()`. */
  failures(): Record<string, number> {
    // A listener may be named like something that every object has.
    const counts = new Map<string, number>();
    for (const [{ name }, count] of this.#failures) counts.set(name, (counts.get(name) ?? 0) + count);
    return Object.fromEntries(counts);
  }

  #deliverWaiting(): void {
    // More may come while these are delivered.
    for (let at = 0; at < this.#waiting.length; at++) {
      const event = this.#waiting[at] as FlowEvent;
      this.#deliver(event, EVENT_INDEX[event.eventType]);
    }
    this.#waiting.length = 0;
  }

  #deliver(event: FlowEvent, index: number): void {
    const listeners = this.#listeners[index] as readonly FlowSubscription[];
    // By number: an iterator costs as much as the rest of the delivery to one listener.
    for (let at = 0; at < listeners.length; at++) {
      const subscription = listeners[at] as FlowSubscription;
      try {
        const pending = subscription.listener(event);
        if (pending !== undefined && isThenable(pending)) this.#watchOver(pending, subscription, event);
      } catch (error) {
        this.#failed(subscription, error, event);
      }
    }
  }

  /** Apart from the loop above, which would make room for these variables on each turn of it. */
  #watchOver(pending: PromiseLike<unknown>, subscription: FlowSubscription, event: FlowEvent): void {
    pending.then(undefined, (error: unknown) => this.#failed(subscription, error, event));
  }

  /** Works out anew who gets what, here and at the children, after a change of subscriptions or of their interest. */
  #refresh(): void {
    let mask = 0;
    for (const [index, type] of FLOW_EVENT_TYPES.entries()) {
      const own = this.#attached.map(({ subscription }) => subscription).filter((each) => isWanted(each, type));
      const inherited = this.#parent === undefined ? [] : (this.#parent.#listeners[index] ?? []);
      // A subscription of the parent that is attached here too has had the event.
      const listeners = [...own, ...inherited.filter(({ identity }) => !this.#holds(identity))];
      this.#listeners[index] = listeners;
      if (listeners.length !== 0) mask |= EVENT_BIT[type];
    }
    this.mask = mask;
    for (const child of this.#children) child.#refresh();
  }

  /** Keeps this bus out of what the subscription keeps: a flow that was dropped without `stop` can be collected. */
  #watch(subscription: FlowSubscription): (() => void) | undefined {
    const self = new WeakRef(this);
    const unwatch = subscription.onInterestChange?.(() => {
      const bus = self.deref();
      if (bus === undefined) unwatch?.();
      else bus.#refresh();
    });
    return unwatch;
  }

  #failed(subscription: FlowSubscription, error: unknown, event: FlowEvent): void {
    const before = this.#failures.get(subscription) ?? 0;
    this.#failures.set(subscription, before + 1);
    if (before === 0) this.#onFirstFailure(subscription, error, event);
  }

  #holds(identity: unknown): boolean {
    return identity !== undefined && this.#attached.some(({ subscription }) => subscription.identity === identity);
  }

  #detach(attached: Attached): void {
    if (!this.#attached.includes(attached)) return;
    attached.unwatch?.();
    this.#attached = this.#attached.filter((other) => other !== attached);
    this.#refresh();
  }
}

function byType(value: (index: number) => number): Readonly<Record<FlowEventType, number>> {
  const entries = FLOW_EVENT_TYPES.map((type, index) => [type, value(index)]);
  return Object.freeze(Object.fromEntries(entries) as Record<FlowEventType, number>);
}

async function flushed(subscription: FlowSubscription): Promise<void> {
  try {
    await subscription.flush?.();
  } catch {
    // Its own affair.
  }
}

/** One that cannot say what it wants gets everything. */
function isWanted({ types, wants }: FlowSubscription, type: FlowEventType): boolean {
  if (types !== undefined && !types.includes(type)) return false;
  try {
    return wants === undefined || wants(type);
  } catch {
    return true;
  }
}
