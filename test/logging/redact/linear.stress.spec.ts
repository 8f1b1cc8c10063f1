import { expect } from 'chai';
import { Redactor } from '#src/logging/redact/redactor.js';
import { hideSecrets } from '#src/logging/redact/secret-text.js';
import { oneLine, placeOf } from '#src/logging/lines/human/human-text.js';
import { superlinearGrowth } from '../support/grows-linearly.js';
import { regularExpressions } from '../support/regular-expressions.js';
import { FORMED_SHAPES, KEYED_SHAPES } from '../support/secret-shapes.js';

const FOUND = regularExpressions('src/logging');
const CHARACTERS = Array.from('aZ_0 -.:=,;/\\@+%&?#<>()[]{}|"\'`~$!\n\t\r\u00a0\u00e9');
const SHORT = 16_384;

/** A text of one part again and again, with something before it and something behind it that lets a match fail. */
const repeated =
  (part: string, head = '', tail = '\u0000') =>
  (length: number): string =>
    head + part.repeat(Math.ceil(length / part.length)) + tail;

/** Runs a pattern as the code does: from the front, or for all matches. */
function search(pattern: RegExp): (text: string) => void {
  return (text) => {
    pattern.lastIndex = 0;
    if (!pattern.global) {
      pattern.test(text);
      return;
    }
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text))
      if (match[0] === '') pattern.lastIndex++;
  };
}

/** What a pattern spells out, which leads into the middle of it. */
function spelledOut({ source }: RegExp): string[] {
  const words = source.replaceAll(/\\[bBdDsSwW]|\[[^\]]*\]|\(\?[^:]?/g, ' ').match(/[A-Za-z&<%"'=:-]{2,}/g) ?? [];
  return [...new Set(words)].slice(0, 12);
}

describe('regular expressions of the log', function () {
  this.timeout(600_000);

  it('R27 are found, those of stacks and of lines for people too', () => {
    expect(FOUND.length).to.be.greaterThan(100);
    for (const file of ['lines/human/line-human', 'redact/key-material', 'redact/spoken-values', 'winston/call-site'])
      expect(FOUND.map(({ place }) => place).join()).to.contain(file);
  });

  for (const { place, pattern } of FOUND) {
    it(`R27 ${place} takes time as the text is long: ${pattern.source.slice(0, 60)}`, () => {
      const run = search(pattern);
      const heads = ['', ...spelledOut(pattern)];
      const parts = [
        ...CHARACTERS,
        ...heads.slice(1),
        ...CHARACTERS.map((char) => `a${char}`),
        ...CHARACTERS.map((char) => ` ${char}`),
      ];
      for (const part of parts) {
        for (const head of heads) {
          const growth = superlinearGrowth(run, repeated(part, head), SHORT);
          expect(growth, JSON.stringify([head, part])).to.equal(undefined);
        }
      }
      for (const part of [...CHARACTERS, ...heads.slice(1), 'a1', 'Aa ', 'a=b&', '"a":', '\\"'])
        expect(superlinearGrowth(run, repeated(part)), JSON.stringify(part)).to.equal(undefined);
    });
  }
});

describe('what the log does to a text', function () {
  this.timeout(600_000);
  const { keys, censor } = new Redactor({});
  const hide = (text: string): void => void hideSecrets(text, { keys, patterns: [], censor }, text.length, false);
  const hideCut = (text: string): void => void hideSecrets(text, { keys, patterns: [], censor }, text.length, true);
  const secret = 'Zq9xW7vLm2KdT4';
  const shapes = [...KEYED_SHAPES, ...FORMED_SHAPES];

  for (const { name, text } of shapes) {
    it(`R27 takes time as it is long: ${name}, again and again, whole, torn, and without its end`, () => {
      const whole = text(secret);
      for (const part of [
        whole,
        `${whole}\n`,
        whole.slice(0, whole.indexOf(secret)),
        whole.slice(whole.indexOf(secret)),
      ]) {
        if (part === '') continue;
        for (const run of [hide, hideCut])
          expect(superlinearGrowth(run, repeated(part), 131_072), part).to.equal(undefined);
      }
    });
  }

  for (const char of CHARACTERS) {
    it(`R27 takes time as it is long: ${JSON.stringify(char)}`, () => {
      for (const part of [
        char,
        `a${char}`,
        `password${char}`,
        `token=${char}`,
        `"${char}`,
        `${char}\\"`,
        `://${char}`,
        `${char}@`,
      ])
        for (const run of [hide, hideCut])
          expect(superlinearGrowth(run, repeated(part), 131_072), part).to.equal(undefined);
    });
  }

  it('R27 a stack is read and escaped in time as it is long', () => {
    for (const part of ['\n    at ', 'a', '\n', '(', ' at a (', '\u202e']) {
      const place = (stack: string): void => void placeOf({ type: 'Error', message: '', stack });
      expect(superlinearGrowth(place, repeated(part)), part).to.equal(undefined);
      expect(
        superlinearGrowth((text) => void oneLine(text), repeated(part)),
        part,
      ).to.equal(undefined);
    }
  });
});
