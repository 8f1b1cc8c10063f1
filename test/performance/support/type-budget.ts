import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A graph of some shape, to be measured against a chain with as many edges. */
export interface MeasuredGraph {
  readonly title: string;
  readonly edges: number;
  readonly code: string;
  /** How many times the cost of the chain it may have. */
  readonly factor: number;
}

/** What the compiler said of one program. */
export interface Measured {
  /** Types that were made from generic ones: a count of the compiler's work that is the same on every machine. */
  readonly instantiations: number;
  readonly errors: readonly string[];
}

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

/** Beside a chain of this many edges each graph is held against one. */
export const CHAINS: readonly number[] = [64, 128, 256, 512];

/** The shapes that cost more than their size, once. */
export const GRAPHS: readonly MeasuredGraph[] = [
  { title: '64 ways out of one node', edges: 64, code: fanOut(64), factor: 1 },
  { title: '64 nodes at the ingress', edges: 64, code: starts(64), factor: 1 },
  { title: '64 ways that come together again', edges: 128, code: joined(64), factor: 1.1 },
  { title: 'a diamond with 64 steps on each side', edges: 128, code: arms(64), factor: 1.1 },
  { title: '32 diamonds in a row', edges: 128, code: diamonds(32), factor: 1.1 },
  { title: '128 diamonds in a row, in parts', edges: 512, code: diamonds(128, 16), factor: 1.1 },
  // Each of the branches takes a class away from what is left.
  { title: '64 branches by class', edges: 64, code: branches(64), factor: 1.8 },
];

/** Node after node. */
export function chain(edges: number): string {
  const nodes = range(edges + 1).map((at) => node(`N${at}`, `M${at}`, `M${at + 1}`));
  const calls = range(edges).map((at) => `.to(N${at + 1})`);
  return program(edges + 2, nodes, `start(N0)${calls.join('')}`, `M${edges + 1}`);
}

function fanOut(ways: number): string {
  const nodes = range(ways).map((at) => node(`N${at}`, 'M0', `M${at + 1}`));
  return program(ways + 1, [node('A', 'M0', 'M0'), ...nodes], `start(A).to(${names('N', ways)})`, messages(ways));
}

function starts(ways: number): string {
  const nodes = range(ways).map((at) => node(`N${at}`, 'M0', `M${at + 1}`));
  return program(ways + 1, nodes, `start(${names('N', ways)})`, messages(ways));
}

function joined(ways: number): string {
  const nodes = range(ways).map((at) => node(`N${at}`, 'M0', `M${at + 1}`));
  const ends = [node('A', 'M0', 'M0'), node('J', messages(ways), 'M0')];
  const calls = range(ways).map((at) => `.from(N${at}).to(J)`);
  return program(ways + 1, [...ends, ...nodes], `start(A).to(${names('N', ways)})${calls.join('')}`, 'M0');
}

function arms(steps: number): string {
  const left = range(steps).map((at) => node(`L${at}`, `M${at}`, `M${at + 1}`));
  const right = range(steps).map((at) => node(`R${at}`, at === 0 ? 'M0' : `M${steps + at}`, `M${steps + at + 1}`));
  const ends = [node('A', 'M0', 'M0'), node('J', `M${steps} | M${steps * 2}`, 'M0')];
  const arm = (name: string): string =>
    `.from(${name}0)${range(steps - 1)
      .map((at) => `.to(${name}${at + 1})`)
      .join('')}.to(J)`;
  return program(steps * 2 + 1, [...ends, ...left, ...right], `start(A).to(L0, R0)${arm('L')}${arm('R')}`, 'M0');
}

/** @param part - so many stand in one expression: TypeScript 5.4 runs out of stack in one of more than 500 calls, whatever their types */
function diamonds(count: number, part = count): string {
  const nodes = range(count).flatMap((at) => {
    const first = at * 3;
    return [
      node(`A${at}`, `M${first}`, `M${first + 1}`),
      node(`B${at}`, `M${first}`, `M${first + 2}`),
      node(`S${at}`, `M${first + 1} | M${first + 2}`, `M${first + 3}`),
    ];
  });
  const calls = range(count).map((at) => `.to(A${at}, B${at}).from(A${at}).to(S${at}).from(B${at}).to(S${at})`);
  const parts = range(count / part).map(
    (at) => `const part${at + 1} = part${at}${calls.slice(at * part, (at + 1) * part).join('')};`,
  );
  const all = [node('First', 'M0', 'M0'), ...nodes, 'const part0 = start(First);', ...parts];
  return program(count * 3 + 1, all, `part${count / part}`, `M${count * 3}`);
}

function branches(ways: number): string {
  const nodes = range(ways).map((at) => node(`N${at}`, `M${at + 1}`, 'M0'));
  const calls = range(ways).map((at) => `.on(M${at + 1}, N${at})`);
  return program(ways + 1, [node('A', 'M0', messages(ways)), ...nodes], `start(A)${calls.join('')}`, 'M0');
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at);
}

function names(prefix: string, count: number): string {
  return range(count)
    .map((at) => `${prefix}${at}`)
    .join(', ');
}

function messages(count: number): string {
  return range(count)
    .map((at) => `M${at + 1}`)
    .join(' | ');
}

function node(name: string, takes: string, emits: string): string {
  return `declare class ${name} { process(_: ${takes}): ${emits} }`;
}

/** A flow with this graph, whose output is looked at, so that the compiler has to know it. */
function program(classes: number, nodes: readonly string[], graph: string, emits: string): string {
  return [
    "import { Flow, start, type FlowGraph } from 'penguiflow';",
    ...range(classes).map((at) => `declare class M${at} { readonly m${at}: ${at} }`),
    ...nodes,
    `@Flow()\nexport class Measured { readonly graph = ${graph} }`,
    `export const checked: FlowGraph<M0, ${emits}> = new Measured().graph;`,
    '',
  ].join('\n');
}

/**
 * Compiles one program in a folder of its own, from where `penguiflow` is found.
 *
 * @param tsc - the path of the compiler
 */
export async function measure(tsc: string, folder: string, code: string): Promise<Measured> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'program.ts'), code);
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, files: ['program.ts'] }));
  const args = [tsc, '-p', folder, '--extendedDiagnostics', '--pretty', 'false'];
  const printed = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 24 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
  const count = /^Instantiations:\s+(\d+)$/mu.exec(printed)?.[1];
  const errors = printed.split('\n').filter((line) => line.includes('error TS'));
  if (count === undefined && errors.length === 0) errors.push(printed.slice(0, 2000));
  return { instantiations: Number(count), errors };
}
