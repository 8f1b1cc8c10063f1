import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

interface Link {
  /** What the page says. */
  readonly target: string;
  readonly path: string;
  readonly anchor: string | undefined;
}

/** The pages that a reader gets to see. */
function pages(): readonly string[] {
  const below = ['docs', 'samples'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...below.filter((path) => path.endsWith('.md'))];
}

/** Where the links of a page lead inside the project. */
function linksOf(page: string): readonly Link[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#', 2);
      return { target, path: path === '' ? page : join(dirname(page), path), anchor };
    });
}

function proseOf(page: string): string {
  return readFileSync(page, 'utf8').replace(/^(`{3,})[^]*?^\1$/gm, '');
}

/** The anchors of the headings of a page, as GitHub makes them. */
function anchorsOf(page: string): readonly string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading ?? ''));
}

function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\- _]/gu, '')
    .replaceAll(' ', '-');
}

function leadsNowhere({ path, anchor }: Link): boolean {
  if (!existsSync(path)) return true;
  return anchor !== undefined && path.endsWith('.md') && !anchorsOf(path).includes(anchor);
}

describe('links of the documentation', () => {
  for (const page of pages()) {
    it(`of ${page} lead somewhere`, () => {
      const broken = linksOf(page).filter((link) => leadsNowhere(link));
      expect(broken.map(({ target }) => target)).to.deep.equal([]);
    });
  }

  it('of the README lead to each sample that runs', () => {
    const paths = linksOf('README.md').map(({ path }) => path);
    const samples = readdirSync('samples').filter((name) => existsSync(join('samples', name, 'main.ts')));
    expect(samples.filter((name) => !paths.some((path) => path.startsWith(join('samples', name))))).to.deep.equal([]);
  });

  it('of the README lead to each page of the guide and the reference', () => {
    const paths = linksOf('README.md').map(({ path }) => path);
    const expected = ['docs/guide', 'docs/reference'].flatMap((folder) =>
      readdirSync(folder).map((name) => join(folder, name)),
    );
    expect(expected.filter((path) => !paths.includes(path))).to.deep.equal([]);
  });

  it('of the index of decisions lead to each decision', () => {
    const targets = linksOf('docs/decisions/README.md').map(({ target }) => target);
    const decisions = readdirSync('docs/decisions')
      .filter((name) => name !== 'README.md')
      .flatMap((name) => [
        name,
        ...anchorsOf(join('docs/decisions', name))
          .slice(1)
          .map((anchor) => `${name}#${anchor}`),
      ]);
    expect(targets).to.have.members(decisions);
  });
});

describe('README.md', () => {
  it('has at most 200 lines', () => {
    expect(readFileSync('README.md', 'utf8').trimEnd().split('\n').length).to.be.at.most(200);
  });
});
