import { expect } from 'chai';

import { sqliteStore, type FlowStore } from '#src/store/index.js';

import { penguiflow } from './support/command-line.js';
import { useFakeInspector } from './support/fake-inspector.js';
import { FORMATS, failedRun, TRACE } from './support/log-lines.js';
import { BUSY } from './support/snapshots.js';
import { FAILED_ID, storeRuns } from './support/stored-runs.js';
import { useTempFolder } from './support/temp-folder.js';

const RUN = [
  ...['attempts', 'endedMs', 'errorCode', 'errorMessage', 'errorNode', 'flow', 'id', 'kind', 'parent', 'part'],
  ...['pinned', 'replayOf', 'retries', 'rowsLeftOut', 'startedMs', 'status', 'tenant', 'traceId'],
];
const TRACE_KEYS = [
  ...['attempts', 'children', 'cut', 'events', 'labels', 'otelTraceId', 'parent', 'queuesKnown', 'run'],
];
const ATTEMPT = [
  ...['attempt', 'endedMs', 'error', 'errorCode', 'messageId', 'node', 'outcome', 'parentSeq', 'queuedIn', 'sentMs'],
  ...['seq', 'startedMs'],
];
const PLAN = [
  ...['changed', 'from', 'impossible', 'incomplete', 'nodes', 'notBegun', 'notReplayable', 'parent', 'reasons'],
  ...['runner', 'runs'],
];

// Scripts read these names: whoever changes one breaks them.
describe('the JSON of the command line', () => {
  const folder = useTempFolder();
  const held = useFakeInspector();
  let store: FlowStore;

  beforeEach(async () => {
    store = sqliteStore({ file: folder.file('history.db'), worker: 'inline' });
    await storeRuns(store);
  });
  afterEach(async () => store.close(0));

  /** The first line that a command prints. */
  async function json(args: readonly string[], input = ''): Promise<Readonly<Record<string, unknown>>> {
    const { stdout, exitCode, stderr } = await penguiflow([...args, '--json'], { input });
    expect([exitCode, stderr]).to.deep.equal([0, '']);
    return JSON.parse(stdout.split('\n', 1)[0]!) as Readonly<Record<string, unknown>>;
  }

  function keys(value: unknown): string[] {
    return Object.keys(value as object).toSorted();
  }

  function of(source: 'store' | 'inspector'): string[] {
    return source === 'store'
      ? ['--store', folder.file('history.db')]
      : ['--url', held.inspector.url, '--token', 'a-token'];
  }

  for (const source of ['store', 'inspector'] as const) {
    it(`C4 has the same names in traces and trace, of ${source}`, async () => {
      expect(keys(await json(['traces', ...of(source)]))).to.deep.equal(RUN);
      const trace = await json(['trace', FAILED_ID, ...of(source)]);
      expect(keys(trace)).to.deep.equal(TRACE_KEYS);
      expect(keys(trace['run'])).to.deep.equal(RUN);
      expect(keys((trace['attempts'] as readonly object[])[0])).to.deep.equal(ATTEMPT);
      expect(keys(await json(['trace', FAILED_ID, '--logs', ...of(source)]))).to.deep.equal(
        [...TRACE_KEYS, 'lines'].toSorted(),
      );
    });
  }

  it('C4 has the same names in trace, of a log', async () => {
    const input = `${failedRun().map(FORMATS.flat).join('\n')}\n`;
    const trace = await json(['trace', TRACE, '-'], input);
    expect(keys(trace)).to.deep.equal(TRACE_KEYS);
    expect(keys(trace['run'])).to.deep.equal(RUN);
    expect(keys((trace['attempts'] as readonly object[])[0])).to.deep.equal(ATTEMPT);
  });

  it('C4 keeps the names in logs, top, replay and store', async () => {
    const line = await json(['logs'], `${FORMATS.otel(failedRun()[0]!)}\n`);
    expect(keys(line).slice(0, 5)).to.deep.equal(['attempt', 'flow_name', 'level', 'logger', 'message']);
    held.inspector.snapshots = [BUSY];
    expect(keys(await json(['top', '-n', '1', ...of('inspector')]))).to.deep.equal([
      'atMs',
      'flows',
      'history',
      'runner',
    ]);
    const dry = await json(['replay', '7', '--dry-run', ...of('inspector')]);
    expect([keys(dry), keys(dry['plan'])]).to.deep.equal([['plan', 'run'], PLAN]);
    expect(keys(await json(['replay', '7', '--yes', ...of('inspector')]))).to.deep.equal(['plan', 'replay', 'run']);
    expect(keys(await json(['store', 'stats', ...of('store')]))).to.include.members([
      'attempts',
      'bytes',
      'counters',
      'runs',
    ]);
    expect(await json(['store', 'prune', '--max-runs', '1000', ...of('store')])).to.deep.equal({ deleted: 0 });
  });
});
