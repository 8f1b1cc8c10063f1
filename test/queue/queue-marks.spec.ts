import { expect } from 'chai';
import fc from 'fast-check';
import { Floe } from '#src/queue/floe.js';

/** An item that knows when it came. */
interface Item {
  readonly cameMs: number;
  gone: boolean;
}

/** What may happen to a floe between two moments. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })) }),
  fc.record({ kind: fc.constant('take' as const), count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 30 })) }),
  fc.record({ kind: fc.constant('remove' as const), every: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('gone' as const), every: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('takeFirst' as const), at: fc.nat(1_000) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 5_000 }) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A floe that is marked every second, and a plain list that does the same. */
class Model {
  readonly floe = new Floe<Item>(0, undefined, ({ gone }) => gone);
  #items: Item[] = [];
  nowMs = 0;

  do(one: Step): void {
    if (one.kind === 'put') for (let n = 0; n < one.count; n++) this.#put();
    else if (one.kind === 'take') for (let n = 0; n < one.count; n++) this.#expectSame(this.floe.take());
    else if (one.kind === 'wait') this.#wait(one.ms);
    else if (one.kind === 'takeFirst') this.#takeFirst(one.at);
    else {
      const chosen = new Set(this.#items.filter((_, index) => index % one.every === 0));
      this.#items = this.#items.filter((item) => !chosen.has(item));
      if (one.kind === 'remove') this.floe.remove((item) => chosen.has(item));
      else {
        for (const item of chosen) item.gone = true;
        this.floe.noteGone();
      }
    }
  }

  /** The true age of the oldest item; undefined without one. */
  get trueMs(): number | undefined {
    const [first] = this.#items;
    return first === undefined ? undefined : this.nowMs - first.cameMs;
  }

  #put(): void {
    const item = { cameMs: this.nowMs, gone: false };
    this.#items.push(item);
    this.floe.offer(item);
  }

  #takeFirst(at: number): void {
    const wanted = this.#items[at % Math.max(1, this.#items.length)];
    this.#items = this.#items.filter((item) => item !== wanted);
    expect(this.floe.takeFirst((item) => item === wanted)).to.equal(wanted);
  }

  #expectSame(taken: Item | undefined): void {
    expect(taken).to.equal(this.#items.shift());
  }

  #wait(ms: number): void {
    const end = this.nowMs + ms;
    for (let tick = Math.floor(this.nowMs / 1000) * 1000 + 1000; tick <= end; tick += 1000) {
      this.nowMs = tick;
      this.floe.mark(tick);
    }
    this.nowMs = end;
  }
}

describe('ages of what is queued', () => {
  it('R33 are right to within a second, whatever is put in, taken and removed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const model = new Model();
        // Fewer seconds than there are marks.
        for (const one of steps.slice(0, 60)) {
          if (model.nowMs < 55_000 || one.kind !== 'wait') model.do(one);
          const { trueMs, floe, nowMs } = model;
          const ageMs = floe.headAgeMs(nowMs);
          if (trueMs === undefined) expect(ageMs).to.equal(0);
          else expect(ageMs).to.be.within(Math.max(0, trueMs - 1_000), trueMs);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('R33 stay those of the items when one is taken from the middle', () => {
    const model = new Model();
    for (let second = 0; second < 2; second++) {
      model.do({ kind: 'put', count: 2 });
      model.do({ kind: 'wait', ms: 1_000 });
    }
    model.do({ kind: 'takeFirst', at: 2 });
    model.do({ kind: 'take', count: 1 });
    expect(model.floe.headAgeMs(model.nowMs)).to.equal(1_000);
  });

  it('R33 an unbounded queue that has not moved for an hour knows the age of its oldest message', () => {
    const model = new Model();
    for (let second = 0; second < 3_600; second++) {
      model.do({ kind: 'put', count: 1 });
      model.do({ kind: 'wait', ms: 1_000 });
    }
    expect(model.floe.headAgeMs(model.nowMs)).to.equal(3_599_000);
  });

  it('R33 the ages of what stands behind it are then a fifth too low at most', () => {
    const model = new Model();
    for (let second = 0; second < 3_600; second++) {
      model.do({ kind: 'put', count: 1 });
      model.do({ kind: 'wait', ms: 1_000 });
    }
    for (let taken = 0; taken < 3_599; taken++) {
      model.do({ kind: 'take', count: 1 });
      const trueMs = model.trueMs as number;
      expect(model.floe.headAgeMs(model.nowMs)).to.be.within(trueMs * 0.8 - 1_000, trueMs);
    }
  });

  it('R33 R6 to ask for the depth does not keep anybody out', () => {
    const gone = new Set<number>();
    const floe = new Floe<number>(1, undefined, (item) => gone.has(item));
    floe.offer(1);
    let admitted = 0;
    floe.park({ item: 2, onAdmitted: () => admitted++, onDropped: () => {} } as never);
    gone.add(1);
    floe.noteGone();
    floe.mark(0);
    floe.sweep();
    expect([floe.size, floe.waiting, admitted]).to.deep.equal([1, 0, 1]);
  });
});
