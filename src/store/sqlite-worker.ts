import { parentPort, workerData } from 'node:worker_threads';

import { pauseThread } from './sqlite/connection.js';
import { EngineHost } from './sqlite/engine-host.js';
import { sendError, type ThreadAnswer, type ThreadData, type ThreadRequest } from './sqlite/thread-protocol.js';

// What the threads of `sqliteStore` run: one that writes, one that reads.
const { role, settings } = (workerData as ThreadData).penguiflowStore;
const host = new EngineHost(role, settings, pauseThread);

parentPort?.on('message', (request: ThreadRequest) => void answer(request));

async function answer({ id, name, args }: ThreadRequest): Promise<void> {
  let given: ThreadAnswer;
  try {
    const method = host[name] as (...values: readonly unknown[]) => Promise<unknown>;
    given = { id, value: await method.apply(host, [...args]) };
  } catch (error) {
    given = { id, error: sendError(error) };
  }
  parentPort?.postMessage(given);
}
