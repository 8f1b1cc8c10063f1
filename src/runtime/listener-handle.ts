import type { ListenerHandle } from './penguiflow.js';

/** One handle for what was attached together. */
export function listenerHandle(detachers: readonly (() => void)[]): ListenerHandle {
  const dispose = (): void => {
    for (const detach of detachers) detach();
  };
  return { dispose, [Symbol.dispose]: dispose };
}
