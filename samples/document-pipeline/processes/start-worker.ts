import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A worker that gets no document is killed after this. */
const LATEST_MS = 2_000;

/** What a worker is told when it starts. */
export interface WorkerFacts {
  readonly name: string;
  readonly group: string;
  /** The SQLite file with the queues. */
  readonly file: string;
  /** The folder of the documents. */
  readonly folder: string;
  /** The folder of the results. */
  readonly results: string;
}

/** What a worker tells: that it serves, or that a message has come to it which another one had begun. */
export type WorkerWord = 'serves' | 'again';

/** A process that serves a group of the pipeline. */
export interface RunningWorker {
  readonly name: string;
  readonly group: string;
  readonly pid: number;
  /** Ends it with SIGKILL, in the middle of its next document if there is one. */
  kill(): Promise<void>;
  /** Has it hand back what it has not begun, and end the rest. */
  stop(): Promise<void>;
}

/** Starts a worker; resolves when it serves. */
export async function startWorker(facts: WorkerFacts, onAgain: () => void): Promise<RunningWorker> {
  const child = fork(fileURLToPath(new URL('worker.js', import.meta.url)), [JSON.stringify(facts)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  child.on('message', (word: WorkerWord) => {
    if (word === 'again') onAgain();
  });
  await Promise.race([
    serves(child),
    ended.then(([code]) => {
      throw new Error(`Worker ${facts.name} ended before it began, with code ${code}.`);
    }),
  ]);
  const { name, group } = facts;
  return {
    name,
    group,
    pid: child.pid as number,
    async kill() {
      // From here a signal would come before a document, or after it.
      child.send('die');
      const timer = setTimeout(() => child.kill('SIGKILL'), LATEST_MS);
      await ended;
      clearTimeout(timer);
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function serves(child: ChildProcess): Promise<void> {
  for (;;) if ((await once(child, 'message'))[0] === 'serves') return;
}
