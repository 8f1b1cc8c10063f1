import { parallel, queue, retry, timeout } from 'async';

import { CAPACITY, Item } from '../../dist/bench/contender.js';
import { queueChain } from './queue-chain.mjs';

/** One queue per stage; a result is pushed into the next one. */
const chain = queueChain((stage, push) => {
  const current = queue(async (item) => {
    push(await stage(item));
  }, 1);
  return (item) => void current.push(item);
});

export const contender = {
  name: 'async',
  about:
    'one queue() of concurrency 1 per stage; it has no bound, so all items wait in the first queue; ' +
    'W3: parallel() inside a queue of concurrency 64; W4b: retry() waits for a timer of 0 ms',
  fewer: 4,
  ...chain,
  async fork(count) {
    const half = async (item) => item;
    const items = queue(async (item) => parallel([async () => half(item), async () => half(item)]), CAPACITY);
    for (let n = 0; n < count; n++) void items.push(new Item(n));
    await items.drain();
  },
  policed(stage, on) {
    const attempt = timeout(async (item) => stage(item), 5000);
    return {
      call: (item) => (on ? retry({ times: 4, interval: 0 }, (callback) => attempt(item, callback)) : stage(item)),
      stop() {},
    };
  },
  retrying: (flaky) => ({
    call: (item) => retry({ times: 4, interval: 0 }, async () => flaky(item)),
    stop() {},
  }),
  async spread(slow, count) {
    const items = queue(async (item) => slow(item), 64);
    for (let n = 0; n < count; n++) void items.push(new Item(n));
    await items.drain();
  },
  cannot: { W5: 'a task has one result' },
};
