import { Readable } from 'node:stream';

import moleculer from 'moleculer';

import { CAPACITY, CHUNKS, Item } from '../../dist/bench/contender.js';

async function brokerWith(actions, options = {}) {
  const broker = new moleculer.ServiceBroker({ logger: false, requestTimeout: 5000, ...options });
  broker.createService({ name: 'bench', actions });
  await broker.start();
  return broker;
}

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

/** It tries again what it takes for retryable; `check` says that everything is. */
const RETRIES = { enabled: true, retries: 3, delay: 0, check: () => true };

/** No queues between actions: so many calls at once instead. */
async function callAll(broker, count, atOnce, action = 'chain.step0') {
  let next = 0;
  const caller = async () => {
    while (next < count) await broker.call(action, new Item(next++));
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
}

export const contender = {
  name: 'moleculer',
  about:
    'one action per stage that calls the next, request timeout on; no queues, so 64 calls at once for throughput; ' +
    'W3: mcall of two actions; W4b: the retry policy waits for a timer of 0 ms; W5: an action that returns a stream',
  fewer: 4,
  async line(stages) {
    const broker = await brokerOf(stages);
    return { call: (item) => broker.call('chain.step0', item), stop: () => broker.stop() };
  },
  async pump(stages, count) {
    const broker = await brokerOf(stages);
    await callAll(broker, count, CAPACITY);
    await broker.stop();
  },
  async fork(count) {
    const broker = await brokerWith({
      left: (ctx) => ctx.params,
      right: (ctx) => ctx.params,
      both: (ctx) =>
        ctx.mcall([
          { action: 'bench.left', params: ctx.params },
          { action: 'bench.right', params: ctx.params },
        ]),
    });
    await callAll(broker, count, CAPACITY, 'bench.both');
    await broker.stop();
  },
  async policed(stage, on) {
    const options = on ? { retryPolicy: RETRIES } : { requestTimeout: 0 };
    const broker = await brokerWith({ step: (ctx) => stage(ctx.params) }, options);
    return { call: (item) => broker.call('bench.step', item), stop: () => broker.stop() };
  },
  async retrying(flaky) {
    const broker = await brokerWith({ step: (ctx) => flaky(ctx.params) }, { retryPolicy: RETRIES });
    return { call: (item) => broker.call('bench.step', item), stop: () => broker.stop() };
  },
  async chunks(messages) {
    const chunks = Array.from({ length: CHUNKS }, () => 'chunk');
    const broker = await brokerWith({ reply: () => Readable.from(chunks) });
    let seen = 0;
    for (let n = 0; n < messages; n++) for await (const _ of await broker.call('bench.reply')) seen++;
    await broker.stop();
    if (seen !== messages * CHUNKS) throw new Error('lost a chunk');
  },
  async spread(slow, count) {
    const broker = await brokerOf([slow], { bulkhead: { enabled: true, concurrency: 64, maxQueueSize: 100 } });
    await callAll(broker, count, 64);
    await broker.stop();
  },
};
