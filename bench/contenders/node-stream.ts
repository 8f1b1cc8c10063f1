import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { CAPACITY, CHUNKS, Item, type Contender, type Stage } from '../contender.js';

const OBJECTS = { objectMode: true, highWaterMark: CAPACITY };

function transform(stage: Stage): Transform {
  return new Transform({
    ...OBJECTS,
    transform(item: Item, _encoding, callback) {
      // oxlint-disable-next-line promise/no-callback-in-promise -- how a Transform is told
      stage(item).then((result) => callback(null, result), callback);
    },
  });
}

/** Transforms in object mode. */
export const nodeStream: Contender = {
  name: 'node:stream',
  about: 'Transform per stage in object mode; backpressure, no retry, timeout, trace or event of a message',
  line(stages) {
    const transforms = stages.map(transform);
    let answer: ((item: Item) => void) | undefined;
    const sink = new Writable({
      ...OBJECTS,
      write(item: Item, _encoding, callback) {
        callback();
        answer?.(item);
      },
    });
    const [first] = transforms as [Transform];
    for (const [index, each] of transforms.entries()) each.pipe(transforms[index + 1] ?? sink);
    return {
      call: (item) =>
        new Promise((resolve) => {
          answer = resolve;
          first.write(item);
        }),
      stop: () => void first.end(),
    };
  },
  async pump(stages, count) {
    function* source(): Generator<Item> {
      for (let n = 0; n < count; n++) yield new Item(n);
    }
    const sink = new Writable({ ...OBJECTS, write: (_item, _encoding, callback) => callback() });
    await pipeline([Readable.from(source(), OBJECTS), ...stages.map(transform), sink]);
  },
  async spread(slow, count) {
    let n = 0;
    function* source(): Generator<Item> {
      while (n < count) yield new Item(n++);
    }
    const slowed = Readable.from(source(), OBJECTS).map(slow, { concurrency: 64 });
    for await (const _ of slowed as AsyncIterable<Item>);
  },
  async chunks(messages) {
    function* reply(): Generator<string> {
      for (let n = 0; n < CHUNKS; n++) yield 'chunk';
    }
    let seen = 0;
    for (let n = 0; n < messages; n++) for await (const _ of Readable.from(reply())) seen++;
    if (seen !== messages * CHUNKS) throw new Error('lost a chunk');
  },
  cannot: { W3: 'a stream has one end; fanning out and joining by message is left to the user', W4: 'no retries' },
};
