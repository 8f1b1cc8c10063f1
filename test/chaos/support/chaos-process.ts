import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { loadDriver } from '#src/store/sqlite/drivers.js';
import { setTimeout } from 'node:timers/promises';

import type { SenderFacts } from './sender.js';
import type { WorkerFacts } from './worker.js';

const DRIVER = loadDriver('auto');

/** A worker or a sender. */
export class ChaosProcess {
  readonly child: ChildProcess;
  /** What it has told, as lines. */
  readonly said: string[] = [];
  /** What it has logged: warnings and errors. */
  logged = '';
  readonly ended: Promise<unknown>;
  readonly facts: WorkerFacts | SenderFacts;
  #heard = (): void => {};

  constructor(program: 'worker' | 'sender', facts: WorkerFacts | SenderFacts) {
    this.facts = facts;
    this.child = fork(fileURLToPath(new URL(`${program}.js`, import.meta.url)), [JSON.stringify(facts)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.ended = once(this.child, 'exit');
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.logged += text;
    });
    this.child.on('message', (line: string) => {
      this.said.push(line);
      this.#heard();
    });
  }

  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** What it said last of one thing: `heap` of `heap 4711`. */
  last(word: string): readonly string[] | undefined {
    return this.said
      .findLast((line) => line.startsWith(word))
      ?.slice(word.length)
      .trim()
      .split(' ');
  }

  /** Waits until it has said something. */
  async says(isIt: string | ((said: readonly string[]) => boolean)): Promise<void> {
    const hasSaid = typeof isIt === 'string' ? () => this.last(isIt) !== undefined : () => isIt(this.said);
    while (!hasSaid()) {
      const heard = new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
      const isOver = await Promise.race([heard.then(() => false), this.ended.then(() => true)]);
      if (isOver && !hasSaid())
        throw new Error(`it has ended, said ${this.said.join(', ')}, and logged ${this.logged}`);
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    if (!this.isOver) await this.ended;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    if (!this.isOver) await this.ended;
  }

  /** Stands still, but not in the middle of a transaction: there it would keep the file from all others. */
  async freeze(): Promise<void> {
    for (;;) {
      this.child.kill('SIGSTOP');
      if (isFree(this.facts.carrier.file)) return;
      this.child.kill('SIGCONT');
      await setTimeout(20);
    }
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }
}

/** Whether somebody else may write. */
function isFree(file: string): boolean {
  const database = DRIVER.open(file);
  try {
    database.exec('pragma busy_timeout = 1000');
    database.exec('begin immediate');
    database.exec('rollback');
    return true;
  } catch {
    return false;
  } finally {
    database.close();
  }
}
