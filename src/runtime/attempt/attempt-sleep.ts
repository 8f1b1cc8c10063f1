import type { FlowError } from '../../errors/flow-error.js';
import { invalidOption } from '../../errors/option-error.js';
import { WheelEntry } from '../../scheduling/timer-wheel.js';
import type { FlowCore } from '../core/flow-core.js';

/**
 * Resolves after some time.
 *
 * @param sleeps - those of the attempt that are not over: how to end each with an error
 */
export function sleep(
  { core, name }: { readonly core: FlowCore; readonly name: string },
  sleeps: Set<(error: FlowError) => void>,
  delayS: number,
): Promise<void> {
  const { runQueue, wheel } = core;
  if (!(typeof delayS === 'number' && delayS >= 0))
    return Promise.reject(invalidOption('delayS', `sleep() of node "${name}"`, '>= 0', delayS));
  return new Promise((resolve, reject) => {
    const end = (error: FlowError): void => {
      wheel.cancel(entry);
      reject(error);
    };
    const entry = new WheelEntry(() => {
      sleeps.delete(end);
      runQueue.tick();
      resolve();
    }, true);
    sleeps.add(end);
    wheel.schedule(entry, delayS * 1000);
  });
}
