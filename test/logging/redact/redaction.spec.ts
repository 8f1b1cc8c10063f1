import { expect } from 'chai';
import fc from 'fast-check';
import winston from 'winston';
import { configureLogging } from '#src/logging/configure-logging.js';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import type { LoggingOptions } from '#src/logging/sinks/logging-config.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { anyText } from '../../support/any-text.js';
import { flowEvent } from '../support/flow-events.js';
import { LineCatcher } from '../../support/line-catcher.js';
import { superlinearGrowth } from '../support/grows-linearly.js';
import { opaqueSecret, secretKey, secretText, wrapping } from '../support/secrets.js';

const SEED = 20_261_122;

describe('redaction', () => {
  let caught: LineCatcher;

  beforeEach(() => {
    caught = new LineCatcher();
  });

  afterEach(() => shutdownLogging());

  function written(call: () => void, options: LoggingOptions = {}): string {
    caught = new LineCatcher();
    configureLogging({ structured: true, destination: caught, ...options });
    call();
    return caught.text;
  }

  function field(value: unknown, options: LoggingOptions = {}): unknown {
    written(() => getLogger().info('m', { value }), options);
    return caught.last['value'];
  }

  describe('never lets a planted secret out', () => {
    const formats: LoggingOptions[] = [
      { format: 'flat' },
      { format: 'penguiflow' },
      { format: 'otel' },
      { structured: false },
    ];

    it('R27 under a secret key, in any style, at any depth, in any kind of object', () => {
      fc.assert(
        fc.property(
          secretKey,
          opaqueSecret,
          wrapping,
          wrapping,
          fc.constantFrom(...formats),
          (key, secret, outer, inner, options) => {
            const text = written(
              () => getLogger().info('m', { data: outer({ ok: 1, [key]: inner(secret) }) }),
              options,
            );
            return !text.includes(secret) && caught.lines.length === 1;
          },
        ),
        { seed: SEED, numRuns: 400 },
      );
    });

    it('R27 in text, by how it looks: in messages, fields, errors, causes, keys and URLs', () => {
      const places: ((text: string, wrap: (value: unknown) => unknown) => void)[] = [
        (text) => void getLogger().info(text),
        (text, wrap) => void getLogger().info('m', { value: wrap(text) }),
        (text, wrap) => void getLogger().error('m', wrap(new Error(text)) as object),
        (text) => void getLogger().error(new Error('outer', { cause: new TypeError(text) })),
        (text) => void getLogger().info('m', { [text]: 1, nested: { [text]: 2 } }),
        (text) => void getLogger().info('said %s and %j', text, { text }),
        (text) => void getLogger().child({ context: text }).info('m'),
        (text) =>
          new FlowLogger().on(
            flowEvent('node_failed', {
              error: new Error(text),
              extra: { exception: text, flow_error: { message: text } },
            }),
          ),
      ];
      fc.assert(
        fc.property(
          secretText,
          fc.string(),
          fc.string(),
          wrapping,
          fc.constantFrom(...places),
          fc.constantFrom(...formats),
          (planted, before, after, wrap, place, options) => {
            const text = written(() => place(`${before} ${planted.text} ${after}`, wrap), options);
            return (
              !text.includes(planted.secret) &&
              !text.includes(JSON.stringify(planted.secret).slice(1, -1)) &&
              // In lines for people the place of a failure stands below.
              caught.lines.filter((line) => !line.startsWith('               at ')).length === 1
            );
          },
        ),
        { seed: SEED, numRuns: 1500 },
      );
    });

    it('R27 whatever else is in the line, it is one line of JSON', () => {
      fc.assert(
        fc.property(
          anyText,
          fc.anything({
            withBigInt: true,
            withDate: true,
            withMap: true,
            withSet: true,
            withSparseArray: true,
            withTypedArray: true,
            withNullPrototype: true,
            withObjectString: true,
          }),
          (message, value) => {
            written(() => getLogger().info(message, { value }));
            return caught.lines.length === 1 && typeof caught.last === 'object';
          },
        ),
        { seed: SEED, numRuns: 1000 },
      );
    });

    it('R27 extra transports get the same redacted fields', () => {
      const own = new LineCatcher();
      const transport = new winston.transports.Stream({ stream: own, format: winston.format.json() });
      written(() => getLogger().info('token=abc123', { apiKey: 'k-1', nested: { password: 'p-1' } }), {
        transports: [transport],
      });
      expect(own.last).to.deep.include({
        message: 'token=[Redacted]',
        apiKey: '[Redacted]',
        nested: { password: '[Redacted]' },
      });
      expect(own.text).not.to.match(/k-1|p-1|abc123/);
    });
  });

  describe('leaves alone', () => {
    const innocent: Record<string, unknown> = {
      token_count: 512,
      maxTokens: 100,
      'budget tokens': 5,
      said: 'used total_tokens=512 of it',
      trace_id: '0123456789abcdef0123456789abcdef',
      hash: 'd41d8cd98f00b204e9800998ecf8427e4111111111111111',
      monkey: 'banana',
      author: 'ann',
      pinned: true,
      session: 'morning',
      keyboard: 'qwerty',
      passenger: 'bob',
      company: 'acme',
      ts_ms: 1_763_829_123_456,
      order: '1763829123456',
      not_a_card: '4111 1111 1111 1112',
      url: 'https://example.test:8080/path?page=2#top',
      mail: 'bob@example.test',
      text: 'it took 3: all of them',
    };
    for (const [key, value] of Object.entries(innocent)) {
      it(`R27 ${key}`, () => {
        written(() => getLogger().info('m', { [key]: value }));
        expect(caught.last[key]).to.equal(value);
      });
    }
  });

  describe('values of every kind neither throw nor hang', () => {
    const circular: Record<string, unknown> = { a: 1 };
    circular['self'] = circular;
    class Order {
      readonly #hidden = 1;
      sku = 'a-1';
      get bad(): never {
        throw new RangeError(String(this.#hidden));
      }
    }
    const kinds: [string, unknown, unknown][] = [
      ['a cycle', circular, { a: 1, self: '[Circular]' }],
      [
        'a getter that throws',
        Object.defineProperty({ a: 1 }, 'b', { enumerable: true, get: () => new Order().bad }),
        { a: 1, b: '[threw RangeError]' },
      ],
      ['toJSON that throws', { toJSON: () => new Order().bad }, '[threw RangeError]'],
      ['a BigInt', 2n ** 70n, '1180591620717411303424'],
      [
        'a Map',
        new Map<unknown, unknown>().set('a', 1).set({ k: 1 }, 2).set('password', 'x'),
        { a: 1, '{"k":1}': 2, password: '[Redacted]' },
      ],
      ['a Set', new Set([1, 'b']), [1, 'b']],
      ['a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
      ['an invalid Date', new Date(Number.NaN), null],
      ['a Buffer', Buffer.from('secret'), '[Buffer of 6 bytes]'],
      ['an ArrayBuffer', new ArrayBuffer(8), '[ArrayBuffer of 8 bytes]'],
      ['a symbol', Symbol('s'), 'Symbol(s)'],
      ['a function', function named() {}, '[function named]'],
      ['NaN', Number.NaN, null],
      ['Infinity', -Infinity, null],
      ['a RegExp', /a/g, '/a/g'],
      ['a URL', new URL('https://u:p@h.test/?token=t'), 'https://[Redacted]@h.test/?token=[Redacted]'],
      ['a promise', Promise.resolve(1), '[Promise]'],
      ['an instance', new Order(), { sku: 'a-1' }],
      ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
      ['__proto__ as a key', JSON.parse('{"__proto__":{"polluted":1}}'), { __proto: { polluted: 1 } }],
      ['a card number as a number', 4_111_111_111_111_111, '[Redacted]'],
      ['lone surrogates', '\ud800', '\ud800'],
    ];
    for (const [what, value, expected] of kinds) {
      it(`R27 ${what}`, () => expect(field(value)).to.deep.equal(expected));
    }

    it('R27 a proxy that refuses everything', () => {
      const refuse = (): never => {
        throw new TypeError('no');
      };
      expect(field(new Proxy({}, { get: refuse, ownKeys: refuse, getPrototypeOf: refuse, has: refuse }))).to.equal(
        '[threw TypeError]',
      );
    });

    it('R27 great depth, breadth and number', () => {
      let deep: unknown = 'bottom';
      for (let level = 0; level < 10_000; level++) deep = { deep };
      expect(JSON.stringify(field(deep)).length).to.be.lessThan(200);
      expect(
        Object.keys(field(Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, n]))) as object),
      ).to.have.length(501);
      expect(field(Array.from({ length: 5000 }, (_, n) => n))).to.have.length(501);
      const shared = Array.from({ length: 100 }, () => 'x');
      let wide: unknown[] = shared;
      for (let level = 0; level < 8; level++) wide = Array.from({ length: 100 }, () => wide);
      expect(JSON.stringify(field(wide)).length).to.be.lessThan(200_000);
    });

    const parts = [
      'a',
      'eyJ',
      'eyJ.',
      '-eyJa',
      '://',
      '://a:b',
      'a=',
      'password=',
      'password="',
      "token:'",
      'cookie:',
      '-----BEGIN ',
      '-----BEGIN PRIVATE KEY-----',
      '4',
      '4 ',
      '41-',
      'Bearer ',
      'sk-',
      'ghp_',
      '\\"',
      '_a-',
      ' ',
      '\n',
      '"',
      '@',
      '\u2028',
      '\ud800',
    ];
    for (const part of parts) {
      it(`R27 a string of 10 MB of ${JSON.stringify(part)}`, () => {
        const repeated = (length: number): string => part.repeat(Math.ceil(length / part.length));
        field(repeated(10_000_000));
        expect(superlinearGrowth((text) => void field(text), repeated)).to.equal(undefined);
        field(repeated(10_000_000));
        expect(caught.text.length).to.be.lessThan(60_000);
      });
    }
  });

  describe('options', () => {
    it('R27 own keys are hidden in any style, and own patterns everywhere', () => {
      const redact = { keys: ['iban', /^x-internal-/], patterns: [/order-\d+/], censor: '###' };
      written(
        () =>
          getLogger().info('see order-17', {
            IBAN: 'DE1',
            'my.iban': 'kept',
            'x-internal-id': 1,
            at: ['order-18 order-19'],
          }),
        { redact },
      );
      expect(caught.last).to.deep.include({ message: 'see ###', IBAN: '###', 'x-internal-id': '###', at: ['### ###'] });
      expect(caught.last['my.iban']).to.equal('kept');
    });

    it('R27 redact: false hides nothing', () => {
      expect(field({ password: 'p' }, { redact: false })).to.deep.equal({ password: 'p' });
    });

    it('R27 long strings are cut, and a secret across the cut is hidden', () => {
      const text = `${'x '.repeat(95)}password=${'Zq'.repeat(40)}`;
      const shown = field(text, { redact: { maxChars: 200 } }) as string;
      expect(shown).not.to.contain('Zq');
      expect(shown.length).to.be.lessThan(260);
      const url = field(`${'x '.repeat(80)}https://bob:${'Zq'.repeat(40)}@h.test`, { redact: { maxChars: 200 } });
      expect(url).not.to.contain('Zq');
      expect(field('y'.repeat(300), { redact: { maxChars: 200 } })).to.equal(
        `${'y'.repeat(200)}... (100 more characters)`,
      );
    });

    it('R27 a stateful pattern of the user hides every match of every line', () => {
      const redact = { patterns: [/id\d/gy] };
      expect([field('id1 id2', { redact }), field('id1 id2', { redact })]).to.deep.equal([
        '[Redacted] [Redacted]',
        '[Redacted] [Redacted]',
      ]);
    });
  });
});
