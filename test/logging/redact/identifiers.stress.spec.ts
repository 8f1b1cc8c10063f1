import { expect } from 'chai';
import fc from 'fast-check';
import { Redactor } from '#src/logging/redact/redactor.js';
import { Sanitizer } from '#src/logging/redact/sanitizer.js';

const SEED = 20_261_122;
const RUNS = 400_000;

const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: min, maxLength: max });
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: length, maxLength: length });
const pad = (value: number, length: number): string => String(value).padStart(length, '0');
const moment = fc.date({ min: new Date('2001-01-01'), max: new Date('2039-01-01'), noInvalidDate: true });
const stamp = (date: Date): string => date.toISOString().replace(/\D/g, '');
const country = fc.constantFrom(
  '1',
  '31',
  '34',
  '36',
  '380',
  '39',
  '41',
  '44',
  '45',
  '49',
  '52',
  '55',
  '62',
  '65',
  '81',
);
const word = fc.constantFrom('order', 'ORD', 'inv', 'job', 'run', 'customer', 'REQ', 'shipment');

/** Identifiers as people use them. A bare number with a card's length, prefix and check digit is none that one can tell from a card. */
const identifier: fc.Arbitrary<string> = fc.oneof(
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.ulid(),
  // One of 100,000 span ids is a card number: all of it digits, prefix and check digit right.
  hex(16).filter((id) => /[a-f]/.test(id)),
  hex(32),
  hex(40),
  fc.tuple(hex(32), hex(16)).map(([trace, span]) => `00-${trace}-${span}-01`),
  // Mostly digits, as a hash may be.
  fc.tuple(digits(15, 15), hex(1)).map(([head, last]) => head + last.replace(/\d/, 'a')),
  fc.tuple(digits(8, 8), digits(4, 4), digits(4, 4), digits(4, 4), digits(12, 12)).map((parts) => parts.join('-')),
  moment.map((date) => date.toISOString()),
  moment.map((date) => String(date.getTime())),
  fc.tuple(moment, digits(3, 3)).map(([date, micros]) => `${date.getTime()}${micros}`),
  fc.tuple(moment, digits(6, 6)).map(([date, nanos]) => `${date.getTime()}${nanos}`),
  moment.map(stamp),
  fc.tuple(moment, digits(1, 4)).map(([date, rest]) => `${stamp(date)}-${rest}`),
  fc.tuple(moment, digits(6, 6)).map(([date, number]) => `order-${stamp(date).slice(0, 14)}${number}`),
  fc.tuple(country, digits(2, 3), digits(6, 7)).map((parts) => `+${parts.join(' ')}`),
  fc.tuple(country, digits(8, 10)).map((parts) => `+${parts.join('')}`),
  fc.tuple(country, digits(8, 10)).map((parts) => `00${parts.join('')}`),
  fc.tuple(digits(3, 3), digits(3, 3), digits(4, 4)).map(([area, head, tail]) => `(${area}) ${head}-${tail}`),
  fc.tuple(digits(4, 4), digits(4, 4), digits(4, 4)).map((parts) => parts.join('-')),
  digits(6, 13),
  digits(17, 19),
  fc.tuple(word, fc.constantFrom('-', '_', '#'), digits(4, 19)).map((parts) => parts.join('')),
  fc.tuple(word, digits(4, 4), digits(4, 4), digits(4, 4), digits(4, 4)).map((parts) => parts.join('-')),
  fc.tuple(fc.integer({ min: 1, max: 9999 }), digits(2, 2)).map(([number, check]) => `R${pad(number, 9)}/${check}`),
  fc.ipV4(),
  fc.double({ min: 0, max: 1, noNaN: true }).map(String),
);

const redactor = new Redactor({});
const sanitizer = new Sanitizer(redactor);

describe('identifiers', function () {
  this.timeout(300_000);

  function stay(write: (id: string) => unknown, read: (written: unknown) => unknown, runs: number): void {
    fc.assert(
      fc.property(identifier, (id) => {
        const written = write(id);
        expect(read(written)).to.deep.equal(written);
      }),
      { seed: SEED, numRuns: runs },
    );
  }

  it('R27 400,000 random UUIDs, span ids, times, phone and order numbers stay as they are', () => {
    stay(
      (id) => id,
      (id) => redactor.text(id as string),
      RUNS,
    );
  });

  it('R27 so they do in sentences, queries, JSON and fields', () => {
    const text = (id: unknown): string => redactor.text(id as string);
    stay((id) => `paid order ${id}, retry of ${id}.`, text, RUNS / 10);
    stay((id) => `GET https://h.test/orders/${id}?after=${encodeURIComponent(id)}&page=2 200`, text, RUNS / 10);
    stay((id) => JSON.stringify({ id, ids: [id, id], note: `for ${id}` }), text, RUNS / 10);
    stay(
      (id) => ({ id, deep: [{ orderId: id, at: [id] }], note: `for ${id}` }),
      (value) => sanitizer.value(value),
      RUNS / 10,
    );
  });

  it('R27 of any digits, under a key that says what they number', () => {
    const key = fc.constantFrom(
      'orderId',
      'order_id',
      'phone',
      'trace_id',
      'invoiceNumber',
      'created_at',
      'tracking',
      'ref',
    );
    fc.assert(
      fc.property(key, digits(13, 19), (name, id) => {
        const number = Number(id);
        const value = { [name]: id, deep: { [name]: number } };
        expect(sanitizer.value(value)).to.deep.equal(value);
        for (const text of [`${name}=${id}`, `${name}: ${id}`, JSON.stringify({ [name]: id, n: { [name]: 1 } })])
          expect(redactor.text(text)).to.equal(text);
      }),
      { seed: SEED, numRuns: RUNS / 10 },
    );
  });
});
