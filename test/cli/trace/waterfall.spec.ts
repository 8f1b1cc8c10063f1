import { expect } from 'chai';

import { paintFor } from '#src/cli/paint.js';
import { TimeScale } from '#src/cli/trace/time-scale.js';
import { waterfall } from '#src/cli/trace/waterfall.js';
import { widthOf } from '#src/cli/text-width.js';
import type { AttemptView } from '#src/inspector/api.js';

function attempt(seq: number, change: Partial<AttemptView>): AttemptView {
  return {
    ...{ seq, node: `Node${seq}`, attempt: 0, parentSeq: null, messageId: `m${seq}`, sentMs: seq, startedMs: seq },
    ...{ endedMs: seq + 1, outcome: 'succeeded', queuedIn: 0, errorCode: null, error: null },
    ...change,
  };
}

describe('the waterfall of a trace', () => {
  const plain = paintFor(false);

  it('shows of many attempts the first and those that failed, and says how many more there are', () => {
    const attempts = Array.from({ length: 500 }, (_, at) =>
      attempt(at, { outcome: at % 100 === 99 ? 'failed' : 'succeeded' }),
    );
    const input = { attempts, startedMs: 0, endedMs: 500, knowsQueues: true };
    const lines = waterfall(input, 80, plain);
    expect(lines.filter((line) => line.startsWith('Node'))).to.have.lengthOf(60);
    expect(lines.filter((line) => /^Node\d+99/.test(line))).to.have.lengthOf(5 - 1);
    expect(lines).to.include('… 440 more lines; --all shows them');
    expect(
      waterfall(input, 80, plain, Number.POSITIVE_INFINITY).filter((line) => line.startsWith('Node')),
    ).to.have.lengthOf(500);
  });

  it('keeps its width whatever names, times and colours are', () => {
    const attempts = [
      attempt(0, { node: '魚'.repeat(40), sentMs: -50, startedMs: -10, endedMs: 0 }),
      attempt(1, { node: 'evil\u001b[2Jname', startedMs: 1e9, endedMs: null, outcome: 'running' }),
      attempt(2, { outcome: 'cancelled', startedMs: 5e8, endedMs: 5e8 }),
      attempt(3, { outcome: 'failed', error: 'line\nbreak\u001b[31m '.repeat(30), startedMs: 1, endedMs: 1 }),
    ];
    for (const columns of [40, 80, 160]) {
      for (const paint of [plain, paintFor(true)]) {
        const lines = waterfall({ attempts, startedMs: 0, endedMs: 2e9, knowsQueues: true }, columns, paint);
        expect(Math.max(...lines.slice(0, -2).map(widthOf)), `${columns}`).to.be.at.most(columns);
        expect(lines.join('')).to.not.contain('\u001b[2J');
      }
    }
  });

  it('draws what runs over what waits, in the least room', () => {
    const attempts = [
      attempt(0, { sentMs: 0, startedMs: 0, endedMs: 0.1 }),
      attempt(1, { startedMs: 999, endedMs: 1000 }),
    ];
    const [, first, second] = waterfall({ attempts, startedMs: 0, endedMs: 1000, knowsQueues: true }, 60, plain);
    expect(first).to.contain('█');
    expect(second).to.contain('█');
  });

  it('marks its beginning also where nothing ran then', () => {
    const attempts = [attempt(0, { sentMs: 0, startedMs: 1000, endedMs: 1010 })];
    const [axis] = waterfall({ attempts, startedMs: 0, endedMs: 1010, knowsQueues: true }, 60, plain);
    expect(axis).to.match(/^ +0 /);
  });

  it('gives no room to what is idle, and keeps the order of times', () => {
    const scale = new TimeScale(
      0,
      100_000,
      [
        { startedMs: 0, endedMs: 10 },
        { startedMs: 99_990, endedMs: 100_000 },
      ],
      62,
    );
    expect(scale.folds).to.deep.equal([{ fromMs: 10, toMs: 99_990 }]);
    expect([0, 5, 10, 50_000, 99_990, 100_000].map((ms) => scale.column(ms))).to.deep.equal([0, 15, 30, 30, 32, 62]);
    const busy = new TimeScale(
      0,
      100,
      [
        { startedMs: 0, endedMs: 40 },
        { startedMs: 60, endedMs: 100 },
      ],
      100,
    );
    expect(busy.folds).to.deep.equal([]);
    expect(busy.column(50)).to.equal(50);
  });
});
