import { CLOCK, type AnyProvider, type CreateFlowOptions } from '../index.js';
import { ManualClock } from './manual-clock.js';

/** The clock that a flow with these options has, if it is one that is moved by hand. */
export function manualClockOf(options: CreateFlowOptions<readonly AnyProvider[]>): ManualClock | undefined {
  const clock = boundClock(options);
  return clock instanceof ManualClock ? clock : undefined;
}

function boundClock({ providers = [], container, resolver }: CreateFlowOptions<readonly AnyProvider[]>): unknown {
  const bound = providers.findLast(({ token }) => token === CLOCK);
  if (bound !== undefined) return 'useValue' in bound ? bound.useValue : undefined;
  if (container?.isRegistered(CLOCK, true) === true) return container.resolve(CLOCK);
  return resolver?.has?.(CLOCK) === true ? resolver.resolve(CLOCK) : undefined;
}
