import { spawnSync } from 'node:child_process';
import process from 'node:process';

import { expect } from 'chai';

const BROKEN = 'dist/test/scripts/broken-properties.js';
const SIMPLEST = 'the simplest input found';

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

function fuzz(...args: readonly string[]): Run {
  const command = ['--enable-source-maps', '--unhandled-rejections=strict', 'scripts/fuzz.mjs', ...args];
  return spawnSync(process.execPath, command, { encoding: 'utf8', timeout: 100_000 });
}

/** What the command says to run, without `npm run fuzz --`. */
function replayOf({ stdout }: Run): string[] {
  return /^to try it again: npm run fuzz -- (.+)$/m.exec(stdout)?.[1]?.split(' ') ?? [];
}

describe('npm run fuzz', function () {
  this.timeout(120_000);

  it('tries each property of the project until the time is over, and says how many inputs', () => {
    const { stdout, stderr, status } = fuzz('--minutes', '0.05');
    expect([status, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(
      /^0\.05 min of acyclic, cycles, delivery, distributed, joins, rings, timed-joins, traces, events, validation\n/,
    );
    const [, all = '', each = ''] = /(\d+) inputs: (.+)\nnothing found\n$/.exec(stdout) ?? [];
    expect(Number(all)).to.be.at.least(100);
    const counts = each.split(', ').map((one) => Number(one.split(' ')[1]));
    expect(counts).to.have.length(10);
    for (const count of counts) expect(count).to.be.at.least(25);
    expect(counts.reduce((sum, count) => sum + count)).to.equal(Number(all));
  });

  it('tries the inputs of a seed once, of all properties or of one', () => {
    expect(fuzz('--seed', '7', '--property', 'rings').stdout).to.match(/ 25 inputs: rings 25\nnothing found\n$/);
    expect(fuzz('--seed', '7', '--property', 'fine', BROKEN).stdout).to.match(/ 25 inputs: fine 25\nnothing found\n$/);
  });

  describe('for a property that does not hold', () => {
    it('prints seed, path, the simplest input, its graph and the error, and fails', () => {
      const { stdout, status } = fuzz('--minutes', '1', '--property', 'small', BROKEN);
      expect(status).to.equal(1);
      expect(stdout).to.match(/^small does not hold \(seed \d+, path [\d:]+\)$/m);
      expect(stdout).to.match(new RegExp(`^${SIMPLEST}, after \\d+ steps:\\n10\\n\\nN0 -> N10\\n\\n`, 'm'));
      expect(stdout).to.contain('RangeError: 10 is not small').and.to.contain('broken-properties.ts');
    });

    it('prints the command that tries that input again, and nothing but it', () => {
      const found = fuzz('--property', 'small', BROKEN);
      const replay = replayOf(found);
      expect(replay.filter((_, index) => index % 2 === 0)).to.deep.equal(['--property', '--seed', '--path']);
      const again = fuzz(...replay, BROKEN);
      expect(again.status).to.equal(1);
      expect(again.stdout).to.contain(`${SIMPLEST}, after 0 steps:\n10\n`);
      expect(replayOf(again)).to.deep.equal(replay);
      const bySeed = fuzz(...replay.slice(0, 4), BROKEN);
      expect([bySeed.status, replayOf(bySeed)]).to.deep.equal([1, replay]);
    });

    it('has a fresh seed each time', () => {
      const seeds = [1, 2].map(() => replayOf(fuzz('--property', 'small', BROKEN))[3]);
      expect(seeds[0]).to.not.equal(seeds[1]);
    });

    for (const name of ['stray', 'unhandled']) {
      it(`prints the seed of an error that no promise of the input has (${name})`, () => {
        const { stdout, status } = fuzz('--property', name, BROKEN);
        expect(status).to.equal(1);
        expect(stdout).to.match(new RegExp(`^${name} does not hold \\(seed \\d+\\)$`, 'm'));
        expect(stdout).to.contain('RangeError: of nobody');
        expect(stdout).to.match(new RegExp(`^to try it again: npm run fuzz -- --property ${name} --seed \\d+$`, 'm'));
      });
    }
  });

  const wrong: readonly [readonly string[], string][] = [
    [['--minutes', '0'], 'Expected --minutes to be a number > 0, got "0"'],
    [['--minutes', 'five'], 'Expected --minutes to be a number > 0, got "five"'],
    [['--seed', '1.5'], 'Expected --seed to be a whole number, got "1.5"'],
    [
      ['--seed', '1', '--minutes', '2'],
      '--seed tries its inputs once, --minutes tries fresh ones: give one of the two',
    ],
    [['--path', '1'], '--path is a place in the inputs of a --seed: give both'],
    [['--path', '1', '--seed', '1'], '--path is of one property: name it with --property'],
    [
      ['--path', 'x', '--seed', '1', '--property', 'rings'],
      'Expected --path to be numbers with colons between, like 7:0:2, got "x"',
    ],
    [
      ['--property', 'none'],
      'There is no property "none". Known: acyclic, cycles, delivery, distributed, joins, rings, timed-joins, traces, events, validation',
    ],
    [['--minute', '5'], "Unknown option '--minute'. Options: --minutes, --property, --seed, --path"],
  ];
  for (const [args, message] of wrong) {
    it(`refuses ${args.join(' ')}`, () => {
      expect(fuzz(...args)).to.deep.include({ status: 2, stdout: '', stderr: `${message}\n` });
    });
  }
});
