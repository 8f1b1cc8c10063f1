/** The last two digits of an id, ready-made: an id is one concatenation. */
const ENDINGS = Array.from({ length: 256 }, (_, number) => hex(number, 2));

/** How many ids share one random prefix; 2^32 fits the eight digits of the counter. */
const IDS_PER_PREFIX = 2 ** 32;

let random = '';
let counter = IDS_PER_PREFIX;
let beginning = '';

/**
 * A fresh trace id: 32 lower-case hex digits, the width of a W3C trace id.
 *
 * 24 random digits and an 8-digit counter: unique like a random one, without asking for randomness each time. Nobody should
 * take one for a secret: after the first the next are known. `Math.random`, which every isolate seeds from the system, is
 * therefore enough, and `node:crypto` with all of OpenSSL is not loaded.
 */
export function newTraceId(): string {
  const ending = takeEnding();
  return traceIdOf(beginning, ending);
}

/** Takes a fresh id without writing it out; its other digits are those of `idBeginning()` from then on. */
export function takeEnding(): number {
  const ending = counter & 255;
  if (ending === 0) begin();
  counter++;
  return ending;
}

/** All digits but the last two of the id that was taken last; 256 ids share them. */
export function idBeginning(): string {
  return beginning;
}

/** Writes an id out. */
export function traceIdOf(digits: string, ending: number): string {
  return digits + ENDINGS[ending];
}

function begin(): void {
  if (counter === IDS_PER_PREFIX) {
    random = hex(randomWord(), 8) + hex(randomWord(), 8) + hex(randomWord(), 8);
    counter = 0;
  }
  beginning = random + hex(Math.floor(counter / 256), 6);
}

function randomWord(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
