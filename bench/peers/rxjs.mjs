import { concatMap, defer, forkJoin, from, lastValueFrom, mergeMap, of, range, retry, takeLast } from 'rxjs';

import { CHUNKS, Item } from '../../dist/bench/contender.js';

const items = (count) => range(0, count).pipe(mergeMap((n) => of(new Item(n))));

export const contender = {
  name: 'rxjs',
  about: 'concatMap per stage; no backpressure, so all items wait before the first stage',
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
