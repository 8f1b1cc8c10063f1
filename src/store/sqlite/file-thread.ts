import { StoreThread } from '../thread/store-thread.js';
import type { DriverName } from './database.js';
import type { FileSide, HostSetup } from './engine-host.js';
import { storeError } from './store-error.js';

/** One side of the store in a thread of its own. */
export class FileThread extends StoreThread implements FileSide {
  /** @throws FlowError `STORE_WORKER_MISSING` */
  constructor(url: URL, setup: HostSetup) {
    const { file } = setup.settings;
    super(url, {
      store: 'sqliteStore',
      name: setup.role,
      setup,
      ended: (cause) => storeError('STORE_UNAVAILABLE', file, 'its thread has ended', cause),
    });
  }

  async load(wanted: DriverName | 'auto'): Promise<DriverName> {
    return (await this.ask('load', [wanted])) as DriverName;
  }

  async start(): Promise<void> {
    await this.ask('start', []);
  }
}
