import { writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { widthOf } from '#src/cli/text-width.js';
import { runIdOf, sqliteStore } from '#src/store/index.js';

import { penguiflow, type Ran } from '../support/command-line.js';
import { eventRecord, FORMATS, record } from '../support/log-lines.js';
import { FAILED_ID, OTHER_ID, START, storeRuns } from '../support/stored-runs.js';
import { useTempFolder } from '../support/temp-folder.js';

const RUN_2 = runIdOf(1, 2);

describe('penguiflow trace', () => {
  const folder = useTempFolder();
  let file: string;

  beforeEach(async () => {
    file = folder.file('history.db');
    const store = sqliteStore({ file, worker: 'inline' });
    await storeRuns(store);
    await store.close(START + 100_000);
  });

  async function trace(id: string, ...args: string[]): Promise<Ran> {
    return penguiflow(['trace', id, '--store', file, ...args], { env: { COLUMNS: '80' } });
  }

  it('draws what waited, ran, timed out, waited for its retry and failed', async () => {
    const { stdout, exitCode } = await trace(FAILED_ID);
    expect(exitCode).to.equal(0);
    expect(stdout).to.equal(
      `\
Orders  ✗ failed in 1.00 s  acme  ${FAILED_ID}
2025-11-30 01:19:26.100  call, 4 attempts, 1 retry
order=47:11
NODE_EXCEPTION in Charge: BankError: no answer yet

        0 ────────────────────────────────────────────┊┊──────── 1.00 s
Price   ░░░█████████                                  ┊┊                 30.0 ms
Stock   ░░░░░░████████████                            ┊┊                 40.0 ms
Charge              ░░░▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓┤┄┄▓▓▓▓▓▓▓▓▓▓▓✗      940 ms
  1. timed out after 100 ms
  2. failed in 40.0 ms: BankError: no answer yet

░ waited in a queue   █ ran   ▓✗ failed   ▓┤ timed out   ┄ backoff
┊ left out, as nothing ran: 800 ms

called Rates  ✓ succeeded in 2.00 ms  run ${RUN_2}
`,
    );
  });

  for (const columns of [80, 160]) {
    it(`stays within ${columns} columns`, async () => {
      const { stdout } = await penguiflow(['trace', FAILED_ID, '--store', file], { env: { COLUMNS: `${columns}` } });
      expect(Math.max(...stdout.split('\n').slice(4).map(widthOf))).to.be.at.most(columns);
    });
  }

  for (const [what, id] of [
    ['its beginning', FAILED_ID.slice(0, 20)],
    ['the end that lines for people show', FAILED_ID.slice(-8)],
    ['the number of a run', String(runIdOf(1, 1))],
  ] as const) {
    it(`finds a trace by ${what}`, async () => {
      expect((await trace(id)).stdout).to.contain(`acme  ${FAILED_ID}`);
    });
  }

  it('C4 lists what a name may mean that several have, and ends with 2', async () => {
    const { exitCode, stderr } = await trace('aeeb');
    expect(exitCode).to.equal(2);
    expect(stderr).to.contain(FAILED_ID).and.contain(OTHER_ID).and.contain('Give more of the id.');
  });

  it('C4 ends with 3 for a trace that is not there', async () => {
    expect((await trace('ffff0000')).exitCode).to.equal(3);
  });

  it('shows a run under way, and one of which no attempts are known', async () => {
    const { stdout } = await trace('order-4711');
    expect(stdout).to.match(/^Orders {2}! interrupted|^Orders {2}▶ running/);
    expect(stdout).to.contain('No attempts are known.');
  });

  it('--logs adds its lines, all of them', async () => {
    const { stdout } = await trace(FAILED_ID, '--logs');
    expect(stdout.match(/INFO {2}Orders\.Price {2}line \d+ {2}sku=fish-1/g)).to.have.lengthOf(120);
    expect(stdout).to.contain('01:19:26.219 INFO  Orders.Price  line 119  sku=fish-1  acme cf0c067b');
  });

  it('C4 --json has the run, its attempts and labels, and with --logs its lines', async () => {
    const { stdout } = await trace(FAILED_ID, '--json', '--logs');
    const view = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(view)).to.have.members([
      ...['run', 'labels', 'attempts', 'events', 'children', 'parent', 'cut', 'otelTraceId', 'queuesKnown', 'lines'],
    ]);
    expect(view['run']).to.deep.equal({
      ...{
        id: (view['run'] as { id: number }).id,
        flow: 'Orders',
        traceId: FAILED_ID,
        tenant: 'acme',
        kind: 'call',
        status: 'failed',
      },
      ...{
        startedMs: START,
        endedMs: START + 1_000,
        attempts: 4,
        retries: 1,
        errorCode: 'NODE_EXCEPTION',
        errorNode: 'Charge',
      },
      ...{
        errorMessage: 'BankError: no answer yet',
        replayOf: null,
        parent: null,
        rowsLeftOut: 0,
        pinned: false,
        part: null,
      },
    });
    expect(view['labels']).to.deep.equal([{ name: 'order', value: '47:11' }]);
    expect(view['lines']).to.have.lengthOf(120);
    expect((view['attempts'] as object[])[2]).to.deep.equal({
      ...{ seq: 3, node: 'Charge', attempt: 0, parentSeq: null, messageId: 'to-Charge', sentMs: START + 40 },
      ...{
        startedMs: START + 50,
        endedMs: START + 150,
        outcome: 'timeout',
        queuedIn: 0,
        errorCode: 'NODE_TIMEOUT',
        error: 'too slow',
      },
    });
  });

  describe('from a log file', () => {
    const at = START;
    const start = { event: 'trace_start', queue_maxsize: 64, ts: at / 1_000, kind: 'call', run: 1, node_name: null };
    const records = [
      record({ message: 'trace_start', timeMs: at, fields: start }),
      eventRecord('node_success', { run: 1, node_name: 'Price', attempt: 0, latency_ms: 30, ts: (at + 40) / 1_000 }),
      eventRecord(
        'node_timeout',
        { run: 1, attempt: 0, latency_ms: 100, ts: (at + 150) / 1_000, exception: 'too slow' },
        'warn',
      ),
      eventRecord(
        'node_error',
        { run: 1, attempt: 1, latency_ms: 40, ts: (at + 990) / 1_000, exception: 'BankError: no' },
        'warn',
      ),
      eventRecord('trace_end', {
        ...{ run: 1, node_name: null, status: 'failed', ts: (at + 1_000) / 1_000, attempts: 3, retries: 1 },
        ...{ error_code: 'NODE_EXCEPTION', error_node: 'Charge', exception: 'BankError: no' },
      }),
      eventRecord('node_success', {
        run: 2,
        flow_name: 'Rates',
        parent_run: 1,
        attempt: 0,
        latency_ms: 2,
        ts: at / 1_000,
      }),
    ];

    for (const [name, format] of Object.entries(FORMATS)) {
      it(`C10 draws what ${name} lines tell, and says that queue waits are unknown`, async () => {
        writeFileSync(folder.file('app.log'), `${records.map(format).join('\n')}\nnot ours\n`);
        const { stdout, exitCode } = await penguiflow(['trace', '1c80319c', folder.file('app.log')], {
          env: { COLUMNS: '80' },
        });
        expect(exitCode).to.equal(0);
        expect(stdout).to.contain('Orders  ✗ failed in 1.00 s  acme');
        expect(stdout).to.match(/^Price {3} *█+ .* 30\.0 ms$/m);
        expect(stdout).to.match(/^Charge +▓+┤┄┄▓+✗ .* 940 ms$/m);
        expect(stdout).to.contain('called Rates').and.contain('queue waits unknown');
        expect(stdout).to.not.contain('░');
      });
    }

    it('C10 tells root and worker of what several processes have logged', async () => {
      const lines = [
        eventRecord('trace_start', { run: 1, root: 'c1-abc', client_id: 'c1', kind: 'call', node_name: null }),
        ...['cpu-1', 'cpu-2'].flatMap((worker_id) => {
          const facts = { run: 1, root: 'c1-abc', worker_id, redelivered: worker_id === 'cpu-2' };
          return [
            eventRecord('part_start', { ...facts, kind: 'part', node_name: null }),
            eventRecord('node_success', { ...facts, attempt: 0, latency_ms: 10 }),
            eventRecord('part_end', { ...facts, node_name: null, status: 'succeeded', attempts: 1, retries: 0 }),
          ];
        }),
        eventRecord('trace_end', {
          run: 1,
          root: 'c1-abc',
          node_name: null,
          status: 'succeeded',
          attempts: 0,
          retries: 0,
        }),
      ];
      const input = lines.map(FORMATS.flat).join('\n');
      const { stdout } = await penguiflow(['trace', '1c80319c', '-'], { input });
      expect(stdout).to.contain('\nroot c1-abc\n');
      expect(stdout).to.contain('part at cpu-1: Orders  ✓ succeeded').and.contain('part at cpu-2: Orders');
      const json = await penguiflow(['trace', '1c80319c', '-', '--json'], { input });
      const { run, children } = JSON.parse(json.stdout) as Record<string, { readonly part: unknown }[]>;
      const part = (worker: string, redelivered: number): object => ({
        root: 'c1-abc',
        group: null,
        worker,
        redelivered,
      });
      expect((run as unknown as { part: unknown }).part).to.deep.equal({ ...part('', 0), worker: null });
      expect(children?.map((each) => each.part)).to.deep.equal([part('cpu-1', 0), part('cpu-2', 1)]);
    });

    it('C10 says so in JSON, too', async () => {
      const { stdout } = await penguiflow(['trace', '1c80319c', '-', '--json'], {
        input: records.map(FORMATS.flat).join('\n'),
      });
      expect((JSON.parse(stdout) as { readonly queuesKnown: boolean }).queuesKnown).to.equal(false);
    });

    it('C4 ends with 3 where no line is of it', async () => {
      const { exitCode } = await penguiflow(['trace', 'ffff', '-'], { input: records.map(FORMATS.flat).join('\n') });
      expect(exitCode).to.equal(3);
    });
  });
});
