import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { moodOf, ORDER_IN_QUESTION } from '../../samples/incident/bank/bank-mood.js';
import { readCommandLine, UsageError } from '../../samples/incident/command-line.js';
import { FlowHistory, sqliteStore, type StoredStatus } from '#src/store/index.js';
import { readOrders } from '../../samples/incident/read-orders.js';
import { temporaryFolder } from '../logging/support/temporary-folder.js';

const MAIN = fileURLToPath(new URL('../../samples/incident/main.js', import.meta.url));

interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout, stderr };
}

describe('samples/incident', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();

  it('H1 gives the same report twice for one seed, every order comes to its end, and the history agrees', async () => {
    const reports: unknown[] = [];
    const file = folder.path('history.db');
    for (const log of ['one.log', 'two.log']) {
      const args = ['--json', '--seed', '5', '--log', folder.path(log)];
      const { exitCode, stdout, stderr } = await run(log === 'two.log' ? [...args, '--history', file] : args);
      expect([exitCode, stderr]).to.deep.equal([0, '']);
      reports.push(JSON.parse(stdout));
    }
    expect(reports[0]).to.deep.equal(reports[1]);
    const [report] = reports as [{ orders: number; statuses: Record<string, number>; linesLost: number }];
    expect(report.linesLost).to.equal(0);
    expect(Object.values(report.statuses).reduce((sum, count) => sum + count)).to.equal(report.orders);
    expect(report.statuses).to.have.all.keys('succeeded', 'failed', 'rejected', 'cancelled');
    const { statuses } = report;
    const history = new FlowHistory(sqliteStore({ file }));
    const counted: Record<string, number> = {};
    for (const status of Object.keys(statuses)) {
      counted[status] = (await history.list({ status: status as StoredStatus, count: true })).count?.runs ?? 0;
    }
    expect(counted).to.deep.equal(statuses);
    const { runs } = await history.list({ traceId: `order-${ORDER_IN_QUESTION}` });
    expect(runs).to.have.length(1);
    await history.close();
  });

  it('I15 shows in the inspector why order 17 failed, while it runs and until somebody has had enough', async () => {
    const args = ['--inspect', '--log', folder.path('i.log'), '--history', folder.path('i.db')];
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'close');
    let shown = '';
    const until = async (text: RegExp): Promise<readonly string[]> => {
      while (!text.test(shown)) shown += String((await once(child.stdout, 'data'))[0]);
      return text.exec(shown) as readonly string[];
    };
    const [, base, token] = (await until(/^Inspector {2}(http:.*\/)#token=(.*)$/m)) as [string, string, string];
    const asked = { headers: { authorization: `Bearer ${token}` } };
    const hello: unknown = await (await fetch(`${base}api/hello`, asked)).json();
    expect(hello).to.deep.include({ title: 'Fish shop', flows: ['Shop'], history: 'store', actions: ['cancel'] });
    const [, id] = await until(/^http:.*#token=.*&to=\/trace\/(\d+)$/m);
    const view = (await (await fetch(`${base}api/runs/${id as string}`, asked)).json()) as {
      run: Record<string, unknown>;
    };
    expect(view.run).to.include({ traceId: `order-${ORDER_IN_QUESTION}`, status: 'failed', errorNode: 'Charge' });
    child.kill('SIGINT');
    expect((await ended)[0]).to.equal(0);
  });

  it('tells live what goes wrong, and then why one order failed, within the width of the terminal', async () => {
    const log = folder.path('live.log');
    const { exitCode, stdout, stderr } = await run(['--log', log], { COLUMNS: '60' });
    expect([exitCode, stderr]).to.deep.equal([0, '']);
    const [live = '', report = ''] = stdout.split(/^(?=Why did order 17 fail\?)/m);
    expect(live).to.match(
      /WARN {2}Shop\.Charge {2}attempt 1 of 4 failed in .*; again in 50\.0 ms {2}patagonia order-17\n/,
    );
    expect(live).to.match(/WARN {2}Shop {2}bank: breaker is open\n/);
    expect(live).to.match(
      /ERROR Shop\.Charge {2}failed after 4 attempts: .* patagonia order-17\n +at Charge\.process .*charge\.js/,
    );
    expect(live).to.match(/WARN {2}Shop {2}rejected by Price in .*: invalid quantity {2}antarctica order-41\n/);
    expect(report).to.contain('the bank: BankError: 503: we are closed').and.to.contain('card [Re…');
    expect(report).to.contain('the bank was not asked: breaker is open');
    expect(report).to.contain('0 lines lost');
    for (const line of report.split('\n').filter((each) => !/^(Log|History) /.test(each)))
      expect(line.length, line).to.be.at.most(60);
    // oxlint-disable-next-line no-control-regex -- a pipe shows no colours
    expect(stdout).not.to.match(/\u001b/);
    const written = readFileSync(log, 'utf8');
    for (const { card } of readOrders()) expect(written).not.to.contain(card);
    const ends = written.split('\n').filter((line) => line.includes('"message":"trace_end"'));
    expect(ends).to.have.length(readOrders().length);
    expect(written).to.contain('"recorded":true');
  });

  it('explains a command line that makes no sense, and exits with 2', async () => {
    const { exitCode, stdout, stderr } = await run(['--seed', 'fish']);
    expect([exitCode, stdout]).to.deep.equal([2, '']);
    expect(stderr).to.contain('Expected --seed to be a whole number, got "fish".');
    expect(() => readCommandLine(['--sed', '1'])).to.throw(UsageError, "Unknown option '--sed'");
  });

  it('prints its options', async () => {
    expect((await run(['--help'])).stdout).to.contain('Usage: npm start -- [options]');
  });

  it('has a bank that is down for order 17 whatever the seed, and for others never so long that its breaker opens', () => {
    for (let seed = 0; seed < 200; seed++) {
      let down = 0;
      for (let order = 1; order <= 240; order++) {
        const moods = [0, 1, 2, 3].map((attempt) => moodOf(seed, order, attempt));
        const isDown = moods.every((mood) => !['fine', 'slow', 'no money'].includes(mood));
        if (isDown) down++;
        else expect(['fine', 'slow', 'no money'], `seed ${seed}, order ${order}`).to.include(moods[2]);
        if (order === ORDER_IN_QUESTION) expect(isDown).to.equal(true);
      }
      expect(down).to.equal(2);
    }
  });
});
