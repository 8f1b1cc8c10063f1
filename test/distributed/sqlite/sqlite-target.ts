import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { BroadcastChannel } from 'node:worker_threads';

import type { CarrierTarget, TestedEngine } from '#src/distributed/conformance/index.js';
import { sqliteCarrier, type CarrierSession, type SqliteCarrierOptions } from '#src/distributed/index.js';
import { SystemClock } from '#src/index.js';

import type { Fault } from './faulty-worker.js';

const WORKER = new URL('faulty-worker.js', import.meta.url);

/** `sqliteCarrier` with files, in real time. Each session has a carrier, and so a thread and a connection, of its own, as a process has. */
export function sqliteTarget(driver?: SqliteCarrierOptions['driver']): CarrierTarget {
  return {
    name: 'sqliteCarrier',
    faults: ['kill', 'freeze', 'down', 'full'],
    create: () => sqliteEngine(driver),
  };
}

export const SQLITE_TARGET = sqliteTarget();

/** The same with all sessions in one process: one thread for all of them. */
export const SHARED_SQLITE_TARGET: CarrierTarget = {
  name: 'sqliteCarrier in one process',
  faults: [],
  create: sharedEngine,
};

let channels = 0;

function sharedEngine(): TestedEngine {
  const folder = mkdtempSync(join(tmpdir(), 'penguiflow-carrier-'));
  const carrier = sqliteCarrier({ file: join(folder, 'queues.db') });
  const sessions: CarrierSession[] = [];
  return {
    carrier: {
      name: carrier.name,
      async open(options) {
        const session = await carrier.open(options);
        sessions.push(session);
        return session;
      },
    },
    clock: new SystemClock(),
    pass: (ms) => setTimeout(ms),
    async destroy() {
      await Promise.all(sessions.map((session) => session.close(0)));
      rmSync(folder, { recursive: true });
    },
  };
}

/** One file, with a folder of its own. */
function sqliteEngine(driver: SqliteCarrierOptions['driver'] = 'auto'): TestedEngine {
  const folder = mkdtempSync(join(tmpdir(), 'penguiflow-carrier-'));
  const file = join(folder, 'queues.db');
  const faults = new Map<CarrierSession, BroadcastChannel>();
  const frozen = new Map<CarrierSession, Int32Array>();
  const killed = new Set<CarrierSession>();
  /** Until the thread has heard it, which the thread of a closed session never does. */
  const tell = async (session: CarrierSession, fault: Fault): Promise<void> => {
    const channel = faults.get(session)!;
    const heard = new Promise((resolve) => {
      Object.assign(channel, { onmessage: resolve });
    });
    channel.postMessage(fault);
    if (!killed.has(session) && !frozen.has(session)) await Promise.race([heard, setTimeout(500)]);
  };

  const kill = async (session: CarrierSession): Promise<void> => {
    killed.add(session);
    void tell(session, 'exit');
    // As the end of a process, it is at once.
    await setTimeout(20);
  };
  const thaw = (session: CarrierSession): void => {
    const cell = frozen.get(session);
    if (cell === undefined) return;
    Atomics.store(cell, 0, 1);
    Atomics.notify(cell, 0);
    frozen.delete(session);
  };
  return {
    carrier: {
      name: 'sqlite',
      async open(options) {
        channels += 1;
        const name = `penguiflow-test-${channels}`;
        const carrier = sqliteCarrier({ file, driver, worker: faultyWorker(name) });
        const session = await carrier.open(options);
        faults.set(session, new BroadcastChannel(name));
        return session;
      },
    },
    clock: new SystemClock(),
    pass: (ms) => setTimeout(ms),
    kill,
    async freeze(session) {
      const cell = new Int32Array(new SharedArrayBuffer(4));
      await tell(session, cell.buffer as SharedArrayBuffer);
      frozen.set(session, cell);
    },
    thaw,
    async become(state) {
      const [from, to] = state === 'down' ? ['', '.away'] : ['.away', ''];
      if (state !== 'full') {
        for (const suffix of ['', '-wal', '-shm']) rename(file + suffix + from, file + suffix + to);
      }
      await Promise.all([...faults.keys()].map((session) => tell(session, state === 'full' ? 'full' : 'room')));
    },
    async destroy() {
      for (const session of frozen.keys()) thaw(session);
      await Promise.all(
        [...faults.keys()].filter((session) => !killed.has(session)).map((session) => session.close(0)),
      );
      for (const channel of faults.values()) channel.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A thread has no address of its own, as its file is that of all: so the name of its channel is in what it runs. */
function faultyWorker(channel: string): URL {
  const code = `globalThis.faultChannel = ${JSON.stringify(channel)}; await import(${JSON.stringify(WORKER.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // It is not there.
  }
}
