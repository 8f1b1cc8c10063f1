import { expect } from 'chai';
import fc from 'fast-check';
import { Redactor } from '#src/logging/redact/redactor.js';
import { Sanitizer } from '#src/logging/redact/sanitizer.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { redact } from '#src/logging/redact.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import type { LoggingOptions } from '#src/logging/sinks/logging-config.js';
import { useLogging } from '../../support/use-logging.js';
import { FORMED_SHAPES, KEYED_SHAPES } from '../support/secret-shapes.js';
import { SECRET_STRUCTURES } from '../support/secret-structures.js';

const SEED = 20_261_122;
const PART = 4;
const SHAPES = [...KEYED_SHAPES, ...FORMED_SHAPES];

/** Letters and digits that spell no word, so that what is found of them is the secret's. */
const secret = fc
  .array(fc.constantFrom(...Array.from('bcdfghjkmnpqrtvwxzBCDFGHJKLMNPQRTVWXZ23456789')), {
    minLength: 8,
    maxLength: 30,
  })
  .map((chars) => `Zq9${chars.join('')}7x`);

/** A part of the secret, of four characters or more, that a text shows. */
function shownPart(text: string, planted: string): string | undefined {
  for (let at = 0; at + PART <= planted.length; at++) {
    const part = planted.slice(at, at + PART);
    if (text.includes(part)) return part;
  }
  return undefined;
}

describe('planted secrets', () => {
  const caught = useLogging();
  const plain = new Redactor({});

  it('R27 are tried in more than two hundred shapes', () => {
    expect(SHAPES.length + SECRET_STRUCTURES.length).to.be.greaterThan(200);
  });

  for (const { name, text } of SHAPES) {
    it(`R27 never appear in whole or in part: ${name}`, () => {
      fc.assert(
        fc.property(secret, (planted) => {
          const clean = plain.text(text(planted));
          expect(shownPart(clean, planted), clean).to.equal(undefined);
          expect(clean).to.contain('[Redacted]');
          expect(plain.text(clean), 'redacted twice').to.equal(clean);
        }),
        { seed: SEED, numRuns: 25 },
      );
    });
  }

  for (const { name, value } of SECRET_STRUCTURES) {
    it(`R27 never appear in whole or in part: ${name}`, () => {
      const sanitizer = new Sanitizer(new Redactor({}));
      fc.assert(
        fc.property(secret, (planted) => {
          const clean = sanitizer.value(value(planted));
          const json = JSON.stringify(clean);
          expect(shownPart(json, planted), json).to.equal(undefined);
          expect(json).to.contain('[Redacted]');
          expect(sanitizer.value(clean), 'redacted twice').to.deep.equal(clean);
        }),
        { seed: SEED, numRuns: 10 },
      );
    });
  }

  const formats: LoggingOptions[] = [
    { format: 'flat' },
    { format: 'penguiflow' },
    { format: 'otel' },
    { structured: false },
  ];
  /** Where a text may come into a line. */
  const places: ((text: string) => void)[] = [
    (text) => void getLogger().info(text),
    (text) => void getLogger().info('m', { note: text }),
    (text) => void getLogger().info('m', { list: ['a', text], deep: { map: new Map([['k', text]]) } }),
    (text) => void getLogger().error(new Error(text)),
    (text) =>
      void getLogger().error('m', new Error('outer', { cause: Object.assign(new Error('inner'), { data: text }) })),
    (text) => void getLogger().info('%s, that is %j', text, { text }),
    (text) => void getLogger().child({ request: text }).warn('m'),
    (text) => void getLogger().info({ message: text, body: JSON.stringify({ text }) }),
  ];

  it('R27 never appear in a line, wherever their text stands in it and whatever its format is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SHAPES),
        secret,
        fc.constantFrom(...places),
        fc.constantFrom(...formats),
        ({ name, text }, planted, place, format) => {
          caught.clear();
          configureLogging({ structured: true, destination: caught, ...format });
          place(text(planted));
          expect(caught.lines).to.have.length(1);
          expect(shownPart(caught.text, planted), `${name}: ${caught.text}`).to.equal(undefined);
        },
      ),
      { seed: SEED, numRuns: 1500 },
    );
  });

  it('R27 never appear in a line, wherever their value stands in it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SECRET_STRUCTURES),
        secret,
        fc.constantFrom(...formats),
        ({ name, value }, planted, format) => {
          caught.clear();
          configureLogging({ structured: true, destination: caught, ...format });
          getLogger().info('m', value(planted) as object);
          getLogger().info('m', { field: value(planted), list: [value(planted)] });
          getLogger().error('m', Object.assign(new Error('e'), { data: value(planted) }));
          getLogger().info('m', value(planted), 'and', value(planted));
          expect(caught.lines).to.have.length(4);
          expect(shownPart(caught.text, planted), `${name}: ${caught.text}`).to.equal(undefined);
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('R27 that are written behind their name as arguments of their own are hidden', () => {
    getLogger().info('token:', 'hunter2');
    getLogger().info('logged in with password =', 'hunter2', 'as ada');
    getLogger().info('password', 'hunter2');
    getLogger().info('used', 'token:', 'hunter2', 'as ada');
    getLogger().info('the word is', 'swordfish');
    expect(caught.text).to.contain('as ada').and.contain('swordfish').and.not.contain('hunter2');
  });

  it('R27 do not come back through a censor that looks like a replacement pattern', () => {
    for (const censor of ['$&', '$1', '$`', "$'", '$<name>', '$$']) {
      const redactor = new Redactor({ censor, patterns: [/P-(\d+)/], keys: ['iban'] });
      for (const { name, text } of SHAPES) {
        const clean = redactor.text(text('Zq9xW7vLm2Kd'));
        expect(shownPart(clean, 'Zq9xW7vLm2Kd'), `${censor}, ${name}: ${clean}`).to.equal(undefined);
      }
      expect(redactor.text('P-123456, iban: DE1234')).to.equal(`${censor}, iban: ${censor}`);
    }
  });

  it('R27 are hidden again where a censor of several words stands already', () => {
    const redactor = new Redactor({ censor: '<hidden by policy>' });
    for (const { name, text } of SHAPES) {
      const clean = redactor.text(text('Zq9xW7vLm2Kd'));
      expect(redactor.text(clean), name).to.equal(clean);
    }
  });

  it('R27 redact() hides what lines hide, in texts and in values', () => {
    for (const { text } of SHAPES) expect(redact(text('Zq9xW7vLm2Kd'))).to.equal(plain.text(text('Zq9xW7vLm2Kd')));
    expect(redact({ user: 'ada', apiKey: 'k-1', at: new Date(0) })).to.deep.equal({
      user: 'ada',
      apiKey: '[Redacted]',
      at: '1970-01-01T00:00:00.000Z',
    });
  });
});
