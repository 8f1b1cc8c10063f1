import { FlowError } from '../index.js';

/** The error for an option with a value it cannot have. */
export function invalidOption(option: string, owner: string, expected: string, got: unknown): FlowError {
  const kind = typeof got;
  const shown =
    kind === 'object' || kind === 'function'
      ? `something of type ${kind}`
      : kind === 'string'
        ? JSON.stringify(got)
        : String(got);
  return new FlowError('INVALID_OPTION', {
    message: `Expected \`${option}\` of ${owner} to be ${expected}, got ${shown}`,
    metadata: { option, owner },
  });
}

/**
 * @param more - what else the hint should say, after the known names
 * @throws FlowError `INVALID_OPTION` when `options` is no object, and else for the first key that is not in `known`
 */
export function rejectUnknownOptions(options: object, known: readonly string[], owner: string, more = '.'): void {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidOption('options', owner, 'an object', given);
  }
  const option = Object.keys(options).find((key) => !known.includes(key));
  if (option === undefined) return;
  throw new FlowError('INVALID_OPTION', {
    message: `Unknown option \`${option}\` of ${owner}`,
    metadata: { option, owner },
    hint: `Known options: ${known.join(', ')}${more}`,
  });
}

/** Checks the options of one owner, each by name; left out is always right. */
export class OptionCheck<T extends object> {
  readonly #options: T;
  readonly #owner: string;

  constructor(options: T, owner: string) {
    this.#options = options;
    this.#owner = owner;
  }

  seconds(option: keyof T & string, { zero = false } = {}): void {
    const takes = (value: unknown): boolean => typeof value === 'number' && (value > 0 || (zero && value === 0));
    this.that(option, takes, `${zero ? '>= 0' : '> 0'} seconds`);
  }

  flag(option: keyof T & string): void {
    this.that(option, (value) => typeof value === 'boolean', 'true or false');
  }

  list(option: keyof T & string): void {
    this.that(option, Array.isArray, 'an array');
  }

  object(option: keyof T & string, expected: string): void {
    this.that(option, (value) => typeof value === 'object' && value !== null, expected);
  }

  /** @throws FlowError `INVALID_OPTION` */
  that(option: keyof T & string, takes: (value: unknown) => boolean, expected: string): void {
    const value = this.#options[option];
    if (value !== undefined && !takes(value)) throw invalidOption(option, this.#owner, expected, value);
  }
}
