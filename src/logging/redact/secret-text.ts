import { hideAuthSchemes } from './auth-schemes.js';
import { hideCards } from './card-number.js';
import { HiddenSpans } from './hidden-spans.js';
import { hideKeyMaterial } from './key-material.js';
import { KeyedValues } from './keyed-values.js';
import { hideInLists } from './list-values.js';
import { hideInMarkup } from './markup-values.js';
import type { SecretKeys } from './secret-keys.js';
import { hideFlags, hideSpoken } from './spoken-values.js';
import { hideUrlCredentials } from './url-credentials.js';

/** How secrets in texts are found and replaced. */
export interface TextRedaction {
  readonly keys: SecretKeys;
  readonly patterns: readonly RegExp[];
  readonly censor: string;
}

/** Parts of the names of secrets: a text without any of them has no secret that its name gives away. */
const NAMES =
  /pass|pwd|\bpw|[-_.]pw|secret|token|key|auth|cookie|cred|sig|sid|sess|otp|csrf|xsrf|cv[vcn]|csc|ssn|sas|jw[tsek]|pin|pan|bearer|card|conn|code|mnemonic|phrase|seed|saml|assertion|psk|hmac|ticket|security|\s-[pu]|^-[pu]|mysql/i;
/** What all secrets that go by their form have one of. */
const FORMS =
  /[_.:$~@/-][\w/+=-]{6}|PRIVATE KEY|(?:A[KSBC]|A3|LT|AI|EA|SK|GR|AT)[A-Z\d]|basic|ntlm|negotiate|digest|oauth|hawk/i;
const DIGITS = /\d(?:[ .\u00a0-]?\d){13}/;

/**
 * A text without secrets. All rules read the text as it was; what they find is replaced at the end, at once, so that none of them trips
 * over what another one put there.
 *
 * @param text - the text, or its beginning
 * @param length - how much of it is wanted; the rest is read for the secrets that begin before
 * @param isCut - the text goes on: what has no end in it may have one there
 */
export function hideSecrets(
  text: string,
  { keys, patterns, censor }: TextRedaction,
  length: number,
  isCut: boolean,
): string {
  const spans = new HiddenSpans(text, censor);
  if (keys.hasOwnKeys || NAMES.test(text)) hideNamed(text, keys, spans, isCut);
  if (FORMS.test(text)) {
    hideKeyMaterial(text, spans);
    hideAuthSchemes(text, spans);
  }
  if (text.includes('@') || isCut) hideUrlCredentials(text, spans, isCut);
  if (DIGITS.test(text)) hideCards(text, spans);
  for (const pattern of patterns) {
    for (const { 0: match, index } of text.matchAll(pattern)) spans.add(index, index + match.length);
  }
  return spans.replaced(length);
}

/** Hides what a name, in whatever notation, says to be a secret. */
function hideNamed(text: string, keys: SecretKeys, spans: HiddenSpans, isCut: boolean): void {
  new KeyedValues(text, keys, spans).hide();
  if (/[[(]/.test(text)) hideInLists(text, keys, spans);
  if (text.includes('<') || text.includes('&lt;') || text.includes('u003c')) hideInMarkup(text, keys, spans, isCut);
  hideFlags(text, keys, spans);
  hideSpoken(text, spans);
}
