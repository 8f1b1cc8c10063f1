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
  { runQueue, wheel }: FlowCore,
  sleeps: Set<(error: FlowError) => void>,
  delayS: number,
): Promise<void> {
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

/** What is wrong with the argument of `ctx.sleep`, if anything is. */
export function checkDelay(delayS: number, nodeName: string): FlowError | undefined {
  if (typeof delayS === 'number' && delayS >= 0) return undefined;
  return invalidOption('delayS', `sleep() of node "${nodeName}"`, '>= 0', delayS);
}
