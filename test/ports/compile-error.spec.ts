import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

/** Inside the project, so that `penguiflow` means this package. */
const FOLDER = 'dist/compile-errors';

const OPTIONS = {
  target: 'ES2022',
  lib: ['ES2023', 'ESNext.Disposable'],
  module: 'NodeNext',
  strict: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: ['node'],
  noEmit: true,
};

const WORLD = `
import { CLOCK, createFlow, Flow, Node, start, uncheckedGraph, type Clock, type FlowGraph, type NodeContext } from 'penguiflow';
class Order { readonly order = 1 }
class Paid { readonly paid = 1 }
class Declined { readonly declined = 1 }
class Charge { process(_: Order): Paid | Declined { return new Paid() } }
class Ship { process(_: Paid): string { return '' } }
class Refuse { process(_: Declined): string { return '' } }
class Silent { process(_: Order): undefined { return undefined } }
void [CLOCK, createFlow, Flow, Node, start, uncheckedGraph, Order, Charge, Ship, Refuse, Silent];
export type Used = [Clock, FlowGraph, NodeContext];
`;

interface Case {
  readonly title: string;
  readonly code: string;
  /** What is printed of each error, after its place and number. */
  readonly errors: readonly string[];
}

/** The compiler's own line above the one that says what is wrong with a decorated class. */
const DECORATOR = 'Unable to resolve signature of class decorator when called as an expression.';

function atDecorator(type: string, sentence: string): string {
  return `${DECORATOR}\n  Argument of type 'typeof ${type}' is not assignable to parameter of type 'CompileError<[${sentence}]>'.`;
}

function atArgument(type: string, sentence: string): string {
  return `Argument of type 'typeof ${type}' is not assignable to parameter of type 'CompileError<[${sentence}]>'.`;
}

const NO_BRANCH = 'has no branch: add .on(…) or .otherwise(…)';

