import { parallel, queue, retry, timeout } from 'async';

import { CAPACITY, Item } from '../../dist/bench/contender.js';

function queuesOf(stages, onResult) {
  let next = onResult;
  for (const stage of stages.toReversed()) {
    const push = next;
    const current = queue(async (item) => {
      push(await stage(item));
    }, 1);
    next = (item) => void current.push(item);
  }
  return next;
}

export const contender = {
  name: 'async',
  about:
    'one queue() of concurrency 1 per stage; it has no bound, so all items wait in the first queue; ' +
    'W3: parallel() inside a queue of concurrency 64; W4b: retry() waits for a timer of 0 ms',
  fewer: 4,
  line(stages) {
    let answer;
    const first = queuesOf(stages, (item) => answer(item));
    return {
      call: (item) =>
        new Promise((resolve) => {
          answer = resolve;
          first(item);
        }),
      stop() {},
    };
  },
  pump: (stages, count) =>
    new Promise((resolve) => {
      let arrived = 0;
      const first = queuesOf(stages, () => {
        if (++arrived === count) resolve();
      });
      for (let n = 0; n < count; n++) first(new Item(n));
    }),
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
