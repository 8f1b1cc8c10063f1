import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';

import { loadFlows } from '#src/cli/graph/load-flows.js';
import { widthOf } from '#src/cli/text-width.js';
import { reasonOf } from '../../support/settling.js';
import { penguiflow, type Ran } from '../support/command-line.js';
import { useTempFolder } from '../support/temp-folder.js';

const MODULE = resolve('dist/test/cli/graph/flows.js');

async function graph(flow: string, ...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await penguiflow(['graph', `${MODULE}#${flow}`, ...args], {
    env: { COLUMNS: '80' },
  });
  expect([exitCode, stderr]).to.deep.equal([0, '']);
  return stdout;
}

describe('penguiflow graph', () => {
  const folder = useTempFolder();

  it('draws branches, what they come together in, and what of a policy is not the default', async () => {
    expect(await graph('Orders')).to.equal(
      `\
orders  6 nodes, 6 edges, queues of 64
OpenSea → Receive
├─ Price (2 s, 3 retries, ×8) → Convert ⇢ Total
├─ Stock ⇢ Total
└▶ Total (from Convert, Stock) → Ship → Rookery
`,
    );
  });

  it('draws cycles, and what each branch takes', async () => {
    expect(await graph('Reviews')).to.equal(
      `\
Reviews  5 nodes, 5 edges, queues of 64
OpenSea → Receive → Price (2 s, 3 retries, ×8) → Convert ↺ on Refused Price
├─ when isLarge → Ship → Rookery
└─ otherwise → Audit → Rookery
`,
    );
  });

  it('draws a node that is alone', async () => {
    expect(await graph('Alone')).to.equal('Alone  1 node, 0 edges, unbounded queues\nOpenSea → Ship → Rookery\n');
  });

  it('draws a flow with a logger and middlewares of its own, none of which is made', async () => {
    expect(await graph('Watched')).to.equal('Watched  1 node, 0 edges, queues of 64\nOpenSea → Ship → Rookery\n');
  });

  for (const columns of [80, 160]) {
    for (const flow of ['Chain', 'Wide']) {
      it(`draws each of 64 nodes of ${flow} once within ${columns} columns`, async () => {
        const { stdout } = await penguiflow(['graph', `${MODULE}#${flow}`], { env: { COLUMNS: `${columns}` } });
        const lines = stdout.split('\n');
        expect(Math.max(...lines.map(widthOf))).to.be.at.most(columns);
        const names = [...stdout.matchAll(/(?:OpenSea|→|├─|└▶) ((?:Step|Part)\d+)/g)].map(([, name]) => name);
        expect(new Set(names).size).to.equal(names.length).and.be.greaterThan(61);
      });
    }
  }

  it('draws every flow of a module, found by its export or its own name', async () => {
    const { stdout } = await penguiflow(['graph', MODULE]);
    expect([...stdout.matchAll(/^(\w+) {2}\d+ node/gm)].map(([, name]) => name)).to.deep.equal([
      'Alone',
      'Chain',
      'orders',
      'Reviews',
      'Watched',
      'Wide',
    ]);
    expect(await graph('orders')).to.equal(await graph('Orders'));
  });

  it('draws for Mermaid and Graphviz', async () => {
    expect(await graph('Orders', '--format', 'mermaid', '--direction', 'LR')).to.match(/^flowchart LR\n/);
    expect(await graph('Orders', '--format', 'dot')).to.match(/^digraph "orders" \{\n {4}rankdir=TB/);
  });

  const refused: ReadonlyArray<readonly [args: string[], exitCode: number, says: RegExp]> = [
    [['not-there.js'], 3, /^error: not-there\.js is not there$/m],
    [[`${MODULE}#Gone`], 3, /exports no flow "Gone"\nIt has Alone, Chain, orders, Reviews, Watched, Wide\./],
    [[resolve('dist/src/cli/paint.js')], 3, /exports no flow\nExport a class that has @Flow/],
    [[MODULE, '--format', 'png'], 2, /Allowed choices are tree, mermaid, dot/],
    [[], 2, /missing required argument 'module'/],
  ];
  for (const [args, exitCode, says] of refused) {
    it(`C4 ends with ${exitCode} for ${args.join(' ').replace(resolve('dist'), '') || 'nothing'}`, async () => {
      const ran = await penguiflow(['graph', ...args]);
      expect(ran.exitCode).to.equal(exitCode);
      expect(ran.stderr).to.match(says);
    });
  }

  it('C4 says why a module cannot be loaded', async () => {
    writeFileSync(folder.file('broken.mjs'), "throw new TypeError('no such bank');");
    const { exitCode, stderr } = await penguiflow(['graph', folder.file('broken.mjs')]);
    expect(exitCode).to.equal(1);
    expect(stderr).to.contain('cannot be loaded: TypeError: no such bank').and.contain('broken.mjs:1');
  });

  const odd: ReadonlyArray<readonly [name: string, source: string, says: string]> = [
    ['ends the process', 'process.exit(0);', 'has ended before the command was done'],
    ['waits for what never comes', 'await new Promise(() => {});', 'has ended before the command was done'],
    ['throws nothing', 'throw undefined;', 'cannot be loaded: undefined'],
  ];
  for (const [name, source, says] of odd) {
    it(`C4 ends with 1 for a module that ${name}, and says so`, async () => {
      writeFileSync(folder.file('odd.mjs'), source);
      const { exitCode, stdout, stderr } = await penguiflow(['graph', folder.file('odd.mjs')]);
      expect([exitCode, stdout, stderr.includes(says)], stderr).to.deep.equal([1, '', true]);
    });
  }

  it('gives up a module that is not loaded in time', async () => {
    writeFileSync(folder.file('waits.mjs'), 'await new Promise(() => {});');
    const reason = await reasonOf(loadFlows(folder.file('waits.mjs'), async () => import('#src/index.js'), {}, 1));
    expect(reason).to.have.property('message').that.contains('waits.mjs is still being loaded after 0.001 s');
  });

  it('has what a module prints on stderr', async () => {
    const flows = pathToFileURL(resolve('dist/test/cli/graph/flows.js')).href;
    writeFileSync(
      folder.file('prints.mjs'),
      `export * from '${flows}';\nconsole.log('fish');\nprocess.stdout.write('ice');`,
    );
    const { exitCode, stdout, stderr } = await penguiflow(['graph', folder.file('prints.mjs'), '--format', 'dot']);
    expect([exitCode, stdout.startsWith('digraph'), stderr]).to.deep.equal([0, true, 'fish\nice']);
  });

  it('says which line of a module throws, and of its own lines nothing', async () => {
    writeFileSync(folder.file('broken.mjs'), "throw new TypeError('no such bank');");
    const { stderr } = await penguiflow(['graph', folder.file('broken.mjs')]);
    expect(stderr.match(/^ {4}at .*/gm)?.[0]).to.contain('broken.mjs:1');
    expect(stderr).to.not.contain('node:internal').and.not.contain('load-flows');
  });

  it('C4 refuses a folder', async () => {
    const { exitCode, stderr } = await penguiflow(['graph', folder.path]);
    expect([exitCode, stderr.includes('is no file')]).to.deep.equal([2, true]);
  });

  describe('of TypeScript', () => {
    async function ofTypeScript(env: Readonly<Record<string, string>> = {}): Promise<Ran> {
      writeFileSync(folder.file('orders.ts'), 'export const orders: number = 1;');
      return penguiflow(['graph', folder.file('orders.ts')], { env });
    }

    it('C6 says what to do', async () => {
      const { exitCode, stderr } = await ofTypeScript();
      expect(exitCode).to.equal(2);
      expect(stderr).to.contain('Compile it (npx tsc)').and.contain('orders.js');
    });

    it('C6 loads it where a loader is there', async () => {
      const loader = folder.file('tsx.mjs');
      const hooks = `export const load = async (url, context, next) => url.endsWith('.ts')
        ? { format: 'module', source: 'export {}', shortCircuit: true } : next(url, context);`;
      const register = `import { register } from 'node:module'; register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hooks))});`;
      writeFileSync(loader, register);
      const { stderr } = await ofTypeScript({ NODE_OPTIONS: `--import ${loader}` });
      expect(stderr).to.contain('exports no flow');
    });
  });
});
