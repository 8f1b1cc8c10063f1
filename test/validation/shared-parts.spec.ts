import { Type } from 'class-transformer';
import { IsArray, IsDefined, IsOptional, IsString, ValidateNested } from 'class-validator';
import { expect } from 'chai';
import { arrayOf, type PayloadShape } from '#src/index.js';
import { useFlows } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { failureOf, violationsOf } from './support/failure-of.js';

class Tree {
  @IsOptional() @ValidateNested() @Type(() => Tree) left?: Tree;
  @IsOptional() @ValidateNested() @Type(() => Tree) right?: Tree;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Tree) more?: Tree[];
}

class Loose {
  @IsDefined() any: unknown;
}

class Named {
  @IsString() name!: string;
}

class Names {
  @IsArray() @ValidateNested({ each: true }) @Type(() => Named) names!: Named[];
}

/** An object in which each part holds the next one twice: as many objects as it is deep, and a place for each way down. */
function shared<T>(depth: number, around: (part: T) => T, innermost: T): T {
  let part = innermost;
  for (let level = 0; level < depth; level++) part = around(part);
  return part;
}

const treeOf = (part: Tree): Tree => Object.assign(new Tree(), { left: part, right: part });

function listOfItself(): unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

describe('payloads that share their parts', () => {
  const bench = useFlows();

  async function checked(shape: PayloadShape, payload: unknown): Promise<unknown> {
    const flow = await bench.run(line(node('Echo', (given) => given, { input: shape })));
    return flow.call(payload);
  }

  for (const [kind, shape, payload] of [
    ['plain objects of a class', Tree, shared<object>(40, (part) => ({ left: part, right: part }), {})],
    ['lists of plain objects of a class', Tree, shared<object>(40, (part) => ({ more: [part, part] }), {})],
    ['lists of lists', Tree, { more: shared<unknown[]>(40, (part) => [part, part], []) }],
    ['lists of Sets', Tree, { more: shared<unknown>(40, (part) => new Set([[part], [part]]), new Set()) }],
    ['instances', Tree, shared<Tree>(40, treeOf, new Tree())],
    [
      'lists of instances',
      Tree,
      shared<Tree>(40, (part) => Object.assign(new Tree(), { more: [part, part] }), new Tree()),
    ],
    ['elements', arrayOf(Tree), [shared<Tree>(40, treeOf, new Tree())]],
  ] as const) {
    it(`R15 are refused when checking them had no end: ${kind}`, async () => {
      const failure = await failureOf(checked(shape, payload));
      expect(violationsOf(failure)).to.deep.equal([
        {
          path: Array.isArray(payload) ? '[0]' : '',
          constraints: { sharedParts: 'holds the same objects in more than 100000 places' },
        },
      ]);
      expect(failure.hint).to.match(/name shared objects by an id, or leave the check out with `validate: 'none'`/);
    });
  }

  for (const [kind, any] of [
    ['lists', shared<unknown[]>(40, (part) => [part, part], [])],
    ['plain objects', shared<object>(40, (part) => ({ a: part, b: part }), {})],
    ['lists and objects by turns', shared<object>(40, (part) => ({ list: [part, part] }), {})],
  ] as const) {
    it(`R15 are copied as they are where no class is named: ${kind}`, async () => {
      const taken = (await checked(Loose, { any })) as { any: readonly object[] };
      expect(taken.any).not.to.equal(any);
      let depth = 0;
      for (let part: object | undefined = taken.any; part !== undefined; depth++) {
        const [one, other]: object[] = Object.values('list' in part ? (part.list as object) : part) as object[];
        expect(one === other).to.equal(true);
        part = one;
      }
      expect(depth).to.equal(41);
    });
  }

  it('R15 are converted when there is an end to it, each object once', async () => {
    const same = { name: 'a' };
    const taken = (await checked(Names, { names: [same, same] })) as Names;
    expect(taken.names).to.deep.equal([Object.assign(new Named(), same), Object.assign(new Named(), same)]);
    expect(taken.names[0]).to.equal(taken.names[1]);
    const tree = (await checked(
      Tree,
      shared<object>(14, (part) => ({ left: part, right: part }), {}),
    )) as Tree;
    let depth = 0;
    for (let part: Tree | undefined = tree; part !== undefined; part = part.left) depth++;
    expect(depth).to.equal(15);
  });

  for (const [kind, tie] of [
    ['a property', (tree: Tree): void => void (tree.left = tree)],
    ['a list', (tree: Tree): void => void (tree.more = [tree])],
    [
      'a child that knows its parent',
      (tree: Tree): void => void (tree.more = [Object.assign(new Tree(), { left: tree })]),
    ],
    ['lists that hold themselves', (tree: Tree): void => void (tree.more = listOfItself() as Tree[])],
  ] as const) {
    it(`R15 are checked once inside of themselves: ${kind}`, async () => {
      const tree = new Tree();
      tie(tree);
      expect(await checked(Tree, tree)).to.equal(tree);
      tree.right = 5 as never;
      const [violation, ...others] = violationsOf(await failureOf(checked(Tree, tree)));
      expect(violation?.path).to.equal('right');
      expect(others).to.deep.equal([]);
    });
  }

  it('R15 are no matter of size: what is large and shares nothing is checked whole', async () => {
    const names = Array.from({ length: 120_000 }, (_, index) => ({ name: `n${index}` }));
    const taken = (await checked(Names, { names })) as Names;
    expect(taken.names).to.have.length(120_000);
    expect(taken.names.at(-1)).to.be.instanceOf(Named);
  }).timeout(30_000);

  it("R15 pass with validate: 'none'", async () => {
    const payload = { any: shared<unknown[]>(40, (part) => [part, part], []) };
    const flow = await bench.run(line(node('Echo', (given) => given, { input: Loose, validate: 'none' })));
    expect(await flow.call(payload)).to.equal(payload);
  });
});
