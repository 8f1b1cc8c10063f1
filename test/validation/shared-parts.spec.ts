import { Type } from 'class-transformer';
import { IsInt, IsOptional, ValidateNested } from 'class-validator';
import { expect } from 'chai';
import { useFlows } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { failureOf, violationsOf } from './support/failure-of.js';

class Tree {
  @IsOptional() @ValidateNested() @Type(() => Tree) left?: Tree;
  @IsOptional() @ValidateNested() @Type(() => Tree) right?: Tree;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Tree) more?: unknown[];
  @IsInt() size = 1;
}

/** As many objects as it is deep, each of which holds the next one twice: a place for each way down. */
function shared<T>(around: (part: T) => T, innermost: T): T {
  let part = innermost;
  for (let level = 0; level < 40; level++) part = around(part);
  return part;
}

function tree(parts: Partial<Tree>): Tree {
  return Object.assign(new Tree(), parts);
}

describe('instances that share their parts', () => {
  const bench = useFlows();

  async function checked(payload: unknown): Promise<unknown> {
    const flow = await bench.run(line(node('Echo', (given) => given, { input: Tree })));
    return flow.call(payload);
  }

  for (const [kind, payload] of [
    ['objects', shared((part) => tree({ left: part, right: part }), new Tree())],
    ['lists', shared((part) => tree({ more: [part, part] }), new Tree())],
    ['lists of lists', tree({ more: shared<unknown[]>((part) => [part, part], [new Tree()]) })],
  ] as const) {
    it(`R15 are checked, however often they share, and passed on as they are: ${kind}`, async () => {
      expect(await checked(payload)).to.equal(payload);
    });
  }

  it('R15 may hold themselves', async () => {
    const ring = new Tree();
    ring.left = tree({ right: ring, more: [ring] });
    expect(await checked(ring)).to.equal(ring);
  });

  it('R15 are refused for what is wrong with one of them, which is told of at each of its places, if those are not very many', async () => {
    const wrong = tree({ size: 1.5 });
    const violations = violationsOf(await failureOf(checked(tree({ left: wrong, right: tree({ left: wrong }) }))));
    expect(violations.map(({ path }) => path)).to.have.members(['left.size', 'right.left.size']);
    const deep = shared((part) => tree({ left: part, right: part }), wrong);
    expect(violationsOf(await failureOf(checked(deep)))).to.have.length(50);
  });
});
