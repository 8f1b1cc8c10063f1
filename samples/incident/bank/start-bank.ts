import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A bank that runs. */
export interface RunningBank {
  readonly url: string;
  /** Resolves when its process has ended. */
  stop(): Promise<void>;
}

/** Starts the bank in a process of its own, on a free port of the loopback. */
export async function startBank(seed: number): Promise<RunningBank> {
  const child = fork(fileURLToPath(new URL('bank-server.js', import.meta.url)), [String(seed)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const [port] = (await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`The bank ended before it began, with code ${code}.`);
    }),
  ])) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
