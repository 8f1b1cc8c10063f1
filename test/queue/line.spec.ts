import { expect } from 'chai';
import fc from 'fast-check';
import { Line, LineMember } from '#src/queue/line.js';

class Waiter extends LineMember {
  constructor(readonly id: number) {
    super();
  }
}

/** A line of waiters that are numbered from 0, and who they are. */
function lineOf(count: number): readonly [Line<Waiter>, readonly Waiter[]] {
  const line = new Line<Waiter>();
  const waiters = Array.from({ length: count }, (_, id) => new Waiter(id));
  for (const waiter of waiters) line.push(waiter);
  return [line, waiters];
}

function ids(line: Line<Waiter>): readonly number[] {
  return line.members().map(({ id }) => id);
}

describe('Line', () => {
  it('R4 serves the first who came first', () => {
    const [line] = lineOf(3);
    expect([line.size, line.first?.id]).to.deep.equal([3, 0]);
    expect([line.shift()?.id, line.shift()?.id, line.shift()?.id, line.shift()]).to.deep.equal([0, 1, 2, undefined]);
    expect([line.size, line.first]).to.deep.equal([0, undefined]);
  });

  it('R6 lets anybody leave, once, and the others keep their places', () => {
    for (const leaver of [0, 1, 2]) {
      const [line, waiters] = lineOf(3);
      expect([waiters[leaver]?.leaveLine(), waiters[leaver]?.leaveLine()]).to.deep.equal([true, false]);
      expect(ids(line)).to.deep.equal([0, 1, 2].filter((id) => id !== leaver));
      expect(line.size).to.equal(2);
    }
  });

  it('R6 takes back who left or was served, at the end of it or of another line', () => {
    const [line, [first, second]] = lineOf(2);
    line.shift();
    line.push(first as Waiter);
    expect(ids(line)).to.deep.equal([1, 0]);
    second?.leaveLine();
    const other = new Line<Waiter>();
    other.push(second as Waiter);
    expect([ids(line), ids(other)]).to.deep.equal([[0], [1]]);
  });

  it('R6 who is looked at may leave meanwhile, and others too', () => {
    const [line, waiters] = lineOf(4);
    const seen: number[] = [];
    for (const waiter of line.members()) {
      seen.push(waiter.id);
      waiter.leaveLine();
      waiters[3]?.leaveLine();
    }
    expect(seen).to.deep.equal([0, 1, 2, 3]);
    expect([line.size, line.first]).to.deep.equal([0, undefined]);
  });

  it('R4 R6 is what a list would be, whatever is done to it', () => {
    const deed = fc.oneof(
      { arbitrary: fc.constant('push' as const), weight: 2 },
      { arbitrary: fc.constant('shift' as const), weight: 1 },
      { arbitrary: fc.nat({ max: 1_000 }).map((leaver) => ({ leaver })), weight: 1 },
    );
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60, size: 'max' }), (deeds) => {
        const [line, all] = [new Line<Waiter>(), [] as Waiter[]];
        let model: Waiter[] = [];
        for (const each of deeds) {
          if (each === 'push') {
            const waiter = new Waiter(all.length);
            all.push(waiter);
            model.push(waiter);
            line.push(waiter);
          } else if (each === 'shift') expect(line.shift()).to.equal(model.shift());
          else {
            // Most of them stand in the line.
            const among = each.leaver % 4 === 0 ? all : model;
            const leaver = among[each.leaver % Math.max(1, among.length)];
            expect(leaver?.leaveLine() ?? false).to.equal(leaver !== undefined && model.includes(leaver));
            model = model.filter((other) => other !== leaver);
          }
          expect(line.members()).to.deep.equal(model);
          expect([line.size, line.first]).to.deep.equal([model.length, model[0]]);
        }
      }),
    );
  });
});
