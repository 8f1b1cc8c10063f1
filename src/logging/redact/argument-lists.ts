import { isNameOfKey, labelOf, type SecretKeys } from './secret-keys.js';

const FLAG = /^--?[A-Za-z]/;
/** The short flag of a password, in a list or on a line of a shell. */
const SHORT_PASSWORD = '-p';
/** `-p 8080:80` publishes a port. */
const PORT = /^\d{1,5}(?::\d{1,5})?(?:\/(?:tcp|udp))?$/;
const USER_FLAG = /^(?:-u|--user|--proxy-user|-U)$/;

/**
 * Where a list of texts has secrets: behind the name of a secret key in a pair (`['authorization', …]`) or in a list of names and
 * values by turns (`rawHeaders`), and behind a flag (`['--password', …]`).
 *
 * @param at - the text at an index, undefined where something else stands
 * @returns the indexes of the secrets
 */
export function secretsInList(length: number, at: (index: number) => string | undefined, keys: SecretKeys): number[] {
  const found: number[] = [];
  for (let index = 0; index + 1 < length; index++) {
    const text = at(index);
    if (text === undefined) continue;
    if (FLAG.test(text) ? hidesNext(text, at(index + 1), keys) : isLabel(text, keys)) found.push(index + 1);
  }
  if (length % 2 === 0 && isByTurns(length, at)) {
    for (let index = 0; index < length; index += 2) if (keys.has(at(index)!)) found.push(index + 1);
  }
  return found;
}

/** Whether what stands behind a flag is a secret. */
export function hidesNext(flag: string, next: string | undefined, keys: SecretKeys): boolean {
  if (next !== undefined && FLAG.test(next)) return false;
  if (flag === SHORT_PASSWORD) return next === undefined || !PORT.test(next);
  if (USER_FLAG.test(flag)) return hidesUser(flag, next);
  return !flag.includes('=') && keys.has(flag);
}

/** Whether a flag is one for `name:password`, and such a thing stands behind it. */
export function hidesUser(flag: string, value: string | undefined): boolean {
  return USER_FLAG.test(flag) && value !== undefined && /:(?!\/\/)/.test(value);
}

/** `token:`, with what it is the label of behind it. */
function isLabel(text: string, keys: SecretKeys): boolean {
  if (!/[:=]\s{0,4}$/.test(text)) return false;
  const label = labelOf(text);
  return label !== undefined && keys.has(label);
}

function isByTurns(length: number, at: (index: number) => string | undefined): boolean {
  for (let index = 0; index < length; index += 2) {
    const name = at(index);
    if (name === undefined || !isNameOfKey(name) || name.includes(' ')) return false;
  }
  return true;
}