const CASES: readonly Case[] = [
  {
    title: 'a class that no branch takes is named once, at @Flow, whatever is done with the flow',
    code: `
      @Flow() class Orders { readonly graph = start(Charge).on(Paid, Ship) }
      const flow = createFlow(Orders);
      void flow.call(new Order(), { timeoutS: 1 });
      @Node() class Calls { process(order: Order, ctx: NodeContext): Promise<string> { return ctx.call(Orders, order) } }
      void Calls;`,
    errors: [atDecorator('Orders', `Declined, "${NO_BRANCH}"`)],
  },
  {
    title: 'several classes without a branch are all named',
    code: `
      class Late { readonly late = 1 }
      class Three { process(_: Order): Paid | Declined | Late { return new Paid() } }
      @Flow() class Orders { readonly graph = start(Three).on(Paid, Ship) }
      createFlow(Orders);`,
    errors: [atDecorator('Orders', `Declined | Late, "${NO_BRANCH}"`)],
  },
  {
    title: 'a predicate leaves what it refuses',
    code: `@Flow() class Orders { readonly graph = start(Ship).when((text) => text !== '', class { process(_: string): void {} }) }
      createFlow(Orders);`,
    errors: [atDecorator('Orders', `string, "${NO_BRANCH}"`)],
  },
  {
    title: 'a graph that is not complete cannot go on from elsewhere',
    code: `start(Charge).on(Paid, Ship).from(Ship);`,
    errors: [
      `This expression is not callable.\n  No constituent of type 'CompileError<[Declined, "${NO_BRANCH}"]>' is callable.`,
    ],
  },
  {
    title: 'a class without a graph',
    code: `@Flow() class Orders { readonly nodes = start(Silent) }
      void Orders;`,
    errors: [atDecorator('Orders', 'Orders, "has no public field `graph`: add `readonly graph = start(…)`"')],
  },
  {
    title: 'a class whose graph is private',
    code: `@Flow() class Orders { private readonly graph = start(Silent); make(): unknown { return this.graph } }
      void Orders;`,
    errors: [atDecorator('Orders', 'Orders, "has no public field `graph`: add `readonly graph = start(…)`"')],
  },
  {
    title: 'a graph of the wrong type',
    code: `@Flow() class Orders { readonly graph = [Charge, Ship] }
      void Orders;`,
    errors: [
      atDecorator(
        'Orders',
        '"`graph` of", Orders, "is", (typeof Charge | typeof Ship)[], "and not what start(…) or uncheckedGraph(…) gives"',
      ),
    ],
  },
  {
    title: 'a class that cannot be made',
    code: `@Flow() abstract class Orders { readonly graph = start(Silent) }
      void Orders;`,
    errors: [
      atDecorator(
        'Orders',
        '"A flow is an instance of its class, so that is not abstract and has a public constructor"',
      ),
    ],
  },
  {
    title: 'a target that does not take what is emitted',
    code: `start(Ship).to(Charge);`,
    errors: [atArgument('Charge', 'Charge, "takes", Order, "but the node before it emits", string')],
  },
  {
    title: 'a target after a node that emits nothing',
    code: `start(Silent).to(Charge);`,
    errors: [atArgument('Charge', '"Nothing comes after a node that emits nothing"')],
  },
  {
    title: 'a target that is no node',
    code: `start(Ship).to(Order);`,
    errors: [atArgument('Order', '"A node has `process(payload, ctx)`; this has none, or one that takes nothing"')],
  },
  {
    title: 'a branch for a class that is never emitted',
    code: `start(Charge).on(Order, Silent);`,
    errors: [atArgument('Order', 'Order, "is never emitted here; the node emits", Declined | Paid')],
  },
  {
    title: 'a loop over a class that the node does not take',
    code: `start(Charge).loop(Paid);`,
    errors: [atArgument('Paid', 'Charge, "does not take", Paid, "which would come back to it"')],
  },
  {
    title: 'what @Node says of its class',
    code: `
      @Node({ input: Paid }) class In { process(_: Order): Order { return _ } }
      @Node({ output: Paid }) class Out { process(_: Order): Order { return _ } }
      void [In, Out];`,
    errors: [
      atDecorator('In', '"`process` takes", Order, "but `input` of @Node is", Paid'),
      atDecorator('Out', '"`process` emits", Order, "but `output` of @Node is", Paid'),
    ],
  },
  {
    title: 'a schema that makes something else of what is emitted',
    code: `
      import type { StandardSchema } from 'penguiflow';
      declare const number: StandardSchema<unknown, number>;
      declare const length: StandardSchema<string, number>;
      @Node({ output: number }) class Made { process(_: Order): string { return '' } }
      @Node({ output: length }) class Sent { process(_: Order): number { return 1 } }
      @Node({ input: number }) class Taken { process(_: string): string { return '' } }
      void [Made, Sent, Taken];`,
    errors: [
      atDecorator(
        'Made',
        '"`output` of @Node makes", number, "of what `process` emits", string, "and edges go by that"',
      ),
      atDecorator('Sent', '"`process` emits", number, "but `output` of @Node is", string'),
      atDecorator('Taken', '"`process` takes", string, "but `input` of @Node is", number'),
    ],
  },
  {
    title: 'several signatures of process',
    code: `
      @Node() class Several {
        process(_: Paid): string;
        process(_: Declined): number;
        process(_: Paid | Declined): string | number { return 1 }
      }
      void Several;`,
    errors: [
      atDecorator(
        'Several',
        '"`process` has several signatures, and edges know one: write `process(payload: A | B): X | Y`"',
      ),
    ],
  },
  {
    title: 'a service that is not what its token stands for',
    code: `
      @Flow() class Orders { readonly graph = start(Silent) }
      createFlow(Orders, { providers: [{ token: 'name', useValue: 1 }, { token: CLOCK, useValue: 'no clock' }] });`,
    errors: ["Type 'string' is not assignable to type 'Clock'."],
  },
  {
    title: 'a graph that is right',
    code: `
      @Flow() class Orders { readonly graph = start(Charge).on(Paid, Ship).on(Declined, Refuse) }
      const answer: Promise<string> = createFlow(Orders).call(new Order());
      void answer;`,
    errors: [],
  },
];

/** What the compiler prints of one file: each error without its place and number. */
function errorsOf(printed: string, file: string): string[] {
  const errors: string[] = [];
  let here = false;
  for (const line of printed.split('\n')) {
    const [, path, text] = /^(\S+?)\(\d+,\d+\): error TS\d+: (.*)$/u.exec(line) ?? [];
    if (text === undefined) {
      if (here && line.startsWith(' ')) errors[errors.length - 1] += `\n${line}`;
      continue;
    }
    here = path?.endsWith(`/${file}`) === true;
    if (here) errors.push(text);
  }
  return errors;
}

describe('the errors of the compiler', function () {
  this.timeout(60_000);
  let printed = '';

  before(async () => {
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(FOLDER, { recursive: true });
    await Promise.all(CASES.map(({ code }, at) => writeFile(join(FOLDER, `case-${at}.ts`), `${WORLD}${code}\n`)));
    await writeFile(join(FOLDER, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, include: ['*.ts'] }));
    const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
    printed = await new Promise((resolve) => {
      execFile(process.execPath, [tsc, '-p', FOLDER, '--pretty', 'false'], (_error, stdout) => resolve(stdout));
    });
    expect(printed).to.contain('error TS');
  });

  for (const [at, { title, errors }] of CASES.entries()) {
    it(`say it in one sentence: ${title}`, () => {
      expect(errorsOf(printed, `case-${at}.ts`)).to.deep.equal(errors);
    });
  }
});
