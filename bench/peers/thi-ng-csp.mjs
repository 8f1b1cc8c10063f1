import { channel } from '@thi.ng/csp';

import { CAPACITY, Item } from '../../dist/bench/contender.js';

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
  about: 'one process per stage between channels of 64; no retry, timeout, trace or event of a message',
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
  cannot: { W4: 'no retries' },
};
