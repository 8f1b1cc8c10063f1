import { FlowError } from '../index.js';
import type { Carrier } from './carrier/carrier.js';

/** Options of `createFlow` that workers and clients take as well. */
export const FLOW_OPTIONS: readonly string[] = ['container', 'providers', 'resolver', 'middlewares', 'history'];

/**
 * The error for an option with a value it cannot have: ``Expected `lanes` of queue(Score) to be > 0, got -1``.
 *
 * @param owner - whose option it is, as the user wrote it
 * @param expected - completes the sentence after "to be"
 * @param got - of which only the kind and a short form are shown
 */
export function invalidOption(option: string, owner: string, expected: string, got: unknown, hint?: string): FlowError {
  return new FlowError('INVALID_OPTION', {
    message: `Expected \`${option}\` of ${owner} to be ${expected}, got ${shown(got)}`,
    metadata: { option, owner },
    hint,
  });
}

function shown(value: unknown): string {
  if (typeof value === 'string')
    return value.length <= 40 ? JSON.stringify(value) : `a string of ${value.length} characters`;
  if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'symbol' || typeof value === 'bigint' ? `a ${typeof value}` : String(value);
}

/** @throws FlowError `INVALID_OPTION` when `options` is no object, and else for the first key that is not in `known` */
export function rejectUnknownOptions(options: object, known: readonly string[], owner: string): void {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidOption('options', owner, 'an object', given);
  }
  const option = Object.keys(options).find((key) => !known.includes(key));
  if (option === undefined) return;
  throw new FlowError('INVALID_OPTION', {
    message: `Unknown option \`${option}\` of ${owner}`,
    metadata: { option, owner },
    hint: `Known options: ${known.join(', ')}.`,
  });
}

/** @throws FlowError `INVALID_OPTION` */
export function checkCarrier(carrier: unknown, owner: string): void {
  if (typeof (carrier as Partial<Carrier> | null | undefined)?.open === 'function') return;
  throw invalidOption('carrier', owner, 'a carrier', carrier, 'Give `memoryCarrier()`, or `sqliteCarrier({ file })`.');
}

/** @throws FlowError `INVALID_OPTION` */
export function checkOneOf(option: string, value: string, allowed: readonly string[], owner: string): void {
  const list = allowed.map((each) => `'${each}'`).join(' or ');
  if (!allowed.includes(value)) throw invalidOption(option, owner, list, value);
}

/** @throws FlowError `INVALID_OPTION` when it is no class */
export function checkFlowClass(flowClass: unknown, owner: string): void {
  if (typeof flowClass === 'function') return;
  const hint = 'A class that is undefined here was imported in a circle: move one of the two to a file of its own.';
  throw invalidOption('flowClass', owner, 'a class with @Flow', flowClass, hint);
}
