import { expect } from 'chai';
import { NO_META, PLAIN_HEADERS } from '#src/message/headers.js';
import type { Envelope } from '#src/runtime/trace/envelope.js';
import { forkedEnvelope, Origin, originAbove, originAt } from '#src/runtime/trace/origin.js';
import { TraceRecord } from '#src/runtime/trace/trace-record.js';

/** The forks of an envelope's origins, the last one first. */
function forksOf(envelope: Envelope, forks: readonly object[]): readonly object[] {
  const passed: object[] = [];
  const all = forks.map((fork) => originAt(fork, envelope)).filter((origin) => origin !== undefined);
  const [last] = all.toSorted((one, other) => depthOf(other) - depthOf(one));
  for (let origin = last; origin !== undefined; origin = origin.parent) passed.push(origin.fork);
  return passed;
}

function depthOf(origin: Origin): number {
  let depth = 0;
  for (let above = origin.parent; above !== undefined; above = above.parent) depth++;
  return depth;
}

describe('the origins of a message', () => {
  const [outer, inner, third] = [{ name: 'outer' }, { name: 'inner' }, { name: 'third' }];
  const run = new TraceRecord(PLAIN_HEADERS, undefined, NO_META, 0) as unknown as Envelope;

  /** Each is above those that follow it. */
  const above = new Map<object, ReadonlySet<object>>([
    [outer, new Set()],
    [inner, new Set([outer])],
    [third, new Set([outer, inner])],
  ]);

  function after(...passed: readonly object[]): Envelope {
    return passed.reduce<Envelope>(
      (envelope, fork) =>
        forkedEnvelope(envelope, new Origin(fork, originAbove(above.get(fork) as ReadonlySet<object>, envelope))),
      run,
    );
  }

  it('R19b are those of the forks that it has passed', () => {
    expect(forksOf(after(outer, inner), [outer, inner, third])).to.deep.equal([inner, outer]);
    expect(originAt(third, after(outer, inner))).to.equal(undefined);
    expect(originAt(outer, run)).to.equal(undefined);
  });

  it('R19b lose that of a fork which is passed again, and those below it, however often', () => {
    const loops = Array.from({ length: 100 }, () => [inner, third]).flat();
    expect(forksOf(after(outer, ...loops), [outer, inner, third])).to.deep.equal([third, inner, outer]);
    expect(forksOf(after(outer, inner, third, inner), [outer, inner, third])).to.deep.equal([inner, outer]);
    expect(forksOf(after(outer, ...loops, outer), [outer, inner, third])).to.deep.equal([outer]);
  });

  it('R19b of a fork that not every message has passed are not kept at the next one', () => {
    // A list has lost its outer origin: the inner one is of the lap before, and would be in the way of the outer of this one.
    expect(forksOf(after(inner, outer, inner), [outer, inner, third])).to.deep.equal([inner, outer]);
    expect(forksOf(after(third, outer), [outer, inner, third])).to.deep.equal([outer]);
  });

  it('R19b stay when a node gives its message another envelope', () => {
    const before = after(outer, inner);
    const derived = before.derive(PLAIN_HEADERS, undefined, { k: 1 }, 2, true);
    expect([derived.meta, derived.ts, derived.piece, derived.trace]).to.deep.equal([{ k: 1 }, 2, true, run.trace]);
    for (const fork of [outer, inner]) expect(originAt(fork, derived)).to.equal(originAt(fork, before));
    expect(originAt(outer, run.derive(PLAIN_HEADERS, undefined, NO_META, 2, false))).to.equal(undefined);
  });
});
