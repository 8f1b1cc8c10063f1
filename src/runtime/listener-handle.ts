import { invalidOption } from '../errors/option-error.js';
import { FLOW_EVENT_TYPES, type FlowEventType } from '../events/flow-event-type.js';
import type { FlowListener, FlowSubscription } from '../events/flow-listener.js';
import type { ListenerHandle } from './penguiflow.js';

/** One handle for what was attached together. */
export function listenerHandle(detachers: readonly (() => void)[]): ListenerHandle {
  const dispose = (): void => {
    for (const detach of detachers) detach();
  };
  return { dispose, [Symbol.dispose]: dispose };
}

/**
 * What `flow.on` attaches.
 * @throws FlowError `INVALID_OPTION`
 */
export function subscriptionTo(eventType: FlowEventType | '*', listener: FlowListener): FlowSubscription {
  if (eventType !== '*' && !FLOW_EVENT_TYPES.includes(eventType)) {
    throw invalidOption('eventType', 'on()', `one of ${FLOW_EVENT_TYPES.join(', ')} or '*'`, eventType);
  }
  if (typeof listener !== 'function') throw invalidOption('listener', 'on()', 'a function', listener);
  const types = eventType === '*' ? undefined : [eventType];
  return { name: listener.name || `on(${eventType})`, types, listener };
}
