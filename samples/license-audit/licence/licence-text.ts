import { createRequire } from 'node:module';

/** A licence that a text was recognised as. */
export interface RecognisedLicence {
  readonly id: string;
  /** How much of the text and the licence agree, from 0 to 1. */
  readonly similarity: number;
}

/** Below this, somebody changed the text or put more into the file than one licence. */
const LIKE_ENOUGH = 0.9;

/** Whose texts are compared. A text of the GPL family does not say "or later", so it counts as `-only`. */
const KNOWN = `
  MIT MIT-0 ISC 0BSD BSD-2-Clause BSD-3-Clause BSD-3-Clause-Clear BSD-4-Clause X11 Zlib
  Apache-2.0 Artistic-2.0 BSL-1.0 BlueOak-1.0.0 PostgreSQL Python-2.0 NCSA UPL-1.0 WTFPL
  Unlicense CC0-1.0 CC-BY-3.0 CC-BY-4.0 CC-BY-SA-4.0 OFL-1.1 Unicode-3.0 MS-PL JSON
  GPL-2.0-only GPL-3.0-only LGPL-2.1-only LGPL-3.0-only AGPL-3.0-only SSPL-1.0
  MPL-1.1 MPL-2.0 EPL-1.0 EPL-2.0 CDDL-1.0 EUPL-1.2 BUSL-1.1 Elastic-2.0
`
  .trim()
  .split(/\s+/);

const require = createRequire(import.meta.url);

let prints: ReadonlyMap<string, Fingerprint> | undefined;

/**
 * Recognises the text of a licence by comparing it with the texts of the SPDX list.
 *
 * @returns the most similar one, or undefined when none is similar enough to stand for the file
 */
export function recogniseLicence(text: string): RecognisedLicence | undefined {
  // Made on first use: most packages name their licence in the manifest.
  prints ??= knownPrints();
  const wanted = fingerprint(text);
  let best: RecognisedLicence | undefined;
  for (const [id, known] of prints) {
    const similarity = similarityOf(wanted, known);
    if (similarity > (best?.similarity ?? LIKE_ENOUGH)) best = { id, similarity };
  }
  return best;
}

/** How often each pair of neighbouring words occurs. */
interface Fingerprint {
  readonly pairs: ReadonlyMap<string, number>;
  readonly size: number;
}

/** The holder's name, copyright lines and punctuation differ from package to package; only the words of the terms count. */
function fingerprint(text: string): Fingerprint {
  const terms = text
    .replace(
      /^[^\w\n]*(copyright (?!notice|holder|owner|licen|law|and|in |or )|\(c\)|©|all rights reserved).*$/gim,
      ' ',
    )
    .replace(/<[^>]*>|\[[^\]]*\]/g, ' ')
    .toLowerCase()
    .replaceAll('licence', 'license')
    .replace(/\b(the )?(authors?|copyright holders?|isc)\b/g, 'holder');
  const words = terms.match(/[a-z0-9]+/g) ?? [];
  const pairs = new Map<string, number>();
  for (let i = 1; i < words.length; i++) {
    const pair = `${words[i - 1]} ${words[i]}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return { pairs, size: Math.max(0, words.length - 1) };
}

/** The Sørensen-Dice coefficient: twice what both have, divided by what each has. */
function similarityOf(one: Fingerprint, other: Fingerprint): number {
  if (one.size === 0 || other.size === 0) return 0;
  let shared = 0;
  for (const [pair, count] of one.pairs) shared += Math.min(count, other.pairs.get(pair) ?? 0);
  return (2 * shared) / (one.size + other.size);
}

function knownPrints(): ReadonlyMap<string, Fingerprint> {
  const list = require('spdx-license-list/full') as Readonly<Record<string, { readonly licenseText: string }>>;
  return new Map(KNOWN.map((id) => [id, fingerprint(list[id]?.licenseText ?? '')]));
}
