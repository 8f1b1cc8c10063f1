import { expect } from 'chai';
import fc from 'fast-check';
import { configureLogging } from '#src/logging/configure-logging.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { redact } from '#src/logging/redact.js';
import type { LoggingOptions } from '#src/logging/sinks/logging-config.js';
import { inAttempt } from '../support/in-attempt.js';
import { useLogging } from '../../support/use-logging.js';

const SEED = 20_261_130;
const MAX_LINE_CHARS = 65_536;
const TEN_MB = 10_000_000;

const formats: readonly (readonly [string, LoggingOptions])[] = [
  ['flat', { format: 'flat' }],
  ['penguiflow', { format: 'penguiflow' }],
  ['otel', { format: 'otel' }],
  ['for people', { structured: false }],
  ['for people, all fields', { structured: false, includeExtras: true, columns: 400 }],
];

const texts = (count: number, chars: number): string[] => Array.from({ length: count }, () => 'x y '.repeat(chars / 4));
const numbered = (count: number, value: (number: number) => unknown): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, number) => [`key_${number}`, value(number)]));

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

function refusing(): object {
  const refuse = (): never => {
    throw new RangeError('no');
  };
  return Object.defineProperties(
    {},
    Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`bad_${at}`, { enumerable: true, get: refuse }])),
  );
}

function longStack(): Error {
  const error = new Error(`no answer ${'z '.repeat(1_000_000)}`);
  error.stack = `Error: no answer\n${'    at place (/app/src/place.ts:1:1)\n'.repeat(100_000)}`;
  return error;
}

/** What is more than a line has room for, or nothing that JSON knows, as fields of a line. */
const GREAT: readonly (readonly [string, () => object])[] = [
  ['400 x 400 texts of 8 kB', () => ({ rows: Array.from({ length: 400 }, () => texts(400, 8192)) })],
  ['a text of 10 MB', () => ({ body: 'a b='.repeat(TEN_MB / 4) })],
  ['a text of 10 MB of one word', () => ({ body: 'a'.repeat(TEN_MB) })],
  ['a list of a million numbers', () => ({ list: Array.from({ length: 1_000_000 }, (_, number) => number) })],
  ['an object of 100,000 keys', () => ({ table: numbered(100_000, (number) => number) })],
  ['a line of 5,000 fields', () => numbered(5000, (number) => `value ${number} `.repeat(20))],
  ['a line of 300 long fields', () => numbered(300, () => 'long '.repeat(2000))],
  ['a map of 100,000 entries', () => ({ map: new Map(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n])) })],
  ['a set of 100,000 texts', () => ({ set: new Set(Array.from({ length: 100_000 }, (_, n) => `v${n}`)) })],
  ['objects in objects, 10,000 deep', () => ({ deep: nested(10_000, (inner) => ({ inner, more: [1, 2, 3] })) })],
  ['lists in lists, 10,000 deep', () => ({ deep: nested(10_000, (inner) => [inner, inner]) })],
  ['keys of 100,000 characters', () => ({ [`k${'e'.repeat(100_000)}y`]: 1, deep: { ['k'.repeat(100_000)]: 2 } })],
  ['2,000 getters that throw', () => ({ refusing: refusing() })],
  ['an error with a long message and stack', () => ({ error: longStack() })],
  ['an error with 10,000 causes', () => ({ error: nested(10_000, (cause) => new Error('outer', { cause })) as Error })],
  ['an error of 5,000 errors', () => ({ error: new AggregateError(Array.from({ length: 5000 }, longish), 'all') })],
  ['control characters, of which each is written as six', () => ({ body: '\u0001'.repeat(100_000) })],
  ['quotes within quotes', () => ({ body: '"\\'.repeat(100_000), list: ['"\\'.repeat(5000), '"\\'.repeat(5000)] })],
];

function longish(): Error {
  return new Error('one of many '.repeat(20));
}

// oxlint-disable-next-line eslint/no-control-regex -- control characters are what it looks for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069]/;
/** What lines say where something is missing. */
const SAYS = /left_out|more characters|\d more\b|\[[A-Za-z]+ of \d+\]|…/;

