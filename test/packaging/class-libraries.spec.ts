import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { classLibraries } from '#src/validation/class-libraries.js';
import { thrownBy } from '../support/thrown-by.js';

const run = promisify(execFile);
const load = createRequire(import.meta.url) as (name: string) => unknown;

/** What a program that imports the package prints. */
async function printedBy(program: string): Promise<string> {
  const entry = pathToFileURL(resolve('dist/src/index.js')).href;
  const code = `
    import { createRequire } from 'node:module';
    import { createFlow, Flow, Node, start } from '${entry}';
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((file) => /class-(validator|transformer)/.test(file)).length;
    class A { process() { return 1; } }
    class F { graph = start(A); }
    class Order {}
    ${program}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { timeout: 20_000 });
  return stdout.trim();
}

/** What it prints in a project that has the package and its required peers, and nothing else. */
async function printedWithout(program: string): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'penguiflow-peers-'));
  try {
    const modules = join(project, 'node_modules');
    await cp('lib', join(modules, 'penguiflow/lib'), { recursive: true });
    await cp('package.json', join(modules, 'penguiflow/package.json'));
    for (const name of ['tsyringe', 'reflect-metadata', 'winston'])
      await symlink(resolve('node_modules', name), join(modules, name), 'junction');
    const code = `
      import { arrayOf, createFlow, Flow, Node, oneOf, start } from 'penguiflow';
      class A { process() { return 1; } }
      class F { graph = start(A); }
      class Order {}
      const schema = { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } };
      ${program}`;
    const { stdout } = await run(process.execPath, ['--no-warnings', '--input-type=module', '-e', code], {
      cwd: project,
      timeout: 20_000,
    });
    return stdout.trim();
  } finally {
    await rm(project, { recursive: true });
  }
}

describe('the libraries for validation by class', () => {
  it('R15 are not loaded for a flow without classes to validate', async () => {
    const schema = `{ '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } }`;
    const all = ['{}', `{ input: ${schema} }`, "{ input: Order, validate: 'out' }"];
    const printed = await Promise.all(
      all.map((options) => printedBy(`Node(${options})(A); Flow()(F); createFlow(F); console.log(loaded());`)),
    );
    expect(printed).to.deep.equal(['0', '0', '0']);
  });

  it('R15 are loaded when a flow with one is assembled', async () => {
    const program =
      'Node({ input: Order })(A); Flow()(F); const before = loaded(); createFlow(F); console.log(before, loaded() > 0);';
    expect(await printedBy(program)).to.equal('0 true');
  });

  it('R15 are missed by the decorator that names a class to validate', async () => {
    const program = `
      for (const options of [{ input: Order }, { output: arrayOf(Order) }, { input: oneOf(schema, Order), validate: 'in' }]) {
        try {
          Node(options)(A);
        } catch (error) {
          console.log(error.code, error.metadata.package, '-', error.message, '-', error.hint);
        }
      }`;
    const expected =
      'PACKAGE_MISSING class-validator - @Node "A" validates by class, which needs class-validator, and that cannot be loaded' +
      ' - Run `npm install class-validator class-transformer` (it works with class-validator 0.14 or 0.15 and class-transformer 0.5), or validate with a Standard Schema instead.';
    expect((await printedWithout(program)).split('\n')).to.deep.equal([expected, expected, expected]);
  });

  it('R15 are not missed where no class is validated', async () => {
    const program = `
      for (const options of [{ input: schema }, { input: Order, validate: 'out' }, { output: Order, validate: 'none' }]) {
        Node(options)(A);
        Flow()(F);
        const flow = createFlow(F);
        await flow.run();
        console.log(await flow.call({}));
        await flow.stop();
      }`;
    expect(await printedWithout(program)).to.equal('1\n1\n1');
  });

  it('R15 say what to install when one is missing', () => {
    const error = thrownBy(() =>
      classLibraries('@Node "Price"', (name) => {
        if (name === 'class-validator') throw new Error('Cannot find module');
        return load(name);
      }),
    );
    expect(error.code).to.equal('PACKAGE_MISSING');
    expect(error.message).to.equal(
      '@Node "Price" validates by class, which needs class-validator, and that cannot be loaded',
    );
    expect(error.hint).to.contain('npm install class-validator class-transformer');
  });

  it('R15 are missed when they are another version, without the parts that are used', () => {
    for (const name of ['class-validator', 'class-transformer']) {
      const error = thrownBy(() =>
        classLibraries('@Node "Price"', (file) => {
          if (file.startsWith(`${name}/`)) throw new Error('not exported');
          return load(file);
        }),
      );
      expect([error.code, error.metadata['package']]).to.deep.equal(['PACKAGE_MISSING', name]);
      expect(error.hint).to.contain('class-validator 0.14 or 0.15 and class-transformer 0.5');
    }
  });
});
