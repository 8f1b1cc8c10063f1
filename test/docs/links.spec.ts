import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

/** The pages that a reader gets to see. */
function pages(): readonly string[] {
  const below = ['docs', 'samples'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return ['README.md', 'CONTRIBUTING.md', ...below.filter((path) => path.endsWith('.md'))];
}

/** Where the links of a page lead inside the project. */
function linksOf(path: string): readonly string[] {
  const prose = readFileSync(path, 'utf8').replace(/^(`{3,})[^]*?^\1$/gm, '');
  return [...prose.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));
}

describe('links of the documentation', () => {
  for (const path of pages()) {
    it(`of ${path} lead somewhere`, () => {
      expect(linksOf(path).filter((target) => !existsSync(join(dirname(path), target)))).to.deep.equal([]);
    });
  }

  it('of the README lead to each sample that runs', () => {
    const links = linksOf('README.md');
    const samples = readdirSync('samples').filter((name) => existsSync(join('samples', name, 'main.ts')));
    expect(samples.filter((name) => !links.some((link) => link.startsWith(`samples/${name}/`)))).to.deep.equal([]);
  });
});
