import { FlowError } from '../../index.js';
import { invalidStoreOption } from '../store-options.js';

/** Stores that have threads, and what the package exports for them. */
const FILES = { sqliteStore: 'sqlite-worker', postgresStore: 'postgres-worker' } as const;

export type StoreName = keyof typeof FILES;

/**
 * The file that the threads of a store run, as the option says, or beside the module that asks.
 * @returns undefined where the code was bundled into what has no place of its own
 * @throws FlowError `INVALID_OPTION`
 */
export function workerFile(
  store: StoreName,
  worker: URL | 'inline' | undefined,
  { url }: { readonly url?: string | undefined },
): URL | 'inline' | undefined {
  if (worker === undefined) return url === undefined ? undefined : new URL(`./${FILES[store]}.js`, url);
  if (worker === 'inline' || worker instanceof URL) return worker;
  throw invalidStoreOption('worker', store, "a URL or 'inline'", worker);
}

/** The error for a file of the package that is not there. */
export function workerMissing(
  store: StoreName,
  where = 'the code was bundled, and does not know where it is',
): FlowError {
  const file = FILES[store];
  return new FlowError('STORE_WORKER_MISSING', {
    message: `The file for the threads of \`${store}\` is not there: ${where}`,
    metadata: { worker: where },
    hint: `Make \`penguiflow/store/${file}\` an entry of the bundler and pass what comes of it: \`worker: new URL("./${file}.js", import.meta.url)\`; or do without threads: \`worker: "inline"\`.`,
  });
}
