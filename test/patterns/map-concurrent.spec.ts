import { expect } from 'chai';
import * as fc from 'fast-check';
import { FlowError, mapConcurrent } from '#src/index.js';
import { deferred, never } from '../support/deferred.js';
import { codeOf, failureOf, isPending, reasonOf, settle } from '../support/settling.js';
import { FULFILLED } from '../support/thenables.js';

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

describe('mapConcurrent', () => {
  it('R19 gives results in the order of the items and keeps within the limit, whatever finishes first', async () => {
    const order = fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(order, fc.integer({ min: 1, max: 6 }), fc.boolean(), async (ranks, limit, lazy) => {
        let running = 0;
        let most = 0;
        const worker = async (rank: number): Promise<number> => {
          most = Math.max(most, ++running);
          for (let turn = 0; turn <= rank % 5; turn++) await Promise.resolve();
          running--;
          return rank * 2;
        };
        const results = await mapConcurrent(lazy ? later(ranks) : ranks, worker, { maxConcurrency: limit });
        expect(results).to.deep.equal(ranks.map((rank) => rank * 2));
        expect(most).to.be.at.most(limit);
        if (!lazy) expect(most).to.equal(Math.min(limit, ranks.length));
      }),
    );
  });

  it('R19 takes items from an iterator that answers with promises of any make', async () => {
    for (const [kind, fulfilled] of Object.entries(FULFILLED)) {
      let n = 0;
      const iterator = {
        next: () => fulfilled(n < 3 ? { done: false, value: n++ } : { done: true, value: undefined }),
      };
      const items = { [Symbol.asyncIterator]: () => iterator } as AsyncIterable<number>;
      expect(await mapConcurrent(items, (item) => item * 2), kind).to.deep.equal([0, 2, 4]);
    }
  });

  it('R19 takes items only when there is room for them', async () => {
    let taken = 0;
    function* items(): Generator<number> {
      for (;;) yield taken++;
    }
    const controller = new AbortController();
    const mapping = mapConcurrent(items(), () => never(), { maxConcurrency: 3, signal: controller.signal });
    await settle();
    expect(taken).to.equal(3);
    controller.abort();
    expect(await codeOf(mapping)).to.equal('ABORTED');
  });

  it('R19 works eight at a time, and on nothing at all', async () => {
    let started = 0;
    const open = deferred();
    const mapping = mapConcurrent(Array.from({ length: 20 }), async () => {
      started++;
      await open.promise;
    });
    await settle();
    expect(started).to.equal(8);
    open.resolve();
    expect(await mapping).to.have.length(20);
    expect(await mapConcurrent([], () => 1)).to.deep.equal([]);
  });

  it('R19 rejects with the first error, aborts the others and starts no more', async () => {
    const started: number[] = [];
    const signals: AbortSignal[] = [];
    const boom = new Error('boom');
    const mapping = mapConcurrent(
      [1, 2, 3, 4],
      async (item, { signal }) => {
        started.push(item);
        signals.push(signal);
        if (item === 2) throw boom;
        return never();
      },
      { maxConcurrency: 2 },
    );
    expect(await reasonOf(mapping)).to.equal(boom);
    await settle();
    expect(started).to.deep.equal([1, 2]);
    expect(signals[0]?.reason).to.equal(boom);
  });

  it('R19 works on everything and rejects with all errors when told to', async () => {
    const worker = (item: number): number => {
      if (item % 2 === 0) throw new RangeError(`no ${item}`);
      return item;
    };
    const error = await failureOf(mapConcurrent([1, 2, 3, 4], worker, { errors: 'all' }));
    expect(error.code).to.equal('MAP_FAILED');
    expect(error.metadata).to.deep.equal({ failed: [1, 3], total: 4 });
    expect((error.cause as AggregateError).errors.map(String)).to.deep.equal(['RangeError: no 2', 'RangeError: no 4']);
    expect(await mapConcurrent([1, 3], worker, { errors: 'all' })).to.deep.equal([1, 3]);
  });

  it('R19 ends at once when its signal aborts, before or while it runs, and closes the items', async () => {
    const reason = new Error('enough');
    expect(await codeOf(mapConcurrent([1], () => 1, { signal: AbortSignal.abort(reason) }))).to.equal('ABORTED');
    const controller = new AbortController();
    let closed = false;
    async function* items(): AsyncGenerator<number> {
      try {
        for (;;) yield 1;
      } finally {
        closed = true;
      }
    }
    let inner: AbortSignal | undefined;
    const mapping = mapConcurrent(
      items(),
      (_, { signal }) => {
        inner = signal;
        return never();
      },
      { signal: controller.signal, maxConcurrency: 1 },
    );
    expect(await isPending(mapping)).to.equal(true);
    controller.abort(reason);
    const error = await failureOf(mapping);
    expect(error.cause).to.equal(reason);
    await settle();
    expect(closed).to.equal(true);
    expect(FlowError.is(inner?.reason, 'ABORTED')).to.equal(true);
  });

  it('R19 rejects when the items themselves fail', async () => {
    async function* items(): AsyncGenerator<number> {
      yield 1;
      throw new RangeError('no more');
    }
    expect(await reasonOf(mapConcurrent(items(), (item) => item))).to.be.instanceOf(RangeError);
  });

  it('refuses options that make no sense', async () => {
    for (const options of [{ maxConcurrency: 0 }, { maxConcurrency: 1.5 }, { errors: 'some' }, { limit: 1 }]) {
      expect(await codeOf(mapConcurrent([1], () => 1, options as never))).to.equal('INVALID_OPTION');
    }
  });

  it('R19 refuses what is not iterable, and a worker that is no function', async () => {
    for (const items of [5, null, undefined, {}] as never[]) {
      expect((await failureOf(mapConcurrent(items, () => 1))).message).to.contain(
        'Expected `items` of mapConcurrent() to be iterable',
      );
    }
    expect(await mapConcurrent('ab', (letter) => letter.toUpperCase())).to.deep.equal(['A', 'B']);
    expect(await codeOf(mapConcurrent([1], 'double' as never))).to.equal('INVALID_OPTION');
  });
});
