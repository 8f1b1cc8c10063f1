import { FlowError } from '../errors/flow-error.js';
import { hasControlCharacters, invalidOption } from '../errors/option-error.js';

/** Names the ends of every flow in events and logs; a node of that name would be mistaken for them. */
const RESERVED_NAMES = ['OpenSea', 'Rookery'];

/** Classes whose name nobody gave but the program's source, or what has been made of it. */
const namedBySource = new WeakSet<object>();

/** Whether a decorated class goes by the name that it has in the source, which a minifier may have changed. */
export function isNamedBySource(target: object): boolean {
  return namedBySource.has(target);
}

/**
 * The name of a decorated class: what the options say, else the class's own.
 * @throws FlowError `INVALID_OPTION` when it is empty, reserved, not a string, or has control characters
 */
export function resolveName(decorator: string, target: { readonly name: string }, name: unknown): string {
  const owner = `${decorator} ${JSON.stringify(target.name)}`;
  if (name === undefined && target.name === '') {
    throw new FlowError('INVALID_OPTION', {
      message: `${decorator} on a class without a name needs \`name\``,
      metadata: { option: 'name', owner: decorator },
      hint: `Write \`${decorator}({ name: '…' })\`, or name the class.`,
    });
  }
  const resolved = name === undefined ? target.name : name;
  if (typeof resolved !== 'string' || resolved.trim() === '')
    throw invalidOption('name', owner, 'a non-empty string', name);
  if (hasControlCharacters(resolved)) throw invalidOption('name', owner, 'a text without control characters', resolved);
  if (RESERVED_NAMES.includes(resolved)) {
    throw invalidOption(
      'name',
      owner,
      `anything but ${RESERVED_NAMES.join(' and ')}, the names of the flow's ends`,
      resolved,
    );
  }
  if (name === undefined) namedBySource.add(target);
  else namedBySource.delete(target);
  return resolved;
}

/** @throws FlowError `INVALID_OPTION` unless the value is a boolean or left out */
export function resolveFlag(option: string, owner: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw invalidOption(option, owner, 'true or false', value);
  return value;
}

/** @throws FlowError `INVALID_OPTION` unless the value is a time in seconds, 0 included, or left out */
export function resolveSpan(option: string, owner: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (!(typeof value === 'number' && value >= 0 && Number.isFinite(value)))
    throw invalidOption(option, owner, '>= 0', value);
  return value;
}

/** @throws FlowError `INVALID_OPTION` unless the value is a number of messages at a time, or left out */
export function resolveConcurrency(value: unknown, owner: string): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1))
    return value as number | undefined;
  throw invalidOption('concurrency', owner, 'a whole number >= 1', value);
}

/**
 * A decorator that is written without parentheses is called with what it stands on, where its options belong.
 * @throws FlowError `INVALID_OPTION` when that is so
 */
export function checkParentheses(decorator: string, given: unknown): void {
  if (typeof given !== 'function') return;
  throw new FlowError('INVALID_OPTION', {
    message: `${decorator} on ${given.name || 'a class'} is written without parentheses`,
    metadata: { owner: decorator },
    hint: `Write \`${decorator}()\`.`,
  });
}

/** What to do about something that stands where a decorated class belongs. */
export function classHint(given: unknown): string {
  return given === undefined
    ? 'A class that is undefined here was imported in a circle: move one of the two classes to a file of its own.'
    : 'Give the class itself, not an instance: it is built by the container.';
}
