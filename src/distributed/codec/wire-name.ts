import { invalidOption } from '../option-check.js';

const WIRE_NAME = /^[\w./:-]{1,64}$/;
/** Names of our own classes begin so. */
const RESERVED = 'penguiflow.';

/**
 * Checks a name that a class is to have on the wire.
 *
 * @param owner - who gives it, for the message
 * @throws FlowError `INVALID_OPTION`
 */
export function checkWireName(name: unknown, owner: string): asserts name is string {
  if (typeof name !== 'string' || !WIRE_NAME.test(name)) {
    throw invalidOption('name', owner, 'a wire name of 1 to 64 letters, digits and `. _ - / :`', name);
  }
  if (name.startsWith(RESERVED)) {
    throw invalidOption(
      'name',
      owner,
      `anything that does not begin with \`${RESERVED}\`, as names of our own do`,
      name,
    );
  }
}

/** Whether a class can have a name, be it one of ours. */
export function isWireName(name: string): boolean {
  return WIRE_NAME.test(name);
}
