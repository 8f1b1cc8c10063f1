import { performance } from 'node:perf_hooks';
import { expect } from 'chai';
import { inSlices } from '#src/scheduling/in-slices.js';
import { useFakeNow } from '../support/fake-now.js';
import { settle } from '../support/settling.js';

describe('inSlices', () => {
  const now = useFakeNow();

  it('R6 does everything at once, in order, when it takes no time', () => {
    const parts: (readonly number[])[] = [];
    inSlices([1, 2, 3, 4, 5], 2, (part) => void parts.push(part));
    expect(parts).to.deep.equal([[1, 2], [3, 4], [5]]);
  });

  it('does nothing with nothing', () => {
    inSlices([], 2, () => expect.fail('nothing to do'));
  });

  it('R6 stops after 8 ms, and goes on in later turns of the event loop until all is done', async () => {
    const done: number[] = [];
    const turns: number[] = [];
    let turn = 0;
    inSlices([1, 2, 3, 4, 5, 6, 7], 1, ([item]) => {
      done.push(item as number);
      turns.push(turn);
      // Three of them fill a slice.
      now.advance(3);
    });
    expect(done).to.deep.equal([1, 2, 3]);
    while (done.length < 7) {
      turn++;
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(done).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
    expect([turns[0], turns[3], turns[6]]).to.satisfy(([a, b, c]: number[]) => a! < b! && b! < c!);
  });

  it('R30 lets timers and I/O of others have their turn between two slices', async () => {
    const order: string[] = [];
    inSlices(['first', 'second'], 1, ([item]) => {
      order.push(item as string);
      now.advance(8);
      setImmediate(() => order.push(`a turn after ${item}`));
    });
    await settle();
    expect(order).to.deep.equal(['first', 'a turn after first', 'second', 'a turn after second']);
  });

  it('looks at the clock once per part: a part is never cut', async () => {
    const sizes: number[] = [];
    inSlices(
      Array.from({ length: 10 }, (_, n) => n),
      4,
      (part) => {
        sizes.push(part.length);
        now.advance(100);
      },
    );
    await settle();
    expect(sizes).to.deep.equal([4, 4, 2]);
  });

  it('reads the clock that this spec moves', () => {
    const before = performance.now();
    now.advance(5);
    expect(performance.now() - before).to.equal(5);
  });
});
