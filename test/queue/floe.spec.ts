import { expect } from 'chai';
import fc from 'fast-check';
import { Floe, WaitingPut } from '#src/queue/floe.js';

/** Somebody who waits for room with a number, and keeps what it is told. */
class Put extends WaitingPut<number> {
  told: string[] = [];
  constructor(readonly item: number) {
    super();
  }
  onAdmitted(): void {
    this.told.push('admitted');
  }
  onDropped(reason: unknown): void {
    this.told.push(`dropped ${String(reason)}`);
  }
}

function take(floe: Floe<number>): number[] {
  const taken: number[] = [];
  for (let item = floe.take(); item !== undefined; item = floe.take()) taken.push(item);
  return taken;
}

describe('Floe', () => {
  it('R4 gives back what went in, in that order, also beyond its first size', () => {
    const floe = new Floe<number>(0);
    const items = Array.from({ length: 100 }, (_, n) => n);
    for (const item of items) expect(floe.offer(item)).to.equal(true);
    expect(floe.size).to.equal(100);
    expect(take(floe)).to.deep.equal(items);
    expect(floe.take()).to.equal(undefined);
  });

  it('R4 keeps the order when it grows with its head in the middle', () => {
    const floe = new Floe<number>(0);
    for (let n = 0; n < 12; n++) floe.offer(n);
    for (let n = 0; n < 8; n++) floe.take();
    for (let n = 12; n < 40; n++) floe.offer(n);
    expect(take(floe)).to.deep.equal(Array.from({ length: 32 }, (_, n) => n + 8));
  });

  for (const unbounded of [0, -1, Number.NaN]) {
    it(`R4 a maxsize of ${unbounded} means unbounded`, () => {
      expect(new Floe(unbounded).capacity).to.equal(Number.POSITIVE_INFINITY);
    });
  }

  it('R4 refuses beyond its capacity and lets in who waits, first come first served', () => {
    const floe = new Floe<number>(2);
    expect([floe.offer(1), floe.offer(2), floe.offer(3)]).to.deep.equal([true, true, false]);
    const [third, fourth] = [new Put(3), new Put(4)];
    floe.park(third);
    floe.park(fourth);
    expect([floe.size, floe.waiting, floe.hasRoom]).to.deep.equal([2, 2, false]);
    expect(floe.take()).to.equal(1);
    expect([third.told, fourth.told]).to.deep.equal([['admitted'], []]);
    expect(take(floe)).to.deep.equal([2, 3, 4]);
  });

  it('R4 nobody overtakes who waits, even when there is room', () => {
    const floe = new Floe<number>(1);
    floe.park(new Put(1));
    expect([floe.hasRoom, floe.offer(2)]).to.deep.equal([false, false]);
  });

  it('tells its consumer of each arrival, also of one that had to wait', () => {
    let arrivals = 0;
    const floe = new Floe<number>(1, { onArrival: () => void arrivals++ });
    floe.offer(1);
    floe.park(new Put(2));
    expect(arrivals).to.equal(1);
    floe.take();
    expect(arrivals).to.equal(2);
  });

  it('R6 withdraws who waits, without telling it, once', () => {
    const floe = new Floe<number>(1);
    floe.offer(1);
    const [second, third] = [new Put(2), new Put(3)];
    floe.park(second);
    floe.park(third);
    expect([second.leaveLine(), second.leaveLine(), new Put(3).leaveLine()]).to.deep.equal([true, false, false]);
    expect(take(floe)).to.deep.equal([1, 3]);
    expect(second.told).to.deep.equal([]);
  });

  it('removes what matches, keeps the order of the rest and lets in who waits', () => {
    const floe = new Floe<number>(4);
    for (const n of [1, 2, 3, 4]) floe.offer(n);
    for (const n of [5, 6, 7]) floe.park(new Put(n));
    expect(floe.remove((n) => n % 2 === 1)).to.deep.equal([1, 3]);
    expect(floe.waiting).to.equal(1);
    expect(take(floe)).to.deep.equal([2, 4, 5, 6, 7]);
  });

  it('takes who waits off the line, asking once for each', () => {
    const floe = new Floe<number>(1);
    floe.offer(0);
    const puts = [1, 2, 3].map((n) => new Put(n));
    for (const put of puts) floe.park(put);
    let asked = 0;
    expect(floe.removeWaiting(() => ++asked === 2)).to.deep.equal([puts[1]]);
    expect(asked).to.equal(3);
    expect(take(floe)).to.deep.equal([0, 1, 3]);
  });

  it('takes the first that matches out of the middle', () => {
    const floe = new Floe<number>(3);
    for (const n of [1, 2, 3]) floe.offer(n);
    floe.park(new Put(4));
    expect(floe.takeFirst((n) => n === 2)).to.equal(2);
    expect(floe.takeFirst((n) => n === 9)).to.equal(undefined);
    expect(take(floe)).to.deep.equal([1, 3, 4]);
  });

  it('R4 behaves like a list with a line before it, whatever is done to it', () => {
    type Step = readonly ['offer' | 'park' | 'take' | 'withdraw' | 'remove' | 'removeWaiting' | 'takeFirst', number];
    const step: fc.Arbitrary<Step> = fc.tuple(
      fc.constantFrom('offer', 'park', 'take', 'withdraw', 'remove', 'removeWaiting', 'takeFirst'),
      fc.nat(7),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), fc.array(step, { maxLength: 120 }), (maxsize, steps) => {
        const capacity = maxsize === 0 ? Number.POSITIVE_INFINITY : maxsize;
        const floe = new Floe<number>(maxsize);
        const inside: number[] = [];
        let line: Put[] = [];
        let next = 0;
        const admit = (): void => {
          while (inside.length < capacity && line.length > 0) inside.push((line.shift() as Put).item);
        };
        for (const [what, argument] of steps) {
          const matches = (n: number): boolean => n % 8 === argument;
          if (what === 'offer') {
            const fits = inside.length < capacity && line.length === 0;
            if (fits) inside.push(next);
            expect(floe.offer(next++)).to.equal(fits);
          } else if (what === 'park') {
            // As the runtime does: only who was refused waits.
            if (floe.hasRoom) continue;
            const put = new Put(next++);
            line.push(put);
            floe.park(put);
          } else if (what === 'take') {
            expect(floe.take()).to.equal(inside.shift());
            admit();
          } else if (what === 'withdraw') {
            const put = line[argument];
            if (put === undefined) continue;
            line.splice(argument, 1);
            expect(put.leaveLine()).to.equal(true);
          } else if (what === 'remove') {
            const gone = inside.filter(matches);
            expect(floe.remove(matches)).to.deep.equal(gone);
            inside.splice(0, inside.length, ...inside.filter((n) => !matches(n)));
            if (gone.length > 0) admit();
          } else if (what === 'removeWaiting') {
            expect(floe.removeWaiting(matches)).to.deep.equal(line.filter((put) => matches(put.item)));
            line = line.filter((put) => !matches(put.item));
          } else {
            const at = inside.findIndex(matches);
            expect(floe.takeFirst(matches)).to.equal(at === -1 ? undefined : inside[at]);
            if (at !== -1) {
              inside.splice(at, 1);
              admit();
            }
          }
          expect([floe.size, floe.waiting]).to.deep.equal([inside.length, line.length]);
          expect(floe.size).to.be.at.most(capacity);
        }
        const rest: number[] = [];
        while (inside.length > 0) {
          rest.push(inside.shift() as number);
          admit();
        }
        expect(take(floe)).to.deep.equal(rest);
      }),
      { numRuns: 300 },
    );
  });

  it('R4 loses nothing when those it admits put more in', () => {
    const floe = new Floe<number>(2);
    const refused: number[] = [];
    class Eager extends Put {
      override onAdmitted(): void {
        if (!floe.offer(4)) refused.push(4);
      }
    }
    const eager = new Eager(3);
    floe.offer(1);
    floe.offer(2);
    floe.park(eager);
    floe.park(new Put(5));
    expect(take(floe)).to.deep.equal([1, 2, 3, 5]);
    expect(refused).to.deep.equal([4]);
  });
});
