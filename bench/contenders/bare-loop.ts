import { CHUNKS, Item, type Contender, type Stage } from '../contender.js';

/** The limit: no queue, no runtime. */
export const bareLoop: Contender = {
  name: 'bare loop',
  about: 'for await over a generator, one await per stage, no queue anywhere; the limit, not a peer',
  cannot: { W4a: 'it has no policy' },
  line: (stages) => ({ call: (item) => through(stages, item), stop() {} }),
  async pump(stages, count) {
    for await (const item of items(count)) await through(stages, item);
  },
  async fork(count) {
    const half = async (item: Item): Promise<Item> => item;
    for (let n = 0; n < count; n++) {
      const item = new Item(n);
      await Promise.all([half(item), half(item)]);
    }
  },
  retrying: (flaky) => ({
    async call(item) {
      try {
        return await flaky(item);
      } catch {
        return flaky(item);
      }
    },
    stop() {},
  }),
  async chunks(messages) {
    async function* reply(): AsyncGenerator<string> {
      for (let n = 0; n < CHUNKS; n++) yield 'chunk';
    }
    let seen = 0;
    for (let n = 0; n < messages; n++) for await (const _ of reply()) seen++;
    if (seen !== messages * CHUNKS) throw new Error('lost a chunk');
  },
  async spread(slow, count) {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) await slow(new Item(next++));
    };
    await Promise.all(Array.from({ length: 64 }, worker));
  },
};

async function* items(count: number): AsyncGenerator<Item> {
  for (let n = 0; n < count; n++) yield new Item(n);
}

async function through(stages: readonly Stage[], item: Item): Promise<Item> {
  let value = item;
  for (const stage of stages) value = await stage(value);
  return value;
}
