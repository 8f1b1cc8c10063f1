import correct from 'spdx-correct';

import { formatLicence, parseLicence, type LicenceExpression } from './licence-expression.js';

/** What a manifest says about the licence of its package. */
export type DeclaredLicence =
  | { readonly kind: 'expression'; readonly expression: LicenceExpression; readonly said: string }
  | { readonly kind: 'file'; readonly file: string; readonly said: string }
  | { readonly kind: 'unknown'; readonly said: string }
  | { readonly kind: 'nothing' };

/** Says "nobody may use this", which npm knows and SPDX does not. */
export const UNLICENSED = 'UNLICENSED';

/** More than one licence in a text that is no expression: guessing which would be wrong too often. */
const SEVERAL = /[/,;&|]|\b(and|or)\b/i;

/**
 * Reads the licence out of a manifest: `license` as npm wants it, and the forms of the past that are still installed
 * (`{ type, url }`, a list of either, `licenses`, and the British spelling).
 */
export function declaredLicence(manifest: Readonly<Record<string, unknown>>): DeclaredLicence {
  const field = manifest['license'] ?? manifest['licence'] ?? manifest['licenses'];
  const said = (Array.isArray(field) ? field : [field]).map(nameOf).filter((name) => name !== '');
  if (said.length === 0) return { kind: 'nothing' };
  // A list always meant that the user may choose.
  return read(said.length === 1 ? said.join() : said.map((name) => `(${repair(name)})`).join(' OR '));
}

function read(said: string): DeclaredLicence {
  if (said.toUpperCase() === UNLICENSED) return { kind: 'expression', expression: { license: UNLICENSED }, said };
  const file = /^see licen[cs]e in\s+(.+)$/i.exec(said)?.[1];
  if (file !== undefined) return { kind: 'file', file, said };
  const expression = parseLicence(repair(said));
  return expression === undefined ? { kind: 'unknown', said } : { kind: 'expression', expression, said };
}

/** `Apache 2` becomes `Apache-2.0`; what cannot be mended comes back as it was. */
function repair(said: string): string {
  const address = said.includes('://');
  if (parseLicence(said) !== undefined || (SEVERAL.test(said) && !address)) return said;
  return correct(said) ?? said;
}

function nameOf(entry: unknown): string {
  if (typeof entry === 'string') return entry.trim();
  if (typeof entry !== 'object' || entry === null) return '';
  const { type, name } = entry as { type?: unknown; name?: unknown };
  return nameOf(typeof type === 'string' ? type : typeof name === 'string' ? name : '');
}

/** Whether the manifest spells the licence differently from what it was read as. */
export function wasRepaired(declared: DeclaredLicence & { kind: 'expression' }): boolean {
  const read = formatLicence(declared.expression);
  if (declared.said === read) return false;
  const parsed = parseLicence(declared.said);
  return parsed === undefined || formatLicence(parsed) !== read;
}
