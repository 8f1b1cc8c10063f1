import { channel, mult } from '@thi.ng/csp';

import { CAPACITY, CHUNKS, Item } from '../../dist/bench/contender.js';

/** One channel before each stage and one after the last. */
function channelsOf(stages) {
  const channels = [...stages, undefined].map(() => channel(CAPACITY));
  for (const [index, stage] of stages.entries()) {
    void (async () => {
      for await (const item of channels[index]) await channels[index + 1].write(await stage(item));
      channels[index + 1].close();
    })();
  }
  return { first: channels[0], last: channels.at(-1) };
}

export const contender = {
  name: '@thi.ng/csp',
  about:
    'one process per stage between channels of 64; no retry, timeout, trace or event of a message; ' +
    'W3: mult() and two processes, joined by order and not by message',
  line(stages) {
    const { first, last } = channelsOf(stages);
    return {
      async call(item) {
        await first.write(item);
        return last.read();
      },
      stop: () => first.close(),
    };
  },
  async pump(stages, count) {
    const { first, last } = channelsOf(stages);
    const consumed = (async () => {
      for (let n = 0; n < count; n++) await last.read();
    })();
    for (let n = 0; n < count; n++) await first.write(new Item(n));
    await consumed;
    first.close();
  },
  async fork(count) {
    const entry = channel(CAPACITY);
    const fan = mult(entry);
    const halves = [1, 2].map(() => {
      const tap = fan.subscribe(channel(CAPACITY));
      const out = channel(CAPACITY);
      void (async () => {
        for await (const item of tap) await out.write(item);
        out.close();
      })();
      return out;
    });
    const consumed = (async () => {
      for (let n = 0; n < count; n++) {
        const [left, right] = await Promise.all(halves.map((half) => half.read()));
        if (left !== right) throw new Error('joined two items');
      }
    })();
    for (let n = 0; n < count; n++) await entry.write(new Item(n));
    await consumed;
    entry.close();
  },
  async chunks(messages) {
    let seen = 0;
    for (let n = 0; n < messages; n++) {
      const reply = channel(CAPACITY);
      void (async () => {
        for (let chunk = 0; chunk < CHUNKS; chunk++) await reply.write('chunk');
        reply.close();
      })();
      for await (const _ of reply) seen++;
    }
    if (seen !== messages * CHUNKS) throw new Error('lost a chunk');
  },
  async spread(slow, count) {
    const entry = channel(CAPACITY);
    const processes = Array.from({ length: 64 }, async () => {
      for await (const item of entry) await slow(item);
    });
    for (let n = 0; n < count; n++) await entry.write(new Item(n));
    entry.close();
    await Promise.all(processes);
  },
  cannot: { W4: 'no retries' },
};
