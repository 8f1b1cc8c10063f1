import { Expose, Type } from 'class-transformer';
import { Allow, IsEmpty, IsInt, IsOptional, IsPositive, IsString, MinLength, ValidateNested } from 'class-validator';
import { expect } from 'chai';
import type { NodeOptions, PayloadShape } from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { thrownBy } from '../support/thrown-by.js';
import { failureOf, violationsOf } from './support/failure-of.js';

class Part {
  @IsPositive({ groups: ['create', 'update'] }) size!: number;
}
class Ungrouped {
  @IsInt() n!: number;
}
class User {
  @IsEmpty({ groups: ['create'], message: 'is given by the database' })
  @IsInt({ groups: ['update'] })
  id?: number;
  @IsString({ always: true }) name!: string;
  @MinLength(8, { groups: ['create'], message: 'long for a start' })
  @MinLength(2, { groups: ['update'], message: 'long enough' })
  password!: string;
  @IsOptional({ groups: ['create'] }) @ValidateNested({ always: true }) @Type(() => Part) part?: Part;
  @IsOptional({ always: true }) @ValidateNested({ always: true }) @Type(() => Ungrouped) other?: Ungrouped;
  @Allow({ always: true }) @Expose({ groups: ['update'] }) note?: string;
}

describe('option groups', () => {
  const bench = new FlowBench();
  beforeEach(() => bench.reset());
  afterEach(() => bench.stopAll());

  async function taken(payload: unknown, options: NodeOptions): Promise<User> {
    const flow = await bench.run(line(node('Take', (given) => given, { input: User, ...options })));
    return (await flow.call(payload)) as User;
  }
  async function refused(payload: unknown, options: NodeOptions): Promise<unknown> {
    return violationsOf(await failureOf(taken(payload, options))).map(({ path, constraints }) => [path, constraints]);
  }

  it('R15 says which rules hold, those of nested classes too, with the texts of these', async () => {
    const payload = { id: 1, password: 'x', part: { size: 0 } };
    expect(await refused(payload, { groups: ['create'] })).to.deep.equal([
      ['id', { isEmpty: 'is given by the database' }],
      ['name', { isString: 'name must be a string' }],
      ['password', { minLength: 'long for a start' }],
      ['part.size', { isPositive: 'size must be a positive number' }],
    ]);
    expect(await refused(payload, { groups: ['update'] })).to.deep.equal([
      ['name', { isString: 'name must be a string' }],
      ['password', { minLength: 'long enough' }],
      ['part.size', { isPositive: 'size must be a positive number' }],
    ]);
    expect(await taken({ name: 'a', password: '12345678' }, { groups: ['create'] })).to.be.instanceOf(User);
  });

  it('R15 says which properties `@Expose` takes', async () => {
    const payload = { id: 1, name: 'a', password: '12', part: { size: 1 }, note: 'n' };
    expect(await taken(payload, { groups: ['update'] })).to.have.property('note', 'n');
    expect(await taken({ ...payload, id: undefined, password: '12345678' }, { groups: ['create'] })).to.have.property(
      'note',
      undefined,
    );
  });

  it('R15 leaves out, or refuses, what no rule of these groups knows', async () => {
    const payload = { id: 1, name: 'a', password: '12', part: { size: 1, more: 1 }, more: 1 };
    expect((await taken(payload, { groups: ['update'], whitelist: true })).part).to.deep.equal(
      Object.assign(new Part(), { size: 1 }),
    );
    expect(await refused(payload, { groups: ['update'], forbidNonWhitelisted: true })).to.deep.equal([
      ['more', { whitelistValidation: 'is not a property that may be given' }],
      ['part.more', { whitelistValidation: 'is not a property that may be given' }],
    ]);
  });

  it('R15 does not let a nested class pass of which no rule is in these groups', async () => {
    const [[path, constraints]] = (await refused(
      { name: 'a', password: '12345678', other: { n: 'x' } },
      { groups: ['create'] },
    )) as [[string, object]];
    expect(path).to.equal('other');
    expect(constraints).to.have.keys('unknownValue');
  });

  it('R15 is refused at assembly when no rule of a class is in these groups, and nothing would be checked', () => {
    const make = (input: PayloadShape, groups: readonly string[]): unknown =>
      bench.make(line(node('Take', () => 1, { input, groups })));
    const error = thrownBy(() => make(Ungrouped, ['craete', 'update']));
    expect(error.code).to.equal('INVALID_OPTION');
    expect(error.message).to.equal(
      'Expected `groups` of @Node "Take" to be the groups of rules that Ungrouped has; none of its rules would apply, got "craete, update"',
    );
    class Bare {}
    expect(make(Bare, ['create'])).to.have.property('plan');
  });

  it('R15 is a list of names, for a class', () => {
    for (const [input, groups] of [
      [User, []],
      [User, 'create'],
      [User, [1]],
      [User, ['']],
      [undefined, ['create']],
    ] as const) {
      const error = thrownBy(() => node('Take', () => 1, { input, groups } as never));
      expect([error.code, error.metadata['option']]).to.deep.equal(['INVALID_OPTION', 'groups']);
    }
  });
});
