import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

const CONTRACT = `# Contract

Introduction.

## Order

### R1 One
What it says.

### R6b Part of six
What it says.

\`\`\`md
### R50 in an example is none
\`\`\`

### H1 History
- What it says.
`;

/** A test for each rule of it. */
const SPEC = `it('R1 holds', () => {});
it('R6b H1 hold', () => {});
`;

describe('npm run rules', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'penguiflow-rules-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs the script on a small project. */
  function rules(
    files: Readonly<Record<string, string>>,
    ...options: string[]
  ): { lines: string[]; status: number | null } {
    for (const [path, text] of Object.entries({ 'test/a.spec.ts': SPEC, ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const { stdout, stderr, status } = spawnSync(process.execPath, ['scripts/rules.mjs', ...options, folder], {
      encoding: 'utf8',
    });
    expect(stderr).to.equal('');
    return { lines: stdout.trimEnd().split('\n'), status };
  }

  /** What it finds wrong with a contract, or with titles beside those of `SPEC`. */
  function complaints({ contract = CONTRACT, titles = '' }): string[] {
    const { lines, status } = rules({ 'docs/contract.md': contract, 'test/b.spec.ts': titles });
    const found = lines.filter((line) => !/^[A-Z]\d+[a-z]? +\d+ /.test(line));
    expect(status).to.equal(found.length === 0 ? 0 : 1);
    return found;
  }

  it('prints the number of tests that name each rule of the contract', () => {
    expect(rules({ 'docs/contract.md': CONTRACT })).to.deep.equal({
      lines: ['R1      1  One', 'R6b     1  Part of six', 'H1      1  History'],
      status: 0,
    });
  });

  it('prints their titles with --titles', () => {
    const { lines } = rules({ 'docs/contract.md': CONTRACT }, '--titles');
    expect(lines.map((line) => line.trim())).to.deep.equal([
      'R1      1  One',
      'R1 holds',
      'R6b     1  Part of six',
      'R6b H1 hold',
      'H1      1  History',
      'R6b H1 hold',
    ]);
  });

  it('finds tests however they are written, and nothing in comments, strings and other packages', () => {
    const { lines, status } = rules({
      'docs/contract.md': CONTRACT,
      'test/deep/b.e2e.ts': `
        for (const x of [1, 2]) it(\`R1 takes \${x}\`, () => {});
        it('R1 ' + 'is added up', () => {});
        it.only('R1 is alone', async function () {});
        (isLinux ? it : it.skip)('R1 is conditional', () => {});
        onLinux('R1 has a name of its own', () => {});
        describe('R6b in a group', () => {
          before(() => {});
          it('is inherited', () => {});
          describe('R1 inner', () => it('R6b is counted once', () => {}));
        });`,
      'test/c.spec.ts': `
        // it('R1 is a comment', () => {});
        const text = "it('R1 is a string', () => {})";
        const made = node('R1', () => {});
        it('R1 is pending');
        it('names no rule', () => { emitter.on('R1', () => {}); });`,
      'test/helper.ts': `it('R1 is in no spec', () => {});`,
      'test/nest/node_modules/x/x.spec.ts': `it('R1 R99 is of somebody else', () => {});`,
    });
    expect(lines).to.deep.equal(['R1      7  One', 'R6b     3  Part of six', 'H1      1  History']);
    expect(status).to.equal(0);
  });

  it('fails for a rule without a test', () => {
    const contract = `${CONTRACT}\n### D3 Not tested\nWhat it says.\n`;
    expect(complaints({ contract })).to.deep.equal(['D3 has no test that names it']);
  });

  it('fails for a test and for a group that name a rule which the contract does not have', () => {
    const ids = ['R2', 'R1b', 'R6', 'R01', 'H2', 'I1', 'C1', 'D1'];
    const titles = ids
      .map((id) => `it('R1 ${id} is new', () => {}); describe('${id} is a group', () => {});\n`)
      .join('');
    expect(complaints({ titles })).to.deep.equal(
      ids.flatMap((id) => [
        `docs/contract.md has no ${id}, which "R1 ${id} is new" in test/b.spec.ts names`,
        `docs/contract.md has no ${id}, which "${id} is a group" in test/b.spec.ts names`,
      ]),
    );
  });

  it('fails for an id that does not come first, so that it counts for nothing', () => {
    const mention = (title: string, id: string) =>
      `"${title}" in test/b.spec.ts mentions ${id}: a rule comes first in a title, another name in quotes`;
    const [known, unknown] = ['keeps R1 in mind', 'R1 gives C1 what it sent (R99)'];
    expect(complaints({ titles: `it('${known}', () => {}); describe('${unknown}', () => {});` })).to.deep.equal([
      mention(known, 'R1'),
      mention(unknown, 'C1'),
      mention(unknown, 'R99'),
    ]);
  });

  it('takes for no id what is in quotes, part of a word, or of another letter', () => {
    const titles = [
      `R1 gives 'C1' and "D1" what \\\`H7\\\` sent`,
      'HTTP2, UTF8, C1x2, I18N, w3c-C14, x-D3-y and ./C5 are none',
      'E1 G2 are no rules',
      'C++ and R are none',
    ];
    expect(complaints({ titles: titles.map((title) => `it(\`${title}\`, () => {});`).join('\n') })).to.deep.equal([]);
  });

  it('fails for a rule with two headings', () => {
    expect(complaints({ contract: `${CONTRACT}\n### R1 Again\nWhat it says.\n` })).to.include(
      'R1 has two headings in docs/contract.md',
    );
  });

  it('fails for a rule that says nothing', () => {
    const silent = ['R1 says nothing in docs/contract.md'];
    expect(complaints({ contract: CONTRACT.replace('One\nWhat it says.', 'One') })).to.deep.equal(silent);
    expect(complaints({ contract: `${CONTRACT.replace(/### R1 One\n.*\n/, '')}\n### R1 One\n` })).to.deep.equal(silent);
  });

  it('fails for a heading of a rule without an id or a subject, and for a rule on another level', () => {
    const headings = [
      '### Order of events',
      '### R7',
      '### R7: order',
      '### r7 order',
      '### X7 order',
      '## R7 order',
      '#### R7 order',
    ];
    const contract = CONTRACT + headings.map((heading) => `\n${heading}\n\nWhat it says.\n`).join('');
    expect(complaints({ contract })).to.deep.equal(
      headings.map(
        (heading) => `"${heading}" in docs/contract.md is no heading of a rule: write "### R12 What it is about"`,
      ),
    );
  });

  it('fails for a contract that is missing or has no rules', () => {
    expect(complaints({ contract: '# Contract\n' })[0]).to.equal('docs/contract.md has no rules');
    rmSync(join(folder, 'docs'), { recursive: true });
    const { lines, status } = rules({});
    expect(lines[0]).to.match(/^docs\/contract\.md cannot be read: ENOENT/);
    expect(status).to.equal(1);
  });

  it('fails for a spec that cannot be read', () => {
    expect(complaints({ titles: 'it(' })[0]).to.match(/^test\/b\.spec\.ts cannot be read: /);
  });
});
