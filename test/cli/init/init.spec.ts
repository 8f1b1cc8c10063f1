import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';
import ts from '@typescript/typescript6';

import { penguiflow, type Ran } from '../support/command-line.js';
import { useTempFolder } from '../support/temp-folder.js';

interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

// What npm makes of a project is tried by `npm run smoke`: install, test and start of each kind.
describe('penguiflow init', () => {
  const folder = useTempFolder();

  async function init(...args: string[]): Promise<Ran> {
    return penguiflow(['init', ...args], { cwd: folder.path });
  }

  function read(path: string): string {
    return readFileSync(folder.file(path), 'utf8');
  }

  it('makes a project in a new folder, and says what to do next', async () => {
    const { stdout, exitCode } = await init('My Shop');
    expect(exitCode).to.equal(0);
    const manifest = JSON.parse(read('My Shop/package.json')) as Manifest;
    expect(manifest.name).to.equal('my-shop');
    expect(Object.keys(manifest.dependencies)).to.include.members([
      'penguiflow',
      'reflect-metadata',
      'tsyringe',
      'winston',
    ]);
    const { compilerOptions } = JSON.parse(read('My Shop/tsconfig.json')) as { readonly compilerOptions: object };
    expect(compilerOptions).to.include({ experimentalDecorators: true, emitDecoratorMetadata: true, sourceMap: true });
    for (const file of [
      'package.json',
      'tsconfig.json',
      '.gitignore',
      'src/orders.ts',
      'src/main.ts',
      'src/orders.test.ts',
    ]) {
      expect(stdout).to.contain(`  ${file}\n`);
      expect(existsSync(folder.file(join('My Shop', file)))).to.equal(true);
    }
    expect(stdout).to.match(/cd 'My Shop'\n {2}npm install\n {2}npm test\n/);
  });

  it('makes it in this folder, with a folder of git in it', async () => {
    mkdirSync(folder.file('.git'));
    const { exitCode, stdout } = await init();
    expect(exitCode).to.equal(0);
    expect(stdout).to.not.contain('cd ');
    expect(existsSync(folder.file('src/orders.ts'))).to.equal(true);
  });

  for (const [flag, files, packages] of [
    ['--store', ['penguiflow.config.json'], ['libsql']],
    ['--nest', ['src/app.module.ts', 'src/orders.controller.ts'], ['@nestjs/common', '@nestjs/core', 'rxjs']],
  ] as const) {
    it(`${flag} brings its files and packages, each with a version`, async () => {
      await init('.', flag);
      for (const file of files) expect(existsSync(folder.file(file)), file).to.equal(true);
      const { dependencies } = JSON.parse(read('package.json')) as Manifest;
      expect(Object.keys(dependencies)).to.include.members([...packages]);
      expect(
        Object.values(dependencies).every((version) => /^[\^~]\d/.test(version)),
        JSON.stringify(dependencies),
      ).to.equal(true);
      for (const file of readdirSync(folder.file('src'))) {
        const { diagnostics } = ts.transpileModule(read(join('src', file)), { reportDiagnostics: true });
        expect(diagnostics?.map(({ messageText }) => messageText)).to.deep.equal([]);
      }
    });
  }

  it('C4 refuses a folder that is not empty, and leaves it as it is', async () => {
    writeFileSync(folder.file('notes.txt'), 'mine');
    const { exitCode, stderr } = await init();
    expect(exitCode).to.equal(2);
    expect(stderr).to.contain('. is not empty: notes.txt\n').and.contain('--force');
    expect(readdirSync(folder.path)).to.deep.equal(['notes.txt']);
  });

  it('keeps what it has to replace with --force, and says so', async () => {
    writeFileSync(folder.file('package.json'), 'mine');
    writeFileSync(folder.file('package.json.bak'), 'older');
    const { exitCode, stdout } = await init('--force');
    expect(exitCode).to.equal(0);
    expect(stdout).to.contain('package.json  what was there is package.json.bak2 now');
    expect([read('package.json.bak'), read('package.json.bak2')]).to.deep.equal(['older', 'mine']);
    const again = await init('--force');
    expect(again.stdout).to.not.contain('was there');
  });

  it('does not write through a link', async () => {
    writeFileSync(folder.file('elsewhere'), 'mine');
    symlinkSync(folder.file('elsewhere'), folder.file('tsconfig.json'));
    await init('--force');
    expect(read('elsewhere')).to.equal('mine');
    expect(read('tsconfig.json')).to.contain('emitDecoratorMetadata');
  });

  it('does not write through a link of a folder', async () => {
    mkdirSync(folder.file('elsewhere'));
    symlinkSync(folder.file('elsewhere'), folder.file('src'));
    const { stdout } = await init('--force');
    expect(readdirSync(folder.file('elsewhere'))).to.deep.equal([]);
    expect(readdirSync(folder.file('src'))).to.include('orders.ts');
    expect(stdout).to.contain('what was there is src.bak now');
  });

  it('puts a file aside that stands where a folder has to', async () => {
    writeFileSync(folder.file('src'), 'mine');
    expect((await init('--force')).exitCode).to.equal(0);
    expect(read('src.bak')).to.equal('mine');
  });

  it('C4 says of a place in which nothing can be made why', async () => {
    symlinkSync(folder.file('nowhere'), folder.file('link'));
    const link = await init('link');
    expect([link.exitCode, link.stderr]).to.deep.equal([2, 'error: link is a link to what is not there\n']);
    writeFileSync(folder.file('file'), '');
    const below = await init('file/shop');
    expect([below.exitCode, below.stderr.includes('ENOTDIR'), below.stderr.includes('    at ')]).to.deep.equal([
      1,
      true,
      false,
    ]);
  });

  it('C4 refuses what does not go together, and says that --distributed comes later', async () => {
    const both = await init('--nest', '--store');
    expect([both.exitCode, both.stderr.includes('cannot be used with')]).to.deep.equal([2, true]);
    const later = await init('--distributed');
    expect([later.exitCode, later.stderr.includes('comes later')]).to.deep.equal([2, true]);
    writeFileSync(folder.file('file'), '');
    expect((await init('file')).exitCode).to.equal(2);
    expect(readdirSync(folder.path)).to.deep.equal(['file']);
  });
});
