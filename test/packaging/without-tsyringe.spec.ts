import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);

const PEERS = ['reflect-metadata', 'winston', '@types/node'];
const OF_NEST = ['@nestjs/common', '@nestjs/core', 'rxjs'];

const CLASSES = `
  class Double { process(n) { return n * 2; } }
  class Doubling { graph = start(Double); }
  Node()(Double);
  Flow()(Doubling);`;

describe('a project without tsyringe', function () {
  this.timeout(30_000);
  let project: string;

  before(async () => {
    project = await mkdtemp(join(tmpdir(), 'penguiflow-without-tsyringe-'));
    const modules = join(project, 'node_modules');
    await cp('lib', join(modules, 'penguiflow/lib'), { recursive: true });
    await cp('package.json', join(modules, 'penguiflow/package.json'));
    for (const name of [...PEERS, ...OF_NEST]) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(resolve('node_modules', name), join(modules, name), 'junction');
    }
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  });
  after(() => rm(project, { recursive: true }));

  async function printedBy(program: string): Promise<string> {
    const args = ['--no-warnings', '--input-type=module', '-e', program];
    const { stdout, stderr } = await run(process.execPath, args, { cwd: project, timeout: 20_000 });
    expect(stderr).to.equal('');
    return stdout.trim();
  }

  it('runs flows in NestJS, with FlowLogger', async () => {
    const printed = await printedBy(`
      import { Module } from '@nestjs/common';
      import { NestFactory } from '@nestjs/core';
      import { Flow, FlowLogger, Node, start } from 'penguiflow';
      import { getFlowToken, PenguiFlowModule } from 'penguiflow/nestjs';
      ${CLASSES}
      class App {}
      const imports = [
        PenguiFlowModule.forRoot({ logging: { structured: true }, middlewares: [FlowLogger] }),
        PenguiFlowModule.forFeature([Doubling]),
      ];
      Module({ imports, providers: [Double, Doubling] })(App);
      const app = await NestFactory.createApplicationContext(App, { logger: false });
      const result = await app.get(getFlowToken(Doubling), { strict: false }).call(21);
      await app.close();
      console.log(result);`);
    const lines = printed.split('\n');
    expect(lines.at(-1)).to.equal('42');
    expect(lines.slice(0, -1).map((line) => (JSON.parse(line) as { readonly message: string }).message)).to.deep.equal([
      'trace_start',
      'node_success',
      'trace_end',
    ]);
  });

  it('hears from createFlow what to install, unless it brings a resolver', async () => {
    const printed = await printedBy(`
      import { createFlow, Flow, Node, start } from 'penguiflow';
      ${CLASSES}
      for (const options of [undefined, { providers: [] }]) {
        try {
          createFlow(Doubling, options);
        } catch ({ code, message, hint }) {
          console.log(code, '-', message, '-', hint);
        }
      }
      const instances = new Map([[Double, new Double()], [Doubling, new Doubling()]]);
      const resolver = { has: (token) => instances.has(token), resolve: (token) => instances.get(token) };
      const flow = createFlow(Doubling, { resolver });
      await flow.run();
      console.log(await flow.call(21));
      await flow.stop();`);
    const missing =
      'PACKAGE_MISSING - createFlow gets nodes and services from tsyringe, and that cannot be loaded - ' +
      'Run `npm install tsyringe` (it works with tsyringe 4.10), or pass a `resolver` of your own. In NestJS, get the flow with `@InjectFlow`.';
    expect(printed.split('\n')).to.deep.equal([missing, missing, '42']);
  });

  it('compiles with our declarations checked', async () => {
    const options = {
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      module: 'nodenext',
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      types: ['node'],
    };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['all.ts'] }));
    const entries = ['penguiflow', 'penguiflow/testing', 'penguiflow/store', 'penguiflow/nestjs'];
    await writeFile(
      join(project, 'all.ts'),
      entries.map((entry, index) => `export * as e${index} from '${entry}';`).join('\n'),
    );
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', '.'], { cwd: project, timeout: 30_000 }).catch(
      (error: unknown) => error as { readonly stdout: string },
    );
    // NestJS's own declarations may have mistakes.
    expect(stdout.split('\n').filter((line) => line.includes('penguiflow'))).to.deep.equal([]);
  });
});
