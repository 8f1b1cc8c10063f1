import { concatMap, defer, forkJoin, from, lastValueFrom, mergeMap, of, range, retry, takeLast, timeout } from 'rxjs';

import { CHUNKS, Item } from '../../dist/bench/contender.js';

/** Pulled one by one: a synchronous source fills the unbounded buffer of the first concatMap, which then shifts ever slower. */
async function* generated(count) {
  for (let n = 0; n < count; n++) yield new Item(n);
}

const items = (count) => from(generated(count));

export const contender = {
  name: 'rxjs',
  about:
    'from(async generator) and concatMap per stage; there is no backpressure and the buffers of concatMap have no bound, ' +
    'they stay small because the source is not faster than a stage; W3: forkJoin, no queue between',
  line: (stages) => ({
    call: (item) => lastValueFrom(stages.reduce((stream, stage) => stream.pipe(concatMap(stage)), of(item))),
    stop() {},
  }),
  pump: (stages, count) =>
    lastValueFrom(stages.reduce((stream, stage) => stream.pipe(concatMap(stage)), items(count)).pipe(takeLast(1))),
  fork: (count) =>
    lastValueFrom(
      items(count).pipe(
        concatMap((item) => forkJoin([from((async () => item)()), from((async () => item)())])),
        takeLast(1),
      ),
    ),
  policed: (stage, on) => ({
    call: (item) => {
      const attempt = defer(() => stage(item));
      return lastValueFrom(on ? attempt.pipe(timeout(5000), retry(3)) : attempt);
    },
    stop() {},
  }),
  retrying: (flaky) => ({
    call: (item) => lastValueFrom(defer(() => flaky(item)).pipe(retry(3))),
    stop() {},
  }),
  async chunks(messages) {
    let seen = 0;
    for (let n = 0; n < messages; n++) {
      const reply = range(0, CHUNKS).pipe(concatMap(async () => 'chunk'));
      await new Promise((complete, error) => {
        reply.subscribe({ next: () => seen++, error, complete });
      });
    }
    if (seen !== messages * CHUNKS) throw new Error('lost a chunk');
  },
  spread: (slow, count) => lastValueFrom(items(count).pipe(mergeMap(slow, 64), takeLast(1))),
};
