const HEX = /[0-9a-fA-F]/;
/** A run of hex digits this long around the digits is a hash or a trace id, not a card. */
const HASH_CHARS = 20;

/**
 * Tells whether a run of digits inside a text is a payment card number: 13 to 19 digits, the first one of a card
 * scheme (2 to 6), the Luhn check right, and not a piece of a longer number or of a hash.
 */
export function isCardNumber(run: string, text: string, index: number): boolean {
  const before = text[index - 1];
  const after = text[index + run.length];
  if ((before !== undefined && before >= '0' && before <= '9') || (after !== undefined && after >= '0' && after <= '9'))
    return false;
  const digits = run.replace(/[ -]/g, '');
  return isCardDigits(digits) && hexSpan(text, index, run.length) < HASH_CHARS;
}

/** The same for digits that stand alone. */
export function isCardDigits(digits: string): boolean {
  const first = digits.charCodeAt(0) - 48;
  return digits.length >= 13 && digits.length <= 19 && first >= 2 && first <= 6 && passesLuhn(digits);
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
