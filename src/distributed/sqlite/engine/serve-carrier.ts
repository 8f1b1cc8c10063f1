import { parentPort, workerData } from 'node:worker_threads';

import { loadDriver } from '../../../store/sqlite/drivers.js';
import type { Driver } from '../../../store/sqlite/database.js';
import { sendError } from '../../../store/thread/thread-protocol.js';
import { isCorrupt } from '../../../store/sqlite/store-error.js';
import { resultCode } from '../../../store/sqlite/database.js';
import type { Report, Request, ThreadSetup } from '../thread-protocol.js';
import { CarrierFile, fileError } from './carrier-file.js';
import { Engine } from './engine.js';

/** What the file of the thread does: it opens the file, and works for the sessions of the process. */
export function serveCarrier(load: typeof loadDriver = loadDriver): void {
  const {
    file: name,
    driver: wanted,
    namespace,
  } = (workerData as { readonly penguiflowCarrier: ThreadSetup }).penguiflowCarrier;
  const say = (reports: readonly Report[]): void => parentPort?.postMessage(reports);
  let driver: Driver;
  const file = ((): CarrierFile | undefined => {
    try {
      driver = load(wanted);
      const opened = new CarrierFile(driver, name);
      opened.open();
      return opened;
    } catch (error) {
      say([{ kind: 'failed', error: sendError(inOurWords(error, name)) }]);
      return undefined;
    }
  })();
  if (file === undefined) return;
  const engine = new Engine(file, namespace, say);
  say([{ kind: 'ready', driver: driver!.name }]);
  parentPort?.on('message', (requests: readonly Request[] | 'end') => {
    if (requests !== 'end') return engine.receive(requests);
    engine.dispose();
    parentPort?.close();
  });
}

function inOurWords(error: unknown, file: string): unknown {
  if (isCorrupt(error))
    return fileError('STORE_CORRUPT', file, 'it is damaged', error, 'Bring back a copy of it, or name another file.');
  if (resultCode(error) === undefined) return error;
  return fileError('STORE_UNAVAILABLE', file, error instanceof Error ? error.message : String(error), error);
}
