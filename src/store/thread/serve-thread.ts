import { parentPort, workerData } from 'node:worker_threads';

import { sendError, type ThreadAnswer, type ThreadData, type ThreadRequest } from './thread-protocol.js';

/** What the file of a thread does: it makes a host and calls its methods, as `StoreThread` asks. */
export function serveThread<Setup>(makeHost: (setup: Setup) => object): void {
  const host = makeHost((workerData as ThreadData<Setup>).penguiflowStore);
  parentPort?.on('message', (request: ThreadRequest) => void answer(host, request));
}

async function answer(host: object, { id, name, args }: ThreadRequest): Promise<void> {
  let given: ThreadAnswer;
  try {
    const method = (host as Record<string, unknown>)[name] as (...values: readonly unknown[]) => Promise<unknown>;
    given = { id, value: await method.apply(host, [...args]) };
  } catch (error) {
    given = { id, error: sendError(error) };
  }
  parentPort?.postMessage(given);
}
