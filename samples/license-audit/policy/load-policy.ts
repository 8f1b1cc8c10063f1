import { readFile } from 'node:fs/promises';

import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';

import { explainFileError } from '../files/file-error.js';
import { UsageError } from '../usage-error.js';
import { LicencePolicy } from './licence-policy.js';

/**
 * Reads a policy file and checks it.
 *
 * @throws UsageError that lists everything that is wrong with it
 */
export async function loadPolicy(file: string): Promise<LicencePolicy> {
  const plain = parse(file, await read(file));
  const policy = plainToInstance(LicencePolicy, plain);
  const problems = [
    ...validateSync(policy, { whitelist: true, forbidNonWhitelisted: true }).flatMap((error) => describe(error)),
    ...contradictions(policy),
  ];
  if (problems.length === 0) return policy;
  throw new UsageError(`The policy ${file} is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`The policy cannot be used: ${explainFileError(file, error)}.`);
  }
}

function parse(file: string, text: string): object {
  try {
    const plain: unknown = JSON.parse(text);
    if (typeof plain === 'object' && plain !== null && !Array.isArray(plain)) return plain;
  } catch (error) {
    throw new UsageError(`The policy ${file} is not JSON: ${(error as SyntaxError).message}.`);
  }
  throw new UsageError(`The policy ${file} must be a JSON object with "allow", "review" and "deny".`);
}

/** One line for each constraint, under the path of its property. */
function describe(error: ValidationError, parent = ''): string[] {
  const path = parent + error.property;
  const own = Object.values(error.constraints ?? {}).map((text) =>
    parent === '' ? text : `${parent.slice(0, -1)}: ${text}`,
  );
  return [...own, ...(error.children ?? []).flatMap((child) => describe(child, `${path}.`))];
}

/** A licence in two lists has no verdict. */
function contradictions(policy: LicencePolicy): string[] {
  // Checked already, but a policy that failed the check comes here as well.
  const lists: readonly unknown[] = [policy.allow, policy.review, policy.deny];
  const entries = lists.flatMap((list) => (Array.isArray(list) ? [...new Set<unknown>(list)] : []));
  const twice = entries.filter((entry, index) => entries.indexOf(entry) !== index);
  return [...new Set(twice)].map((entry) => `${JSON.stringify(entry)} is in more than one list`);
}
