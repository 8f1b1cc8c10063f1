import { Effect, Schedule, Stream } from 'effect';

import { CAPACITY, CHUNKS, Item } from '../../dist/bench/contender.js';

const step = (stage) => (item) => Effect.tryPromise(() => stage(item));

export const contender = {
  name: 'effect',
  about:
    'Effect per call; Stream with a bounded buffer before each stage for throughput; ' +
    'W3: Effect.all inside mapEffect, 64 at once, with no queue between',
  line: (stages) => ({
    call: (item) =>
      Effect.runPromise(stages.reduce((effect, stage) => Effect.flatMap(effect, step(stage)), Effect.succeed(item))),
    stop() {},
  }),
  pump(stages, count) {
    let stream = Stream.map(Stream.range(0, count - 1), (n) => new Item(n));
    for (const stage of stages) {
      stream = Stream.mapEffect(Stream.buffer(stream, { capacity: CAPACITY }), step(stage));
    }
    return Effect.runPromise(Stream.runDrain(stream));
  },
  fork: (count) =>
    Effect.runPromise(
      Stream.runDrain(
        Stream.mapEffect(
          Stream.map(Stream.range(0, count - 1), (n) => new Item(n)),
          (item) =>
            Effect.all([step(async (half) => half)(item), step(async (half) => half)(item)], {
              concurrency: 'unbounded',
            }),
          { concurrency: CAPACITY },
        ),
      ),
    ),
  policed: (stage, on) => ({
    call: (item) => {
      const attempt = step(stage)(item);
      return Effect.runPromise(on ? Effect.retry(Effect.timeout(attempt, '5 seconds'), Schedule.recurs(3)) : attempt);
    },
    stop() {},
  }),
  retrying: (flaky) => ({
    call: (item) => Effect.runPromise(Effect.retry(step(flaky)(item), Schedule.recurs(3))),
    stop() {},
  }),
  async chunks(messages) {
    let seen = 0;
    for (let n = 0; n < messages; n++) {
      const reply = Stream.map(Stream.range(0, CHUNKS - 1), () => 'chunk');
      for await (const _ of Stream.toAsyncIterable(reply)) seen++;
    }
    if (seen !== messages * CHUNKS) throw new Error('lost a chunk');
  },
  spread: (slow, count) =>
    Effect.runPromise(
      Stream.runDrain(
        Stream.mapEffect(
          Stream.map(Stream.range(0, count - 1), (n) => new Item(n)),
          step(slow),
          { concurrency: 64 },
        ),
      ),
    ),
};
