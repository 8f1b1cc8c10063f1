import type { DriverName } from './database.js';
import { storeError } from './store-error.js';

/** A file that is open in this process. */
interface Registered {
  readonly driver: DriverName;
  stores: number;
}

const REGISTRY: unique symbol = Symbol.for('penguiflow:sqlite-drivers') as never;

/** Those of all copies of the package in this process, by the one name of the file. */
function registry(): Map<string, Registered> {
  const holder = globalThis as { [REGISTRY]?: Map<string, Registered> };
  return (holder[REGISTRY] ??= new Map());
}

/** The driver that a file is open with. */
export function registeredDriver(file: string): DriverName | undefined {
  return registry().get(file)?.driver;
}

/** Says that a store has the file open, with the driver that it is open with. */
export function registerDriver(file: string, driver: DriverName): void {
  const known = registry().get(file);
  if (known === undefined) registry().set(file, { driver, stores: 1 });
  else known.stores += 1;
}

export function unregisterDriver(file: string): void {
  const known = registry().get(file);
  if (known === undefined) return;
  known.stores -= 1;
  if (known.stores === 0) registry().delete(file);
}

/**
 * SQLite forgets all locks of a process on a file when any copy of it in there closes the file, and one library knows nothing of what another
 * one has open.
 */
export function mixedDrivers(file: string, open: DriverName, wanted: DriverName): Error {
  const why = `it is open in this process with the driver "${open}", and "${wanted}" would break its locks`;
  const hint = `Leave \`driver\` out, or say \`driver: '${open}'\`.`;
  return storeError('STORE_DRIVER_MIXED', file, why, undefined, hint);
}
