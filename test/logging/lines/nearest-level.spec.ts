import { expect } from 'chai';
import fc from 'fast-check';
import winston from 'winston';
import { nearestLevel } from '#src/logging/lines/nearest-level.js';

const { npm, syslog, cli } = winston.config;

describe('nearestLevel', () => {
  const cases: readonly (readonly [string, Record<string, number>, Record<string, string | undefined>])[] = [
    [
      "npm's",
      npm.levels,
      { warning: 'warn', crit: 'error', emerg: 'error', notice: 'info', trace: 'silly', help: 'info' },
    ],
    ["syslog's", syslog.levels, { warn: 'warning', http: 'info', verbose: 'debug', silly: 'debug', fatal: 'crit' }],
    ["cli's", cli.levels, { http: 'prompt', notice: 'help', warning: 'warn' }],
    ['few', { error: 0, info: 1 }, { warn: 'error', debug: 'info', silly: 'info', fatal: 'error' }],
    ['one', { only: 0 }, { error: 'only', debug: 'only' }],
    ['two of unknown names', { bad: 0, good: 1 }, { error: 'bad', warn: 'bad', info: 'good', debug: 'good' }],
    ['unknown among known ones', { audit: 0, error: 1, debug: 2 }, { warn: 'error', info: 'debug' }],
    [
      'a known one before unknown ones',
      { critical: 0, high: 1, medium: 2, low: 3 },
      { warn: 'high', info: 'medium', debug: 'low', fatal: 'critical' },
    ],
    ['errors and others', { error: 0, note: 1, chatter: 2 }, { warn: 'error', info: 'note', debug: 'chatter' }],
    ['a known one at its end', { p1: 0, p2: 1, info: 2 }, { error: 'p1', warn: 'p2', debug: 'info' }],
    ['known ones far apart', { crit: 0, normal: 5, fine: 9 }, { error: 'crit', info: 'normal', debug: 'fine' }],
    ['none', {}, { error: undefined }],
    ['pino’s', { fatal: 0, error: 1, warn: 2, info: 3, debug: 4, trace: 5 }, { silly: 'trace', verbose: 'debug' }],
  ];
  for (const [name, levels, expected] of cases) {
    it(`R25 finds the nearest level of a scale: ${name}`, () => {
      for (const [asked, level] of Object.entries(expected)) expect(nearestLevel(levels, asked), asked).to.equal(level);
    });
  }

  it('R25 keeps a level that the scale has, and knows nothing of a name that nobody has', () => {
    expect(nearestLevel({ audit: 3, error: 0 }, 'audit')).to.equal('audit');
    expect(nearestLevel(npm.levels, 'loud')).to.equal(undefined);
    expect(nearestLevel(npm.levels, 'constructor')).to.equal(undefined);
  });

  it('R25 spreads the levels over a scale of which few names are known: what is less severe is never higher', () => {
    const name = fc.oneof(
      fc.constantFrom('error', 'fatal', 'crit', 'info', 'debug'),
      fc.stringMatching(/^[a-z]{9,12}$/),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), (scale) => {
        const order = ['fatal', 'crit', 'error', 'info', 'debug'];
        const known = scale.filter((each) => order.includes(each)).sort((a, b) => order.indexOf(a) - order.indexOf(b));
        const sorted = scale.map((each) => (order.includes(each) ? known.shift()! : each));
        const levels = Object.fromEntries(sorted.map((each, rank) => [each, rank]));
        const ranks = ['error', 'warn', 'info', 'debug'].map((level) => levels[nearestLevel(levels, level)!]!);
        expect(ranks).to.deep.equal(ranks.toSorted((a, b) => a - b));
        if (scale.length > 2 && scale.every((each) => !order.includes(each)))
          expect(ranks.at(-1)).to.equal(scale.length - 1);
      }),
    );
  });

  it('R25 finds one on every scale, and keeps the order of the four levels', () => {
    const names = fc.uniqueArray(fc.constantFrom(...Object.keys({ ...npm.levels, ...syslog.levels, ...cli.levels })), {
      minLength: 1,
    });
    const others = fc.uniqueArray(fc.stringMatching(/^[a-z]{9,12}$/), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.oneof(names, others), (scale) => {
        const severities = Object.keys({ ...syslog.levels, ...npm.levels });
        const sorted = scale.toSorted((one, other) => severities.indexOf(one) - severities.indexOf(other));
        const levels = Object.fromEntries(sorted.map((name, rank) => [name, rank]));
        const found = ['error', 'warn', 'info', 'debug'].map((level) => nearestLevel(levels, level));
        for (const level of found) expect(scale).to.include(level);
      }),
    );
  });
});
