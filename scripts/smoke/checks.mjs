// What a user's programs meet in a project. Each check throws when something does not hold, and says what held.
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, run, runToFailure } from './run.mjs';

/** The subpaths, and the optional peer that each cannot do without; none for `testing`, `store`, `inspector` and `distributed`. */
const SUBPATHS = {
  nestjs: '@nestjs/common',
  testing: undefined,
  metrics: 'prom-client',
  otel: '@opentelemetry/api',
  store: undefined,
  inspector: undefined,
  'store/conformance': undefined,
  distributed: undefined,
  'distributed/conformance': undefined,
};

const IMPORTS = {
  module: (name) => `await import('${name}')`,
  commonjs: (name) => `require('${name}')`,
};

function evaluate(type, code) {
  return [`--input-type=${type}`, '-r', 'reflect-metadata', '-e', code];
}

/** `import` and `require` lead to one copy. */
export async function checkOneCopy(project) {
  const one = "import('penguiflow').then((m) => process.exit(m.FlowError === require('penguiflow').FlowError ? 0 : 1))";
  await run(process.execPath, evaluate('commonjs', one), project);
  console.log(`${basename(project)}: import and require give the same classes`);
}

/** With every peer installed, each subpath can be imported and required. */
export async function checkSubpaths(project) {
  for (const subpath of Object.keys(SUBPATHS)) {
    for (const [type, load] of Object.entries(IMPORTS)) {
      const code = `process.exit(Object.keys(${load(`penguiflow/${subpath}`)}).length > 0 ? 0 : 1)`;
      await run(process.execPath, evaluate(type, code), project);
    }
  }
  console.log(`${basename(project)}: every subpath can be imported and required`);
}

/** With the required peers alone, a subpath works or its error names what is not installed. */
export async function checkMissingPeers(project) {
  for (const [subpath, peer] of Object.entries(SUBPATHS)) {
    for (const [type, load] of Object.entries(IMPORTS)) {
      const args = evaluate(type, load(`penguiflow/${subpath}`));
      if (peer === undefined) await run(process.execPath, args, project);
      else {
        const stderr = await runToFailure(args, project);
        expect(stderr.includes(`'${peer}'`), `${subpath} does not say that ${peer} is missing:\n${stderr}`);
      }
    }
  }
  const decorate = `const { FlowError, Node } = ${IMPORTS.module('penguiflow')};
    try { Node({ input: class Order {} })(class Price { process(order) { return order; } }); }
    catch (error) { process.exit(FlowError.is(error, 'PACKAGE_MISSING') && /npm install class-validator/.test(error.hint) ? 0 : 1); }
    process.exit(2);`;
  await run(process.execPath, evaluate('module', decorate), project);
  console.log(`${basename(project)}: without optional peers, errors name what is missing`);
}

/** An error that nobody catches shows its code, and a stack that leads to the line that threw it, not a line of a bundle that is a screen wide. */
export async function checkUncaught(project) {
  const program = join(project, 'uncaught.mjs');
  await writeFile(
    program,
    "import 'reflect-metadata';\nimport { Message } from 'penguiflow';\nnew Message(1, { ts: 'x' });\n",
  );
  const frames = [
    [[], /penguiflow\/lib\/index\.js:\d+/],
    [['--enable-source-maps'], /penguiflow[\\/]src[\\/]message[\\/]message\.ts:\d+/],
  ];
  for (const [flags, place] of frames) {
    const stderr = await runToFailure([...flags, program], project);
    const lines = stderr.split('\n');
    const first = lines.findIndex((line) => line.startsWith('FlowError [INVALID_MESSAGE]: '));
    const stack = lines.slice(first + 1).filter((line) => line.startsWith('    at '));
    const readable = first !== -1 && stack.some((line) => place.test(line)) && lines.every((line) => line.length < 400);
    expect(readable, `an uncaught error prints\n${stderr}`);
  }
  console.log(`${basename(project)}: an uncaught error prints its code and where it was thrown`);
}

/** A package of nodes that has a penguiflow of its own, inside an application that has another. */
const NODES = `
  import { FinalAnswer, getLogger, Node, NonRetryableError, StreamChunk } from 'penguiflow';
  export * as own from 'penguiflow';
  export class Answer {
    async process(question, ctx) {
      if (question === '') throw new NonRetryableError('no question');
      getLogger('nodes').info('from the package');
      await ctx.emit(new StreamChunk('s', 0, question, true));
      return new FinalAnswer(question);
    }
  }
  Node({ name: 'answer', maxRetries: 2 })(Answer);
`;

const APPLICATION = `
  import 'reflect-metadata';
  import { strict as assert } from 'node:assert';
  import { configureLogging, createFlow, FinalAnswer, Flow, FlowError, FlowLogger, start, StreamChunk } from 'penguiflow';
  import { Answer, own } from 'nodes';
  assert.notEqual(own.FinalAnswer, FinalAnswer);
  class Answers { graph = start(Answer); }
  Flow({ middlewares: [FlowLogger] })(Answers);
  for (const configure of [configureLogging, own.configureLogging])
    configure({ destination: process.stdout, structured: true, level: 'info' });
  const flow = createFlow(Answers);
  await flow.run();
  const stream = flow.stream('why?');
  for await (const piece of stream) assert(piece instanceof StreamChunk && StreamChunk.is(piece));
  assert((await stream.result) instanceof FinalAnswer);
  const error = await flow.call('').catch((error) => error);
  assert(error instanceof own.FlowError && FlowError.is(error, 'NODE_EXCEPTION') && error.metadata.attempt === 0);
  await flow.stop();
`;

/** Two installed copies in one process understand each other, and log on one stream. */
export async function checkTwoCopies(project) {
  const nodes = join(project, 'node_modules/nodes');
  await mkdir(join(nodes, 'node_modules'), { recursive: true });
  await cp(join(project, 'node_modules/penguiflow'), join(nodes, 'node_modules/penguiflow'), { recursive: true });
  await writeFile(
    join(nodes, 'package.json'),
    JSON.stringify({ name: 'nodes', type: 'module', exports: './index.js' }),
  );
  await writeFile(join(nodes, 'index.js'), NODES);
  await writeFile(join(project, 'two-copies.mjs'), APPLICATION);
  const { stdout } = await run(process.execPath, ['two-copies.mjs'], project);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const texts = lines.map(({ message, event }) => message ?? event);
  for (const text of ['from the package', 'node_success', 'node_failed'])
    expect(texts.filter((each) => each === text).length === 1, `two copies logged ${texts.join(', ')}`);
  console.log(`${basename(project)}: two copies understand each other and log ${lines.length} lines on one stream`);
}
