import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { IsString } from 'class-validator';
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

  it('R15 do without what is not in the public API of class-validator, by way of promises', async () => {
    class Order {
      @IsString() id!: string;
    }
    const libraries = classLibraries('a test', (name) => {
      if (name.includes('/')) throw new Error('not exported');
      return load(name);
    });
    const errors = libraries.validate(new Order(), {});
    expect(errors).to.be.instanceOf(Promise);
    expect(await errors).to.have.length(1);
    const direct = classLibraries('a test').validate(new Order(), {});
    expect(direct).to.be.an('array').with.length(1);
  });
});
