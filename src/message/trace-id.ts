import { randomBytes } from 'node:crypto';

/** The last three digits of an id, ready-made: an id is one concatenation. */
const ENDINGS = Array.from({ length: 4096 }, (_, number) => number.toString(16).padStart(3, '0'));

/** How many ids share one random prefix; 2^32 fits the eight digits of the counter. */
const IDS_PER_PREFIX = 2 ** 32;

let random = '';
let counter = IDS_PER_PREFIX;
/** All digits but the last three. */
let beginning = '';

/**
 * A fresh trace id: 32 lower-case hex digits, the width of a W3C trace id.
 *
 * 24 random digits and an 8-digit counter: unique like a random one, without asking the system for randomness each time.
 */
export function newTraceId(): string {
  const ending = counter & 4095;
  if (ending === 0) begin();
  counter++;
  return beginning + ENDINGS[ending];
}

function begin(): void {
  if (counter === IDS_PER_PREFIX) {
    random = randomBytes(12).toString('hex');
    counter = 0;
  }
  beginning =
    random +
    Math.floor(counter / 4096)
      .toString(16)
      .padStart(5, '0');
}
