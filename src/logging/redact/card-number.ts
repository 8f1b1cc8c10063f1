import { eachMatch } from './each-match.js';
import type { HiddenSpans } from './hidden-spans.js';
import { nameBefore } from './key-before.js';
import { isIdentifierKey } from './secret-keys.js';

/** A card scheme: how its numbers begin and how their digits are grouped. */
interface CardScheme {
  readonly prefix: RegExp;
  readonly groups: readonly string[];
  /** Lengths of numbers that are written in one piece. */
  readonly lengths: readonly number[];
}

const FOURS = '4,4,4,4';
const SCHEMES: readonly CardScheme[] = [
  { prefix: /^4/, groups: [FOURS, '4,4,4,4,3', '4,3,3,3'], lengths: [16] }, // Visa
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, groups: [FOURS], lengths: [16] }, // Mastercard
  { prefix: /^220[0-4]/, groups: [FOURS], lengths: [16] }, // Mir
  { prefix: /^3[47]/, groups: ['4,6,5', '4,4,4,3'], lengths: [15] }, // American Express
  { prefix: /^3(?:0[0-5]|[689])/, groups: ['4,6,4', '4,4,4,2'], lengths: [14] }, // Diners Club
  { prefix: /^(?:6011|64[4-9]|65)/, groups: [FOURS, '4,4,4,4,3'], lengths: [16] }, // Discover
  { prefix: /^35(?:2[89]|[3-8])/, groups: [FOURS], lengths: [16] }, // JCB
  { prefix: /^62/, groups: [FOURS, '4,4,4,4,3'], lengths: [16] }, // UnionPay
  { prefix: /^(?:50[123]8|5893|6304|6759|676[1-3])/, groups: [FOURS], lengths: [16] }, // Maestro
];
const DIGIT_RUN = /\d(?:[ .\u00a0-]?\d){13,}/g;
const SEPARATOR = /[ .\u00a0-]/;
const MAX_GROUPS = 5;
const LEAST_DIGITS = 14;
const MOST_DIGITS = 19;
/** 19 digits in five groups. */
const MAX_CHARS = 23;
const WORD = /[\p{L}\p{N}_]/u;
/** What joins a number to a word or to other digits, as in `order-4111…` and `+49 …`. */
const JOINS = /[-+#/.:_@]/;
/** A word before a number that says what it numbers. */
const NUMBERED =
  /\b(?:orders?|requests?|traces?|spans?|ids?|refs?|references?|invoices?|tickets?|tracking|shipments?|parcels?|jobs?|batch|runs?|phones?|tel|mobile|imei|no|nr|at|ts)\.?[ :#=]{1,3}$/i;
/** Of a phone number, its country code included (E.164). */
const MAX_PHONE_DIGITS = 15;
const COUNTRY_CODE = /\+[\d \u00a0()-]{0,8}$/;
const IBAN = /\b[A-Z]{2}\d{2}(?: [A-Z\d]{4}){0,7} $/;
const CARD_WORD = /(?:card|visa|pan|cc|amex|mastercard|payment)[-_:.]$/i;

/** Hides payment card numbers: of a scheme's length, prefix and grouping, with the check digit right, and no part of anything longer. */
export function hideCards(text: string, spans: HiddenSpans): void {
  eachMatch(DIGIT_RUN, text, ({ 0: run, index }) => {
    // The first two digits of `%2041…` are a space.
    const skipped = text[index - 1] === '%' ? 2 : 0;
    const groups = groupsOf(run.slice(skipped), index + skipped);
    for (let first = 0; first < groups.length; first++) {
      const last = lastOfCard(text, groups, first);
      if (last === undefined) continue;
      spans.add(groups[first]!.start, groups[last]!.end);
      first = last;
    }
  });
}

/** Whether digits in one piece are a payment card number. */
export function isCardDigits(digits: string): boolean {
  return (
    SCHEMES.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits)) && passesLuhn(digits)
  );
}

/** Digits between two separators. */
interface Group {
  readonly digits: string;
  readonly start: number;
  readonly end: number;
}

function groupsOf(run: string, index: number): Group[] {
  return [...run.matchAll(/\d+/g)].map(({ 0: digits, index: at }) => ({
    digits,
    start: index + at,
    end: index + at + digits.length,
  }));
}

/** The last group of a card that begins with the given one; undefined when none does. */
function lastOfCard(text: string, groups: readonly Group[], first: number): number | undefined {
  const { digits, start, end } = groups[first]!;
  if (digits.length >= LEAST_DIGITS) {
    const isCard =
      digits.length <= MOST_DIGITS && isCardDigits(digits) && isAlone(text, { start, end, digits, isOnePiece: true });
    return isCard ? first : undefined;
  }
  if (digits.length !== 4 && digits.length !== 6) return undefined;
  for (let last = Math.min(groups.length - 1, first + MAX_GROUPS - 1); last > first; last--) {
    if (groups[last]!.end - start <= MAX_CHARS && isCard(text, groups.slice(first, last + 1))) return last;
  }
  return undefined;
}

/** Whether groups with one and the same separator between them are a card. */
function isCard(text: string, groups: readonly Group[]): boolean {
  const { start, end } = groups[0]!;
  const separator = text[end];
  if (groups.slice(0, -1).some((group) => text[group.end] !== separator)) return false;
  const pattern = groups.map((group) => group.digits.length).join(',');
  const digits = groups.map((group) => group.digits).join('');
  if (!SCHEMES.some((scheme) => scheme.groups.includes(pattern) && scheme.prefix.test(digits))) return false;
  return passesLuhn(digits) && isAlone(text, { start, end: groups.at(-1)!.end, digits, isOnePiece: false });
}

/** Whether a number stands for itself, and is no part of a UUID, a hash, a phone number, a time or a name. */
function isAlone(text: string, { start, end, digits, isOnePiece }: Group & { readonly isOnePiece: boolean }): boolean {
  const before = text[start - 1] ?? ' ';
  const after = text[end] ?? ' ';
  const head = text.slice(Math.max(0, start - 40), start);
  const isEncoded = text[start - 3] === '%';
  if ((WORD.test(before) && !isEncoded) || WORD.test(after)) return false;
  if (JOINS.test(before) && WORD.test(text[start - 2] ?? ' ') && !(before === ':' || CARD_WORD.test(head)))
    return false;
  if (
    before === '#' ||
    (isEncoded && text.startsWith('%23', start - 3)) ||
    (digits.length <= MAX_PHONE_DIGITS && COUNTRY_CODE.test(head))
  )
    return false;
  if ((JOINS.test(after) || (SEPARATOR.test(after) && after !== ' ')) && WORD.test(text[end + 1] ?? ' ')) return false;
  if (!isOnePiece) return !IBAN.test(head);
  if (NUMBERED.test(head)) return false;
  const separator = /[=:]\s{0,4}["'\\]{0,4}$/.exec(head);
  return separator === null || !isIdentifierKey(nameBefore(text, start - separator[0].length));
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index--, double = !double) {
    const digit = digits.charCodeAt(index) - 48;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}
