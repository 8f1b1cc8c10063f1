import type { FlowEvent } from './flow-event.js';
import type { FlowEventType } from './flow-event-type.js';

/** A function that observes events. What it returns, throws or rejects with does not reach the run. */
export type FlowListener = (event: FlowEvent) => void | Promise<void>;

/**
 * What the event bus knows of a middleware: which types it listens to, and the function.
 * Decorated middleware classes are turned into this at assembly.
 */
export interface FlowSubscription {
  /** For the log line when it fails. */
  readonly name: string;
  /** The types it wants; all when left out. */
  readonly types?: readonly FlowEventType[] | undefined;
  readonly listener: FlowListener;
  /**
   * Whether it wants events of a type now; one that nobody wants is not built. Asked when the subscription is attached
   * and whenever `onInterestChange` calls back, never per event. @defaultValue all of `types`, always
   */
  readonly wants?: ((type: FlowEventType) => boolean) | undefined;
  /** Takes what to call when the answers of `wants` have changed; returns what ends that. */
  readonly onInterestChange?: ((changed: () => void) => () => void) | undefined;
  /**
   * Two subscriptions with the same identity deliver once: the second is not attached.
   * `FlowLogger` uses its destination, so that two of them never double a line.
   */
  readonly identity?: unknown;
  /** Says that what it hears goes nowhere (a logger without a destination); such a flow has no sink. */
  readonly silent?: () => boolean;
  /** Resolves when what it heard is where it goes; `stop()` waits for it, half a minute at most. */
  readonly flush?: (() => Promise<void>) | undefined;
}
