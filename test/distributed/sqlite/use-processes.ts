import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { sqliteCarrier, type CarrierSession, type QueueState } from '#src/distributed/index.js';
import { SystemClock } from '#src/index.js';

import { PLAN } from './carrier-process.js';

const PROGRAM = fileURLToPath(new URL('carrier-process.js', import.meta.url));

/** A process on a carrier, see `carrier-process.ts`. */
export class CarrierProcess {
  readonly child: ChildProcess;
  readonly said: string[] = [];
  readonly ended: Promise<unknown>;
  #heard = (): void => {};

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.ended = once(this.child, 'close');
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.said.push(line);
      this.#heard();
    });
  }

  /** Waits until it has said something. */
  async says(isIt: (said: readonly string[]) => boolean): Promise<void> {
    while (!isIt(this.said)) {
      const heard = new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
      const isOver = await Promise.race([heard.then(() => false), this.ended.then(() => true)]);
      if (isOver && !isIt(this.said)) throw new Error(`it has ended, and said ${this.said.join(', ')}`);
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** Processes on one file, which are gone after the test. */
export interface Processes {
  readonly file: string;
  start(role: string, ...args: readonly string[]): CarrierProcess;
  /** A session of this process. */
  join(): Promise<CarrierSession>;
}

export function useProcesses(): Processes {
  let folder = '';
  let started: CarrierProcess[] = [];
  let sessions: CarrierSession[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'penguiflow-carrier-'));
  });
  afterEach(async () => {
    await Promise.all(started.map((each) => each.kill()));
    await Promise.all(sessions.map((session) => session.close(0)));
    [started, sessions] = [[], []];
    rmSync(folder, { recursive: true });
  });
  return {
    get file() {
      return join(folder, 'queues.db');
    },
    start(role, ...args) {
      const each = new CarrierProcess([role, this.file, ...args]);
      started.push(each);
      return each;
    },
    async join() {
      const session = await sqliteCarrier({ file: this.file }).open({ flow: PLAN.flow, clock: new SystemClock() });
      sessions.push(session);
      await session.provision(PLAN, 'ensure');
      return session;
    },
  };
}

export async function stateOf(session: CarrierSession, queue: string): Promise<QueueState> {
  const found = (await session.queues()).find((each) => each.queue === queue);
  if (found === undefined) throw new Error(`no queue ${queue}`);
  return found;
}
