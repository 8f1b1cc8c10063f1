import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { blockOf, documentedPages, examplesOf, masked } from './doc-examples.js';

/** Inside the project, so that `penguiflow` means this package. */
const FOLDER = 'dist-docs';

const execute = promisify(execFile);

describe('documentation', function () {
  this.timeout(120_000);
  const examples = documentedPages().flatMap((path) => examplesOf(path));

  before(async () => {
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(join(FOLDER, 'src'), { recursive: true });
    // The configuration a newcomer is told to use is the one that builds all examples.
    await writeFile(join(FOLDER, 'tsconfig.json'), blockOf('docs/guide/getting-started.md', 'json tsconfig'));
    await Promise.all(examples.map(({ name, code }) => writeFile(join(FOLDER, 'src', `${name}.ts`), code)));
    const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
    await execute(process.execPath, [tsc, '-p', FOLDER]).catch((error: unknown) => {
      throw new Error(`the examples do not compile:\n${(error as { readonly stdout: string }).stdout}`);
    });
  });

  for (const { place, name, output } of examples) {
    it(`${place} prints what the page says`, async () => {
      expect(output, 'a ```text block after the program').to.not.equal(undefined);
      const { LOG_LEVEL: _level, NODE_OPTIONS: _options, ...env } = process.env;
      const program = join(FOLDER, 'out', `${name}.js`);
      const { stdout, stderr } = await execute(process.execPath, [program], { env, timeout: 30_000 });
      expect(masked(stdout + stderr)).to.equal(masked(output ?? ''));
    });
  }
});
