import moleculer from 'moleculer';

import { CAPACITY, Item } from '../../dist/bench/contender.js';

async function brokerOf(stages, options = {}) {
  const broker = new moleculer.ServiceBroker({ logger: false, requestTimeout: 5000, ...options });
  broker.createService({
    name: 'chain',
    actions: Object.fromEntries(
      stages.map((stage, index) => [
        `step${index}`,
        index === stages.length - 1
          ? (ctx) => stage(ctx.params)
          : async (ctx) => ctx.call(`chain.step${index + 1}`, await stage(ctx.params)),
      ]),
    ),
  });
  await broker.start();
  return broker;
}

/** No queues between actions: so many calls at once instead. */
async function callAll(broker, count, atOnce) {
  let next = 0;
  const caller = async () => {
    while (next < count) await broker.call('chain.step0', new Item(next++));
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
}

export const contender = {
  name: 'moleculer',
  about: 'one action per stage that calls the next, request timeout on; no queues, so 64 calls at once for throughput',
  fewer: 2,
  async line(stages) {
    const broker = await brokerOf(stages);
    return { call: (item) => broker.call('chain.step0', item), stop: () => broker.stop() };
  },
  async pump(stages, count) {
    const broker = await brokerOf(stages);
    await callAll(broker, count, CAPACITY);
    await broker.stop();
  },
  async spread(slow, count) {
    const broker = await brokerOf([slow], { bulkhead: { enabled: true, concurrency: 64, maxQueueSize: 100 } });
    await callAll(broker, count, 64);
    await broker.stop();
  },
  cannot: { W4: 'its retry policy waits at least one timer tick before the next attempt' },
};
