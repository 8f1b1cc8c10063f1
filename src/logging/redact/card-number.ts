const HEX = /[0-9a-fA-F]/;
/** A run of hex digits this long around the digits is a hash or a trace id, not a card. */
const HASH_CHARS = 20;
const MIN_DIGITS = 13;
const MAX_DIGITS = 19;

/**
 * Hides the card numbers in a run of digits with single spaces and dashes between them. A card is one group or some
 * neighbouring ones, so that `12 4111 1111 1111 1111` is found behind the `12`.
 *
 * @param run - the digits and what separates them
 * @param text - what the run was found in, at `index`
 */
export function hideCards(run: string, censor: string, text: string, index: number): string {
  if (hexSpan(text, index, run.length) >= HASH_CHARS && !/[ -]/.test(run)) return run;
  const groups = run.split(/([ -])/); // groups and separators by turns
  let hidden = '';
  for (let from = 0; from < groups.length; from += 2) {
    const to = lastGroupOfCard(groups, from);
    hidden += to === -1 ? groups[from]! : censor;
    if (to !== -1) from = to;
    hidden += groups[from + 1] ?? '';
  }
  return hidden;
}

/**
 * Tells whether digits are a payment card number: 13 to 19 of them, the first one of a card scheme (2 to 6), and the
 * Luhn check right.
 */
export function isCardDigits(digits: string): boolean {
  const first = digits.charCodeAt(0) - 48;
  return digits.length >= MIN_DIGITS && digits.length <= MAX_DIGITS && first >= 2 && first <= 6 && passesLuhn(digits);
}

/** The longest card that starts at a group; -1 when none does. */
function lastGroupOfCard(groups: readonly string[], from: number): number {
  let digits = '';
  let last = -1;
  for (let to = from; to < groups.length && digits.length + groups[to]!.length <= MAX_DIGITS; to += 2) {
    digits += groups[to]!;
    if (isCardDigits(digits)) last = to;
  }
  return last;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index--, double = !double) {
    const digit = digits.charCodeAt(index) - 48;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

function hexSpan(text: string, index: number, length: number): number {
  let start = index;
  let end = index + length;
  while (start > 0 && index - start < HASH_CHARS && HEX.test(text[start - 1]!)) start--;
  while (end < text.length && end - index - length < HASH_CHARS && HEX.test(text[end]!)) end++;
  return end - start;
}
