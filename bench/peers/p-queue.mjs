import PQueue from 'p-queue';

import { CAPACITY, Item } from '../../dist/bench/contender.js';

export const contender = {
  name: 'p-queue',
  about:
    'one queue of concurrency 1 per stage; onSizeLessThan(64) before each add for throughput; ' +
    'W3: Promise.all of two queues',
  line(stages) {
    const queues = stages.map(() => new PQueue({ concurrency: 1 }));
    return {
      async call(item) {
        let value = item;
        for (const [index, stage] of stages.entries()) {
          const current = value;
          value = await queues[index].add(() => stage(current));
        }
        return value;
      },
      stop() {},
    };
  },
  async pump(stages, count) {
    const queues = stages.map(() => new PQueue({ concurrency: 1 }));
    const send = async (index, item) => {
      if (index === stages.length) return;
      await queues[index].onSizeLessThan(CAPACITY);
      void queues[index].add(async () => {
        const result = await stages[index](item);
        await send(index + 1, result);
      });
    };
    for (let n = 0; n < count; n++) await send(0, new Item(n));
    for (const queue of queues) await queue.onIdle();
  },
  async fork(count) {
    const left = new PQueue({ concurrency: 1 });
    const right = new PQueue({ concurrency: 1 });
    let joined = 0;
    let last;
    for (let n = 0; n < count; n++) {
      const item = new Item(n);
      await left.onSizeLessThan(CAPACITY);
      await right.onSizeLessThan(CAPACITY);
      last = Promise.all([left.add(async () => item), right.add(async () => item)]).then(() => joined++);
    }
    await last;
    if (joined !== count) throw new Error('lost an item');
  },
  async spread(slow, count) {
    const queue = new PQueue({ concurrency: 64 });
    for (let n = 0; n < count; n++) {
      await queue.onSizeLessThan(CAPACITY);
      void queue.add(() => slow(new Item(n)));
    }
    await queue.onIdle();
  },
  cannot: { W4: 'a timeout, but no retries', W5: 'a task has one result' },
};