describe('a bounded line', function () {
  this.timeout(60_000);
  const caught = useLogging();

  for (const [format, options] of formats) {
    describe(`of the format ${format}`, () => {
      for (const [what, fields] of GREAT) {
        it(`R27 is one line of at most maxLineChars that says what was left out: ${what}`, () => {
          configureLogging({ structured: true, destination: caught, ...options });
          getLogger().info('before', fields());
          expect(caught.lines).to.have.length(1);
          expect(caught.lines[0]!.length).to.be.at.most(MAX_LINE_CHARS);
          expect(caught.lines[0]).to.match(SAYS);
        });
      }

      it('R27 whatever is in it, and however short lines are to be', () => {
        fc.assert(
          fc.property(
            fc.string({ unit: 'binary', maxLength: 3000 }),
            fc.dictionary(
              fc.string({ unit: 'grapheme', maxLength: 40 }),
              fc.anything({ maxDepth: 4, withBigInt: true, withMap: true, withSet: true }),
            ),
            fc.integer({ min: 1, max: 3000 }),
            fc.integer({ min: 1000, max: 4000 }),
            (message, fields, times, maxLineChars) => {
              caught.clear();
              configureLogging({ structured: true, destination: caught, ...options, maxLineChars });
              getLogger().info(message, {
                ...fields,
                long: message.repeat(times),
                list: Array.from({ length: times }, () => fields),
              });
              expect(caught.lines).to.have.length(1);
              expect(caught.lines[0]!.length).to.be.at.most(maxLineChars);
              expect(caught.lines[0]).not.to.match(CONTROLS);
            },
          ),
          { seed: SEED, numRuns: 150 },
        );
      });

      it('R26 R27 the ids stand in it whole, however little room there is', () => {
        const ids = {
          trace_id: `t-${'4111111111111111-'.repeat(40)}`,
          tenant: `password=${'x'.repeat(500)}`,
          node_name: `Bearer ${'n'.repeat(300)}`,
        };
        configureLogging({ structured: true, destination: caught, ...options, maxLineChars: 1000, ids: 'full' });
        inAttempt(() => getLogger().info('m '.repeat(5000), { body: 'long '.repeat(5000), trace_id: 'mine' }), ids);
        expect(caught.lines).to.have.length(1);
        for (const id of Object.values(ids)) expect(caught.lines[0]).to.contain(id);
        expect(caught.lines[0]!.length).to.be.lessThan(1000 + Object.values(ids).join('').length);
      });
    });
  }

  it('R27 of a structure no more values are read than a line may have', () => {
    let read = 0;
    const counted = (): object => Object.defineProperty({}, 'value', { enumerable: true, get: () => ++read });
    getLogger().info('m', { rows: Array.from({ length: 400 }, () => Array.from({ length: 400 }, counted)) });
    expect(read).to.be.greaterThan(1000).and.lessThan(10_001);
    expect(caught.last['left_out']).to.match(/rows: \d+ values/);
  });

  describe('loses nothing uncounted', () => {
    const sizes = fc.integer({ min: 0, max: 3000 });
    const more = (text: unknown): number => Number(/(\d+) more$/.exec(typeof text === 'string' ? text : '0 more')![1]);
    const kinds: readonly (readonly [string, (size: number) => object])[] = [
      ['an object', (size) => numbered(size, (number) => number)],
      ['a map', (size) => new Map(Object.entries(numbered(size, (number) => number)))],
      [
        'search parameters',
        (size) => new URLSearchParams(Object.entries(numbered(size, String)) as [string, string][]),
      ],
      ['headers', (size) => new Headers(Object.entries(numbered(size, String)) as [string, string][])],
    ];
    for (const [what, make] of kinds) {
      it(`R27 ${what}`, () => {
        fc.assert(
          fc.property(sizes, (size) => {
            const { '...': rest, ...shown } = redact(make(size)) as Record<string, unknown>;
            expect(Object.keys(shown).length + more(rest)).to.equal(size);
          }),
          { seed: SEED, numRuns: 20 },
        );
      });
    }

    it('R27 a list, and a set', () => {
      fc.assert(
        fc.property(sizes, (size) => {
          const list = Array.from({ length: size }, (_, number) => number);
          for (const value of [list, new Set(list)]) {
            const shown = redact(value) as unknown[];
            const isCut = String(shown.at(-1)).startsWith('...');
            expect(isCut ? shown.length - 1 + more(shown.at(-1)) : shown.length).to.equal(size);
          }
        }),
        { seed: SEED, numRuns: 20 },
      );
    });

    it('R27 a text, and what is too deep', () => {
      expect(redact('x '.repeat(6000))).to.match(/\.\.\. \(3808 more characters\)$/);
      const deep = nested(12, (inner) => ({ inner, beside: 1 }));
      expect(JSON.stringify(redact({ deep, last: 1 })))
        .to.contain('"[Object of 2]"')
        .and.contain('"last":1');
    });

    it('R27 the fields of a line, whose number and names it says', () => {
      getLogger().info(
        'm',
        numbered(800, (number) => number),
      );
      expect(caught.last['...']).to.equal('300 more: key_500, key_501, key_502, ...');
      expect(caught.last['left_out']).to.equal('fields: 300 values');
    });

    it('R27 what is beside a value that throws too deep to be shown', () => {
      const refuse = (): never => {
        throw new TypeError('no');
      };
      const proxy = new Proxy({}, { ownKeys: refuse, get: refuse, getPrototypeOf: refuse });
      for (const levels of [1, 10, 11, 12, 13]) {
        const value = nested(levels, (inner) => ({ inner: inner === 'bottom' ? proxy : inner, beside: 'seen' }));
        const json = JSON.stringify(redact(value));
        expect(json.match(/seen|of 2/g), json).to.have.length(Math.min(levels, 13));
      }
    });
  });
});
