import type { LifecycleParticipant } from '../runtime/flow-parts.js';

/** The lifecycle hooks of an object under a name, or undefined when it has none. */
export function lifecycleOf(name: string, service: object): LifecycleParticipant | undefined {
  const { onFlowStart, onFlowStop } = service as Partial<LifecycleParticipant>;
  if (typeof onFlowStart !== 'function' && typeof onFlowStop !== 'function') return undefined;
  return Object.freeze({
    name,
    ...(typeof onFlowStart === 'function' ? { onFlowStart: () => onFlowStart.call(service) } : undefined),
    ...(typeof onFlowStop === 'function' ? { onFlowStop: () => onFlowStop.call(service) } : undefined),
  });
}
