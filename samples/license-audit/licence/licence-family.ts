import { createRequire } from 'node:module';

import type { LicenceTerm } from './licence-expression.js';

/** What a licence asks of those who build on the package, from little to much. */
export const LICENCE_FAMILIES = [
  'permissive',
  'weak-copyleft',
  'strong-copyleft',
  'network-copyleft',
  'source-available',
] as const;

export type LicenceFamily = (typeof LICENCE_FAMILIES)[number];

/** The licences of one rating in the list of the Blue Oak Council. */
interface BlueOakRating {
  readonly name: string;
  readonly licenses: ReadonlyArray<{ readonly id: string }>;
}

const require = createRequire(import.meta.url);

/** Licences that lawyers of the Blue Oak Council read and found permissive; `Lead` is their word for badly written. */
const PERMISSIVE = new Set(
  (require('@blueoak/list') as BlueOakRating[])
    .filter((rating) => rating.name !== 'Lead')
    .flatMap((rating) => rating.licenses.map((licence) => licence.id)),
);

/** The first that matches counts: `AGPL` and `LGPL` before `GPL`, the non-commercial before the share-alike. */
const BY_NAME: ReadonlyArray<readonly [RegExp, LicenceFamily]> = [
  [/^(BUSL|Elastic|PolyForm|BSD-Protection|CC-BY-NC|CC-BY-ND|Commons-Clause|JSON$)/, 'source-available'],
  [/^(AGPL|SSPL|OSL-3|RPL|Parity|CPAL|EUPL)/, 'network-copyleft'],
  [/^(LGPL|MPL|EPL|CDDL|CPL|IPL|SPL|ErlPL|MS-RL|CECILL-C|APSL|NPL)/, 'weak-copyleft'],
  [/^(GPL|OSL|QPL|Sleepycat|CECILL|NPOSL|CC-BY-SA|ODbL|GFDL)/, 'strong-copyleft'],
];

/** The family of a licence; undefined for one that nobody sorted. */
export function familyOf(term: LicenceTerm): LicenceFamily | undefined {
  if (PERMISSIVE.has(term.license)) return 'permissive';
  const family = BY_NAME.find(([pattern]) => pattern.test(term.license))?.[1];
  // An exception to the GPL is a permission on top of it, as a rule the one to link.
  if (family === 'strong-copyleft' && term.exception !== undefined) return 'weak-copyleft';
  return family;
}

/** Whether the licence asks for the source of what is built with the package. */
export function isCopyleft(family: LicenceFamily | undefined): boolean {
  return family !== undefined && family.endsWith('-copyleft');
}
