import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { FlowHistory, sqliteStore } from '#src/store/index.js';
import { failing, line, pass } from '../support/nodes.js';
import { useFlows } from '../support/flows.js';
import { codeOf } from '../support/settling.js';

const run = promisify(execFile);
const support = resolve(import.meta.dirname, '../support');
const src = resolve(import.meta.dirname, '../../src');

describe('a history in an SQLite file', function () {
  this.timeout(30_000);
  const bench = useFlows();
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'history-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('H8 H12 outlives the flow, and a failed run is found by its label and done again by the next one', async () => {
    const file = join(folder, 'penguiflow.db');
    const flowOf = (history: FlowHistory) =>
      bench.run(line(pass('Price'), failing('Charge', { times: Number.POSITIVE_INFINITY, onTry: () => {} })), {
        history,
      });
    const first = new FlowHistory(sqliteStore({ file }));
    const flow = await flowOf(first);
    expect(await codeOf(flow.call({ order: 4711 }, { labels: { order: '4711' } }))).to.equal('NODE_EXCEPTION');
    await bench.stopAll();
    await first.close();
    const second = new FlowHistory(sqliteStore({ file }));
    const fixed = bench.make(line(pass('Price'), pass('Charge')), { history: second, name: flow.name });
    await fixed.run();
    const { runs } = await second.list({ status: 'failed', label: { name: 'order', value: '4711' } });
    expect(runs).to.have.length(1);
    const replayed = await second.replay({ runId: runs[0]?.runId as number });
    expect(replayed.runs[0]?.results).to.deep.equal([{ order: 4711 }]);
    await bench.stopAll();
    await second.close();
  });

  it('H8 a program that ends without stopping its flow loses nothing', async () => {
    const file = join(folder, 'penguiflow.db');
    const program = join(folder, 'program.mjs');
    await writeFile(
      program,
      `import { createFlow, Flow } from '${src}/index.js';
import { FlowHistory, sqliteStore } from '${src}/store/index.js';
import { line, pass } from '${support}/nodes.js';
class Orders { graph = line(pass('Only')); }
Flow({ name: 'ends' })(Orders);
const history = new FlowHistory(sqliteStore({ file: ${JSON.stringify(file)} }), { flushMs: 60_000 });
const flow = createFlow(Orders, { history });
await flow.run();
for (let n = 0; n < 5; n++) await flow.call(n);
`,
    );
    await run(process.execPath, ['--import', 'reflect-metadata', program], { cwd: resolve(src, '../..') });
    const history = new FlowHistory(sqliteStore({ file }));
    const { runs } = await history.list();
    expect(runs.map(({ status }) => status)).to.deep.equal(Array.from({ length: 5 }, () => 'succeeded'));
    await history.close();
  });
});
