import { expect } from 'chai';
import { FieldList, fieldName } from '#src/logging/lines/field-list.js';
import { LineShapes } from '#src/logging/lines/line-shapes.js';

const MARK = Symbol('mark');
const LINES = 20;

function shapes(): LineShapes<object> {
  return new LineShapes(() => ({ level: 'info', [MARK]: 'line' }));
}

/** The fields under the very names of the first list, as the lines of one call site have them. */
function lines(first: Readonly<Record<string, unknown>>, others: (n: number) => readonly unknown[]): FieldList[] {
  const { names } = FieldList.from(first);
  return Array.from({ length: LINES }, (_, n) => {
    const list = new FieldList();
    for (const [index, value] of others(n).entries()) list.add(names[index]!, value);
    return list;
  });
}

describe('LineShapes', () => {
  it('gives each line its own object: the head first, then the fields in their order', () => {
    const made = shapes();
    const objects = lines({ b: 0, a: 0, 7: 0 }, (n) => [`text ${n}`, n % 2 === 0 ? null : { n }, n / 3]).map((list) =>
      made.object(list),
    );
    const [last] = objects.slice(-1) as [Record<string | symbol, unknown>];
    expect(Reflect.ownKeys(last)).to.deep.equal(['7', 'level', 'b', 'a', MARK]);
    expect(last).to.deep.equal({ level: 'info', [MARK]: 'line', 7: 'text 19', b: { n: 19 }, a: 19 / 3 });
    expect(new Set(objects).size).to.equal(LINES);
  });

  it('lets nobody change the objects of later lines', () => {
    const made = shapes();
    const objects = lines({ a: 0 }, (n) => [n]).map((list) => {
      const object = made.object(list) as Record<string, unknown>;
      object['added'] = true;
      object['level'] = 'error';
      return object;
    });
    const after = made.object(lines({ a: 0 }, () => [1])[0]!);
    expect(after).to.deep.equal({ level: 'info', [MARK]: 'line', a: 1 });
    expect(objects.map((object) => object['a'])).to.deep.equal(Array.from({ length: LINES }, (_, n) => n));
  });

  it('goes on when there are more sets of names than it remembers', () => {
    const made = shapes();
    for (let n = 0; n < 2000; n++) {
      const list = new FieldList();
      list.add(fieldName(`key ${n}`), n);
      expect(made.object(list)).to.deep.equal({ level: 'info', [MARK]: 'line', [`key ${n}`]: n });
    }
  });

  it('knows a line by all of its names', () => {
    const made = shapes();
    const [a, b] = [fieldName('a'), fieldName('b')];
    for (let n = 0; n < LINES; n++) {
      const short = new FieldList();
      short.add(a, n);
      const long = new FieldList();
      long.add(a, n);
      long.add(b, n);
      expect(Object.keys(made.object(short))).to.deep.equal(['level', 'a']);
      expect(Object.keys(made.object(long))).to.deep.equal(['level', 'a', 'b']);
    }
  });
});
