import { familyOf } from '../licence/licence-family.js';
import { formatTerm, type LicenceExpression, type LicenceTerm } from '../licence/licence-expression.js';
import type { LicencePolicy } from './licence-policy.js';
import { better, worse, type Verdict } from './verdict.js';

/** The verdict on a licence, and what it rests on. */
export interface Judgement {
  readonly verdict: Verdict;
  /** The licences that apply: all that hold together, and of those that one may choose the best. */
  readonly terms: readonly LicenceTerm[];
  readonly reason: string;
}

/** What a policy says of a licence: the best branch of an OR, the worst of an AND. */
export function judgeLicence(expression: LicenceExpression, policy: LicencePolicy): Judgement {
  if (!('conjunction' in expression)) return judgeTerm(expression, policy);
  const left = judgeLicence(expression.left, policy);
  const right = judgeLicence(expression.right, policy);
  if (expression.conjunction === 'or') return better(left.verdict, right.verdict) === left.verdict ? left : right;
  const leading = worse(left.verdict, right.verdict) === left.verdict ? left : right;
  return { ...leading, terms: [...left.terms, ...right.terms] };
}

/** The most exact entry wins, the family comes last. */
function judgeTerm(term: LicenceTerm, policy: LicencePolicy): Judgement {
  const text = formatTerm(term);
  const family = familyOf(term);
  for (const name of namesOf(term)) {
    const verdict = listOf(name, policy);
    if (verdict !== undefined) return { verdict, terms: [term], reason: reasonOf(text, verdict) };
  }
  const verdict = family === undefined ? undefined : listOf(family, policy);
  if (verdict === undefined) return { verdict: 'review', terms: [term], reason: `${text} is in no list of the policy` };
  return { verdict, terms: [term], reason: reasonOf(`${text} (${family})`, verdict) };
}

/** What a list may call the licence: as it stands, without its exception, and the old and new names of the GNU licences. */
function namesOf(term: LicenceTerm): readonly string[] {
  const names = [formatTerm(term), formatTerm({ ...term, exception: undefined })];
  const gnu = /^([AL]?GPL-[\d.]+)(-only|-or-later)?$/.exec(term.license);
  if (gnu === null) return names;
  const orLater = term.plus === true || gnu[2] === '-or-later';
  return [...names, `${gnu[1]}-${orLater ? 'or-later' : 'only'}`, `${gnu[1]}${orLater ? '+' : ''}`, gnu[1] ?? ''];
}

function listOf(entry: string, policy: LicencePolicy): Verdict | undefined {
  if (policy.deny.includes(entry)) return 'denied';
  if (policy.review.includes(entry)) return 'review';
  return policy.allow.includes(entry) ? 'allowed' : undefined;
}

function reasonOf(licence: string, verdict: Verdict): string {
  return verdict === 'review' ? `${licence} is to be reviewed` : `${licence} is ${verdict}`;
}
