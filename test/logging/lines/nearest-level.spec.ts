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
