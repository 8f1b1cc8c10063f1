import type { FlowEvent, PenguiFlow, ListenerHandle } from '../index.js';

/** The events of a flow from the moment it was made until it is disposed. Made by `recordEvents`. */
export class EventRecording implements Disposable {
  readonly events: FlowEvent[] = [];
  readonly #subscription: ListenerHandle;

  /** @internal Use `recordEvents`. */
  constructor(flow: PenguiFlow) {
    this.#subscription = flow.on('*', (event) => {
      this.events.push(event);
    });
  }

  /** The events of one trace. */
  of(traceId: string): readonly FlowEvent[] {
    return this.events.filter((event) => event.traceId === traceId);
  }

  /** Stops recording; what was recorded stays. */
  dispose(): void {
    this.#subscription.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Records every event of a flow, from now on.
 *
 * @example
 * ```ts
 * using recording = recordEvents(flow);
 * await flow.call(order, { traceId: 'a' });
 * expectNodeSequence(recording.of('a'), ['Price', 'Charge']);
 * ```
 */
export function recordEvents(flow: PenguiFlow): EventRecording {
  return new EventRecording(flow);
}
