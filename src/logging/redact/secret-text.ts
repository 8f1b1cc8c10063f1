import { eachMatch } from './each-match.js';
import { hideAuthSchemes, hideParameters } from './auth-schemes.js';
import { hideCards } from './card-number.js';
import { HiddenSpans } from './hidden-spans.js';
import { encodedJson, hideKeyMaterial } from './key-material.js';
import { KeyedValues } from './keyed-values.js';
import { hideInLists } from './list-values.js';
import { hideInMarkup } from './markup-values.js';
import type { SecretKeys } from './secret-keys.js';
import { hideInQueries } from './sql-values.js';
import { escaped, literalsIn, unescape, type StringLiteral } from './string-literals.js';
import { hideAuthCommands, hideFlags, hideSpoken, hideVariables } from './spoken-values.js';
import { hideUrlCredentials } from './url-credentials.js';

/** How secrets in texts are found and replaced. */
export interface TextRedaction {
  readonly keys: SecretKeys;
  readonly patterns: readonly RegExp[];
  readonly censor: string;
}

/** Words that a sentence names a secret by, or a scheme of authentication. */
const WORDS =
  /\b(?:p(?:ass|wd|in|rivate)|s(?:ecret|sws|plunk|hared)|token|otp|cv[vc]|a(?:pi|ccess|ccount|uth)|b(?:earer|asic)|n(?:egot|tlm)|dpop|jwt)/i;
const SEPARATOR = /[:%＝：]|->/;
const SPACE = /\s|%20|\+|\\[nrt]/;
const DIGITS = /\d(?:[ .\u00a0-]?\d){13}/;

/**
 * A text without secrets. All rules read the text as it was; what they find is replaced at the end, at once, so that none of them trips
 * over what another one put there. Literals with escapes in them (`"password:\\n  hunter2"`) are read as what they say.
 *
 * @param text - the text, or its beginning
 * @param length - how much of it is wanted; the rest is read for the secrets that begin before
 * @param isCut - the text goes on: what has no end in it may have one there
 */
export function hideSecrets(text: string, redaction: TextRedaction, length: number, isCut: boolean): string {
  const spans = new HiddenSpans(text, redaction.censor);
  const literals = text.includes('\\') ? literalsIn(text) : [];
  for (const { start, end, mark } of literals) {
    if (start >= length) break;
    const said = unescape(text.slice(start, end));
    const wanted = end <= length ? said.length : unescape(text.slice(start, length)).length;
    const clean = hideSecrets(said, redaction, wanted, isCut && end === text.length);
    if (clean !== said.slice(0, wanted)) spans.replace(start, end, escaped(clean, mark));
  }
  hideAll(literals.length === 0 ? text : masked(text, literals), redaction.keys, spans, isCut);
  encodedJson(text, (json, start, end) => {
    if (hideSecrets(json, redaction, json.length, true) !== json) spans.add(start, end);
  });
  for (const pattern of redaction.patterns)
    eachMatch(pattern, text, ({ 0: match, index }) => spans.add(index, index + match.length));
  return spans.replaced(length);
}

/** A text of the same length in which the literals say nothing. */
function masked(text: string, literals: readonly StringLiteral[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of literals) {
    parts.push(text.slice(from, start), 'Z9'.repeat((end - start + 1) >> 1).slice(0, end - start));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

function hideAll(text: string, keys: SecretKeys, spans: HiddenSpans, isCut: boolean): void {
  const hasEquals = text.includes('=');
  if (hasEquals || SEPARATOR.test(text)) new KeyedValues(text, keys, spans).hide();
  if (text.includes('[') || text.includes('(')) hideInLists(text, keys, spans);
  if (text.includes('<') || text.includes('&lt;') || text.includes('u003c')) hideInMarkup(text, keys, spans, isCut);
  hideKeyMaterial(text, spans);
  if (text.includes('@') || isCut) hideUrlCredentials(text, spans, isCut);
  if (SPACE.test(text)) hideInSentences(text, keys, spans, hasEquals);
  if (DIGITS.test(text)) hideCards(text, spans);
}

/** Hides what a name, a flag or a scheme with a space behind it says to be a secret. */
function hideInSentences(text: string, keys: SecretKeys, spans: HiddenSpans, hasEquals: boolean): void {
  if (text.includes('-')) hideFlags(text, keys, spans);
  hideVariables(text, keys, spans);
  if (hasEquals) hideParameters(text, spans);
  hideAuthCommands(text, spans);
  if (text.includes("'") || text.includes('"')) hideInQueries(text, keys, spans);
  if (!WORDS.test(text)) return;
  hideSpoken(text, spans);
  hideAuthSchemes(text, spans);
}
