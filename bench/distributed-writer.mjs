// One of the processes of `bench/distributed.mjs` that write into one file: it puts messages for as long as it is told, and says how long each took to be stored.
import { SystemClock } from '../lib/index.js';
import { sqliteCarrier } from '../lib/distributed/index.js';

const [file, name, ms] = process.argv.slice(2);
const AT_A_TIME = 16;
const BODY = 'x'.repeat(1_000);

const session = await sqliteCarrier({ file }).open({ flow: 'Bench', clock: new SystemClock() });
// Its thread knows the queues from here on.
await session.queues();
process.send('ready');
await new Promise((resolve) => {
  process.once('message', resolve);
});

const tookMs = [];
const endMs = performance.now() + Number(ms);
await Promise.all(Array.from({ length: AT_A_TIME }, (_, lane) => putting(lane)));
await session.close(1_000);
process.send(tookMs, () => process.disconnect());

async function putting(lane) {
  for (let count = 0; performance.now() < endMs; count += 1) {
    const startedMs = performance.now();
    const message = { id: `${name}-${lane}-${count}`, queue: 'first', head: '{}', body: BODY };
    const error = await new Promise((resolve) => {
      session.put(message, resolve);
    });
    if (error !== undefined) throw error;
    tookMs.push(performance.now() - startedMs);
  }
}
