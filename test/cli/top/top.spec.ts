import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { expect } from 'chai';

import { paintFor } from '#src/cli/paint.js';
import { topTable } from '#src/cli/top/top-table.js';
import { widthOf } from '#src/cli/text-width.js';

import { describeWithTool } from '../../support/needs-tool.js';
import { Output, penguiflow, startPenguiflow } from '../support/command-line.js';
import { useFakeInspector } from '../support/fake-inspector.js';
import { inTerminal, PYTHON, screenOf } from '../support/in-terminal.js';
import { BUSY, liveFlow, liveNode, snapshot } from '../support/snapshots.js';

const TABLE = `\
Orders  running  12 active  34.5/s  1,234 runs  ✗ 3 failed lately
  node    queue            rate/s      p95   failed   oldest
  Price   ······ 0/64        10.0  9.50 ms        0
  Charge  ▇▇▇▇▇▇ 60/64       2.50   812 ms       13   4.20 s  ✗ failing
  Stock   ▇▇▇▇▇▇ 63/64        120  9.50 ms        0           ▲ full
  Ship           5           10.0  9.50 ms        0   75.0 s  ! stuck
`;

describe('penguiflow top', () => {
  const held = useFakeInspector();

  function where(): string[] {
    return ['--url', held.inspector.url, '--token', 'a-token'];
  }

  it('C8 prints one table without a terminal, once it knows rates, and ends', async () => {
    held.inspector.snapshots = [snapshot([liveFlow('Orders', [liveNode('Price', { rate: null })])]), BUSY];
    const { stdout, stderr, exitCode } = await penguiflow(['top', ...where()], { env: { COLUMNS: '72' } });
    expect([exitCode, stderr]).to.deep.equal([0, '']);
    expect(stdout.split('\n')).to.deep.equal(TABLE.split('\n'));
  });

  it('C8 prints a line of JSON for each snapshot with --json', async () => {
    held.inspector.snapshots = [BUSY, BUSY, BUSY];
    const { stdout, exitCode } = await penguiflow(['top', '--json', '-n', '2', ...where()]);
    expect(exitCode).to.equal(0);
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).to.deep.equal([BUSY, BUSY]);
  });

  it('C8 goes on when the inspector ends a stream, to look again at who may see what', async () => {
    held.inspector.snapshots = [BUSY];
    held.inspector.endsStreams = true;
    const { stdout, exitCode } = await penguiflow(['top', '--json', '-n', '2', ...where()]);
    expect([exitCode, stdout.trim().split('\n').length]).to.deep.equal([0, 2]);
  });

  it('C3 C8 ends with 0 when the reader of --json has seen enough', async () => {
    held.inspector.snapshots = Array.from({ length: 2_000 }, () => BUSY);
    const child = startPenguiflow(['top', '--json', ...where()]);
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('C4 ends with 3 for a flow that is not there, 4 where nobody answers, 2 where there is none', async () => {
    const unknown = await penguiflow(['top', '--flow', 'Refunds', ...where()]);
    expect([unknown.exitCode, unknown.stderr.includes('It has Orders.')]).to.deep.equal([3, true]);
    expect((await penguiflow(['top', '--url', 'http://127.0.0.1:1'])).exitCode).to.equal(4);
    expect((await penguiflow(['top', '-n', '2', ...where()])).exitCode).to.equal(2);
    expect((await penguiflow(['top'], { env: { XDG_RUNTIME_DIR: '/nowhere' } })).exitCode).to.equal(2);
  });

  for (const columns of [50, 80, 160]) {
    it(`fits 64 nodes into ${columns} columns`, () => {
      const nodes = Array.from({ length: 64 }, (_, at) =>
        liveNode(`Node with quite a long name ${at}`, { queued: at, failed: at * 999 }),
      );
      const lines = topTable(
        snapshot([liveFlow('Orders', nodes)]),
        { order: 'graph', selected: 3, isOpen: true },
        columns,
        paintFor(true),
      );
      expect(lines.filter((line) => line.includes('Node with'))).to.have.lengthOf(64);
      expect(Math.max(...lines.map(widthOf))).to.be.at.most(columns);
      if (columns > 80) expect(lines.join('')).to.contain('timeouts').and.contain('held');
    });
  }

  it('leaves out facts before colours and failures where the line is too long, and draws a queue of any length', () => {
    const flow = liveFlow('Orders', [liveNode('Price', { queued: -5 }), liveNode('Ship', { queued: 1e9 })]);
    const [head] = topTable(
      snapshot([flow]),
      { order: 'graph', selected: undefined, isOpen: false },
      40,
      paintFor(true),
    );
    expect(head).to.contain('\u001b[31m✗ 3 failed lately');
    expect(widthOf(head!)).to.be.at.most(40);
  });

  it('says what is wrong with a flow, its breakers and its history', () => {
    const flow = liveFlow('Orders', [liveNode('Price')], {
      stalled: 'no room at Ship',
      dependencies: [{ name: 'bank', breaker: 'open' }],
    });
    const history = { waitingRows: 0, shedTraces: 0, rejectedRows: 0, degraded: 'the disk is full' };
    const text = topTable(
      snapshot([flow], { history }),
      { order: 'graph', selected: undefined, isOpen: false },
      80,
      paintFor(false),
    ).join('\n');
    expect(text)
      .to.contain('breaker of bank is open')
      .and.contain('stalled: no room at Ship')
      .and.contain('history: the disk is full');
  });

  describeWithTool(PYTHON, 'in a terminal', () => {
    let child: ChildProcess | undefined;

    afterEach(async () => {
      if (child === undefined || child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    });

    function open(size: { columns?: number; rows?: number } = {}): Output {
      child = inTerminal(['top', ...where()], size);
      return new Output(child);
    }

    function names(output: Output): string[] {
      return screenOf(output.text).flatMap((line) => /^[› ] (Price|Charge|Stock|Ship)\b/.exec(line)?.[1] ?? []);
    }

    it('draws the nodes, sorts them, opens one, pauses, and leaves the screen as it was', async () => {
      held.inspector.snapshots = [BUSY];
      const output = open();
      await output.has('Charge');
      expect(names(output)).to.deep.equal(['Price', 'Charge', 'Stock', 'Ship']);
      expect(screenOf(output.text).every((line) => widthOf(line) <= 80)).to.equal(true);
      child!.stdin!.write('s');
      await output.has('sort: queue');
      expect(names(output)).to.deep.equal(['Stock', 'Charge', 'Ship', 'Price']);
      child!.stdin!.write('j\r');
      await output.has('oldest message in the queue 4.20 s');
      expect(screenOf(output.text).join('\n')).to.contain('≤ 2.00 ms').and.contain('› Charge');
      child!.stdin!.write('p');
      await output.has('PAUSED');
      child!.stdin!.write('q');
      const [exitCode] = (await once(child!, 'close')) as [number];
      expect(exitCode).to.equal(0);
      expect(output.text.startsWith('\u001b[?1049h\u001b[?25l')).to.equal(true);
      expect(output.text.endsWith('\u001b[?25h\u001b[?1049l')).to.equal(true);
    });

    it('says when nobody answers any more', async () => {
      held.inspector.snapshots = [BUSY];
      const output = open();
      await output.has('Charge');
      await held.inspector.stop();
      await output.has('DISCONNECTED since');
      child!.stdin!.write('\u0003');
      expect(await once(child!, 'close')).to.deep.equal([0, null]);
    });

    it('scrolls to what is selected where there are more nodes than rows', async () => {
      const nodes = Array.from({ length: 40 }, (_, at) => liveNode(`Node${at}.`));
      held.inspector.snapshots = [snapshot([liveFlow('Orders', nodes)])];
      const output = open({ rows: 12 });
      await output.has('Node5.');
      expect(output.text).to.not.contain('Node39.');
      child!.stdin!.write('j'.repeat(39));
      await output.has('\u001b[1m› Node39.');
      expect(screenOf(output.text)).to.have.lengthOf.at.most(12);
      child!.stdin!.write('q');
      await once(child!, 'close');
    });
  });
});
