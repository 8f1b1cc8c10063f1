import { BroadcastChannel } from 'node:worker_threads';

import { serveCarrier } from '#src/distributed/sqlite/engine/serve-carrier.js';
import { loadDriver } from '#src/store/sqlite/drivers.js';
import type { Driver, SqlStatement } from '#src/store/sqlite/database.js';

import { STATEMENTS } from './statements.js';

/** What may be done to the thread of a carrier. */
export type Fault = 'exit' | 'full' | 'room' | SharedArrayBuffer;

const STORES = /^insert into (?:message|payload|record|document|dead)\b/;

// The thread of a carrier to which happens what happens to processes and disks. Whoever imports it has named its channel.
const channel = new BroadcastChannel((globalThis as { readonly faultChannel?: string }).faultChannel ?? '');
let isFull = false;
const onmessage = ({ data }: { readonly data: unknown }): void => {
  if (data === 'heard') return;
  if (data === 'exit') process.exit();
  // What is asked of the thread takes another way, and could come first.
  channel.postMessage('heard');
  // Stands still until it is told to go on.
  if (data instanceof SharedArrayBuffer) Atomics.wait(new Int32Array(data), 0, 0);
  else isFull = data === 'full';
};
Object.assign(channel, { onmessage });
(channel as unknown as { unref(): void }).unref();
const statements = new BroadcastChannel(STATEMENTS);
(statements as unknown as { unref(): void }).unref();
const told = new Set<string>();

serveCarrier((...args) => filledUp(loadDriver(...args)));

/** Its disk is full when it is told so. */
function filledUp(driver: Driver): Driver {
  return {
    ...driver,
    open: (file) => {
      const database = driver.open(file);
      const prepare = (sql: string): SqlStatement => {
        const statement = database.prepare(sql);
        if (!told.has(sql)) statements.postMessage(sql);
        told.add(sql);
        if (!STORES.test(sql)) return statement;
        return {
          ...statement,
          run: (...values) => {
            if (isFull) throw Object.assign(new Error('database or disk is full'), { errcode: 13, rawCode: 13 });
            return statement.run(...values);
          },
        };
      };
      return { exec: (sql) => database.exec(sql), prepare, close: () => database.close() };
    },
  };
}
