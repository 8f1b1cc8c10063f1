import correct from 'spdx-correct';

import { LICENCE_FAMILIES } from '../licence/licence-family.js';
import { UNLICENSED } from '../licence/declared-licence.js';
import { parseLicence } from '../licence/licence-expression.js';

/** Whether a policy may list this: one SPDX licence, a family, or `UNLICENSED`. */
export function isLicenceEntry(entry: unknown): boolean {
  if (typeof entry !== 'string') return false;
  if (entry === UNLICENSED || LICENCE_FAMILIES.some((family) => family === entry)) return true;
  const expression = parseLicence(entry);
  return expression !== undefined && !('conjunction' in expression);
}

/** Says what is wrong with an entry, and what was probably meant. */
export function explainLicenceEntry(entry: unknown): string {
  const meant = typeof entry === 'string' ? correct(entry) : null;
  const advice =
    meant === null || meant === entry ? `the families are ${LICENCE_FAMILIES.join(', ')}` : `did you mean "${meant}"?`;
  return `${JSON.stringify(entry)} is neither an SPDX licence nor a family: ${advice}`;
}
