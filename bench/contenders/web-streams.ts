import { ReadableStream, TransformStream, WritableStream } from 'node:stream/web';

import { CAPACITY, CHUNKS, Item, type Contender, type Stage } from '../contender.js';

function transform(stage: Stage): TransformStream<Item, Item> {
  const strategy = { highWaterMark: CAPACITY };
  return new TransformStream(
    {
      async transform(item, controller) {
        controller.enqueue(await stage(item));
      },
    },
    strategy,
    strategy,
  );
}

/** TransformStreams of the platform. */
export const webStreams: Contender = {
  name: 'web streams',
  about: 'TransformStream per stage; backpressure, no retry, timeout, trace or event of a message',
  line(stages) {
    const entry = new TransformStream<Item, Item>();
    const writer = entry.writable.getWriter();
    let stream: ReadableStream<Item> = entry.readable;
    for (const stage of stages) stream = stream.pipeThrough(transform(stage));
    const reader = stream.getReader();
    return {
      async call(item) {
        void writer.write(item);
        return (await reader.read()).value;
      },
      stop: () => writer.close(),
    };
  },
  async pump(stages, count) {
    let n = 0;
    let stream = new ReadableStream<Item>(
      {
        pull(controller) {
          if (n === count) controller.close();
          else controller.enqueue(new Item(n++));
        },
      },
      { highWaterMark: CAPACITY },
    );
    for (const stage of stages) stream = stream.pipeThrough(transform(stage));
    await stream.pipeTo(new WritableStream({ write() {} }));
  },
  async chunks(messages) {
    let seen = 0;
    for (let n = 0; n < messages; n++) {
      let sent = 0;
      const reply = new ReadableStream<string>({
        pull(controller) {
          if (sent++ === CHUNKS) controller.close();
          else controller.enqueue('chunk');
        },
      });
      for await (const _ of reply) seen++;
    }
    if (seen !== messages * CHUNKS) throw new Error('lost a chunk');
  },
  cannot: {
    W3: 'tee() splits a whole stream; there is no join by message',
    W4: 'no retries',
    W8: 'a stream has one chunk in work',
  },
};
