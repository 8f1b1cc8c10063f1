import fastq from 'fastq';

import { Item } from '../../dist/bench/contender.js';
import { queueChain } from './queue-chain.mjs';

/** One queue per stage; a result is pushed into the next one. */
const chain = queueChain((stage, push) => {
  const queue = fastq.promise((item) => stage(item).then(push), 1);
  return (item) => void queue.push(item);
});

export const contender = {
  name: 'fastq',
  about:
    'one promise queue per stage; it has no bound and no backpressure, so all items wait in the first queue; ' +
    'W3: Promise.all of two queues',
  ...chain,
  async fork(count) {
    const left = fastq.promise(async (item) => item, 1);
    const right = fastq.promise(async (item) => item, 1);
    const joined = [];
    for (let n = 0; n < count; n++) {
      const item = new Item(n);
      joined.push(Promise.all([left.push(item), right.push(item)]));
    }
    await Promise.all(joined);
  },
  async spread(slow, count) {
    const queue = fastq.promise(slow, 64);
    for (let n = 0; n < count; n++) void queue.push(new Item(n));
    await queue.drained();
  },
  cannot: { W4: 'no retries', W5: 'a task has one result' },
};
