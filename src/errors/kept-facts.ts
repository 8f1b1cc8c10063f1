import { describeValue } from './option-error.js';
import { keptText } from './kept-text.js';

type Facts = Readonly<Record<string, unknown>>;

/** Values of the facts of one failure that are kept, and how deep they may stand. */
const MOST_VALUES = 1_000;
const DEEPEST = 8;

/** A copy of facts that may be kept for long: texts are cut, and what is no plain data is told of by its kind, for it may hold anything. */
export function keptFacts(facts: Facts): Record<string, unknown> {
  const left = { values: MOST_VALUES };
  return keptFields(facts, left, 0);
}

function keptFields(fields: Facts, left: { values: number }, depth: number): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  for (const name of Object.keys(fields)) {
    if (left.values-- <= 0) break;
    kept.push([keptText(name), keptValue(fields[name], left, depth)]);
  }
  return Object.fromEntries(kept);
}

function keptValue(value: unknown, left: { values: number }, depth: number): unknown {
  if (typeof value === 'string') return keptText(value);
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value;
  try {
    if (depth < DEEPEST && Array.isArray(value)) {
      const shown = value.slice(0, Math.max(0, left.values));
      left.values -= shown.length;
      return shown.map((each: unknown) => keptValue(each, left, depth + 1));
    }
    if (depth < DEEPEST && isPlain(value)) return keptFields(value as Facts, left, depth + 1);
    return keptText(describeValue(value));
  } catch {
    // A getter or a proxy that throws.
    return undefined;
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
