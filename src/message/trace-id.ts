/** Two hex digits of each byte. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The first word of an id is never this one. */
export const NO_WORD = -1;

/** Ids that one call of the generator pays for. */
const IDS_PER_BLOCK = 512;

/** Two random words per id; empty until the first id is taken. */
let words = new Int32Array(0);
let next = 0;
/** The left half of all ids of a block. */
let prefix = '';

/** Fills a typed array with secure random bytes. Loads OpenSSL, which is why it is not there from the beginning. */
function fillRandom(array: Int32Array): void {
  process.getBuiltinModule('node:crypto').randomFillSync(array);
}

/**
 * A fresh trace id: 32 lower-case hex digits, the width of a W3C trace id.
 *
 * The right half is 64 bits of the secure generator, so that nobody who has seen ids can guess another. The left half is random, too,
 * and shared by a block of ids.
 */
export function newTraceId(): string {
  const at = takeId();
  return traceIdOf(prefix, words[at] as number, words[at + 1] as number);
}

/** Takes a fresh id without writing it out: its words are at this place of {@link idWord} and the next one. */
export function takeId(): number {
  if (next === words.length) nextBlock();
  const at = next;
  next += 2;
  return at;
}

/** One of the two words of the id that was taken last. */
export function idWord(at: number): number {
  return words[at] as number;
}

/** The left half of the id that was taken last. */
export function idPrefix(): string {
  return prefix;
}

/** Writes an id out. */
export function traceIdOf(left: string, high: number, low: number): string {
  return left + word(high) + word(low);
}

function nextBlock(): void {
  if (words.length === 0) words = new Int32Array(IDS_PER_BLOCK * 2 + 2);
  fillRandom(words);
  // A word that no id has, so that it can stand for something else.
  for (let at = 0; at < words.length; at += 2) if (words[at] === NO_WORD) words[at] = 0;
  prefix = word(words[0] as number) + word(words[1] as number);
  next = 2;
}

function word(bits: number): string {
  return (
    (HEX[bits >>> 24] as string) +
    (HEX[(bits >>> 16) & 255] as string) +
    (HEX[(bits >>> 8) & 255] as string) +
    (HEX[bits & 255] as string)
  );
}
