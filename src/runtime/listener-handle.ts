import { invalidOption } from '../errors/option-error.js';
import { FLOW_EVENT_TYPES, type FlowEventType } from '../events/flow-event-type.js';
import type { ListenerHandle } from './penguiflow.js';

/** One handle for what was attached together. */
export function listenerHandle(detachers: readonly (() => void)[]): ListenerHandle {
  const dispose = (): void => {
    for (const detach of detachers) detach();
  };
  return { dispose, [Symbol.dispose]: dispose };
}

/** @throws FlowError `INVALID_OPTION` */
export function checkListener(eventType: unknown, listener: unknown): void {
  if (eventType !== '*' && !FLOW_EVENT_TYPES.includes(eventType as FlowEventType)) {
    throw invalidOption('eventType', 'on()', `one of ${FLOW_EVENT_TYPES.join(', ')} or '*'`, eventType);
  }
  if (typeof listener !== 'function') throw invalidOption('listener', 'on()', 'a function', listener);
}
