/** How the bank takes a request. */
export type BankMood = 'fine' | 'slow' | 'unavailable' | 'garbage' | 'silent' | 'broken line' | 'no money';

/** In which ways it fails. */
const TROUBLES = ['unavailable', 'silent', 'garbage', 'broken line'] as const;

/** The order that the report asks about: it meets an outage, whatever the seed. */
export const ORDER_IN_QUESTION = 17;

/**
 * How the bank takes an attempt to charge an order. It depends on nothing but these numbers, so that a run with the same seed is the same:
 * two orders meet an outage and get no good answer at all, some orders fail once or twice, some are slow, some have no money.
 */
export function moodOf(seed: number, order: number, attempt: number): BankMood {
  const outage = [ORDER_IN_QUESTION, 90 + Math.floor(chance(seed, 0) * 80)];
  if (outage.includes(order)) return TROUBLES[(attempt + (order === ORDER_IN_QUESTION ? 0 : seed)) % TROUBLES.length]!;
  const luck = chance(seed, order);
  // In a row they are never so many that the breaker opens.
  const failures = luck < 0.03 ? 2 : luck < 0.1 ? 1 : 0;
  if (attempt < failures) return TROUBLES[Math.floor(chance(seed + attempt + 1, order) * TROUBLES.length)]!;
  if (luck > 0.95) return 'no money';
  return luck > 0.9 ? 'slow' : 'fine';
}

/** A number from 0 to 1 that looks like chance, and is the same for the same two (the generator is mulberry32). */
function chance(seed: number, order: number): number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(order + 1, 0x85ebca6b)) >>> 0;
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
}
