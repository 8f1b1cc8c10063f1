import { eachMatch } from './each-match.js';
import { hidesNext, hidesUser } from './argument-lists.js';
import type { HiddenSpans } from './hidden-spans.js';
import { closeOf, quoteAt } from './quotes.js';
import type { SecretKeys } from './secret-keys.js';
import { valueAfter, type Extent } from './value-extent.js';

/** A flag of a command line and the space behind it. */
const FLAG = /(?<![\w-])(--?[A-Za-z][\w.-]{0,63})(?:[ \t]{1,8}|=)(?=\S)/g;
/** `mysql -pSECRET`. */
const GLUED =
  /\b(?:mysql\w{0,16}|mariadb[\w-]{0,16}|sshpass|7z)\b[^\n|;&]{0,200}?\s-p(?=[^\s-])|\b(?:un)?zip\b[^\n|;&]{0,64}?\s-P[ \t]{0,4}(?=[^\s-])/g;
const MAKES_PARENTS =
  /\b(?:mkdir|install|rsync|cp|scp|ssh|docker|podman|nmap|patch|ps|tar|npx|git)\b(?! login\b)[^\n|;&]{0,64}$/;
/** A name, what a sentence puts behind it, and a word. */
const SPOKEN =
  /\b(pass(?:word|wd|phrase|code)?|pwd|secret|token|otp|pin|cvv|cvc|(?:api|access|private|secret|account|auth)[ _-]?key)s?((?:[ \t]{1,4}(?:is|was|are|were|equals|now|to|set|changed|reset|of|for|used|given|here)){0,3})[ \t]{1,8}(?=[^\s=:])/gi;
const SAYS = /is|was|equals|to/i;
const PLAIN_WORD = /^(?:[A-Z]?[a-z]{0,20}|[A-Z]{1,20})(?:[-'/][a-z]{1,20}){0,4}[.,;:!?)\]}'"]{0,3}$/;
/** Another name with its value. */
const KEYED = /^[\w.-]{1,64}[=:]/;
const CODE = /^\d{3,8}\b/;
/** A password that nobody would take for a word: letters and digits, or one that changes its case or has signs within. */
const RANDOM = /^(?=.{0,64}[A-Za-z])(?=.{0,64}(?:\d|[a-z][A-Z]|[^\w\s.,;:'"()[\]{}<>/-])).{6,}/;
const IDENTIFIER =
  /^[0-9a-f]{8}-[0-9a-f]{4}-|^(?:0x)?[0-9a-f]{16,}$|^[\d.:TZ+-]+$|^[\w-]+(?:[./][\w-]+)+$|^v?\d+(?:\.\d+)+/i;
const NETRC = /\b(?:machine\s{1,4}\S{1,128}|default)\s{1,4}login\s{1,4}\S{1,128}\s{1,4}$/;
const SETTERS: readonly string[] = ['ENV', 'ARG', 'SET', 'set', 'export'];
const VARIABLE =
  /\b(?:ENV|ARG|SET|setx?|setenv|export)[ \t]{1,4}(?:-\w{1,4}[ \t]{1,4})?([A-Za-z_/][\w.:/@-]{0,127})[ \t]{1,4}(?=[^\s=])/g;
/** What is said to a mail server or to Redis: `AUTH PLAIN …`, `AUTH …`. */
const AUTH = /\bAUTH["']?[ \t]{1,4}(?:(?:PLAIN|LOGIN|XOAUTH2|default)[ \t]{1,4})?(?=[^\s=])/g;

/** Hides what stands behind the flag of a secret: `--password …`, `-p …`, `mysql -p…`, `curl -u user:…`. */
export function hideFlags(text: string, keys: SecretKeys, spans: HiddenSpans): void {
  eachMatch(FLAG, text, ({ 0: match, 1: flag, index }) => {
    const from = index + match.length;
    const value = wordAt(text, from);
    const isAssigned = match.endsWith('=');
    if (!(isAssigned ? hidesUser : hidesNext)(flag!, text.slice(value.start, value.end), keys)) return;
    if (flag === '-p' && MAKES_PARENTS.test(text.slice(Math.max(0, index - 80), index))) return;
    spans.add(value.start, value.end);
  });
  if (text.includes('-p') || text.includes('-P')) {
    eachMatch(GLUED, text, ({ 0: match, index }) => {
      const value = wordAt(text, index + match.length);
      spans.add(value.start, value.end);
    });
  }
}

/** Hides what a shell or a Dockerfile sets a variable to: `ENV API_KEY …`. */
export function hideVariables(text: string, keys: SecretKeys, spans: HiddenSpans): void {
  if (!SETTERS.some((word) => text.includes(word))) return;
  eachMatch(VARIABLE, text, ({ 0: match, 1: name, index }) => {
    if (!keys.has(name!)) return;
    const value = wordAt(text, index + match.length);
    spans.add(value.start, value.end);
  });
}

/**
 * Hides what a sentence calls a secret when it does not look like a word: `the password is hunter2`. A word of letters alone
 * (`the token is invalid`) says something about it.
 */
export function hideSpoken(text: string, spans: HiddenSpans): void {
  eachMatch(SPOKEN, text, ({ 0: match, 1: name, 2: verb = '', index }) => {
    const from = index + match.length;
    const quote = quoteAt(text, from);
    const value = wordAt(text, from);
    const word = text.slice(value.start, Math.min(value.end, value.start + 256));
    const isSaid = SAYS.test(verb);
    if (quote !== undefined ? isQuotedSecret(word, name!, isSaid) : isSpokenSecret(word, name!, isSaid, text, index))
      spans.add(value.start, value.end);
  });
}

/** Hides what follows the command `AUTH`, unless it is a word. */
export function hideAuthCommands(text: string, spans: HiddenSpans): void {
  if (!text.includes('AUTH')) return;
  eachMatch(AUTH, text, ({ 0: match, index }) => {
    const value = wordAt(text, index + match.length);
    const word = text.slice(value.start, Math.min(value.end, value.start + 256));
    if (RANDOM.test(word) && !IDENTIFIER.test(word)) spans.add(value.start, value.end);
  });
}

/** `password 'swordfish'`; of tokens and secrets only what is no word: `Unexpected token '<'`, `secret "db" not found`. */
function isQuotedSecret(quoted: string, name: string, isSaid: boolean): boolean {
  if (isSaid || /^(?:pass|pwd)/i.test(name)) return quoted.length > 1;
  return RANDOM.test(quoted) && !IDENTIFIER.test(quoted);
}

function isSpokenSecret(word: string, name: string, isSaid: boolean, text: string, index: number): boolean {
  if (/^pass/i.test(name) && NETRC.test(text.slice(Math.max(0, index - 300), index))) return true;
  if (PLAIN_WORD.test(word) || KEYED.test(word)) return false;
  if (isSaid && /^(?:pin|otp|cvv|cvc|pass(?:code|word)?)$/i.test(name) && CODE.test(word)) return true;
  return !IDENTIFIER.test(word) && (isSaid ? /\w{3,}/.test(word) : RANDOM.test(word));
}

function wordAt(text: string, from: number): Extent {
  const quote = quoteAt(text, from);
  if (quote !== undefined) return { start: quote.start, end: closeOf(text, quote).end };
  return valueAfter(text, from, { keyStart: from, enclosing: undefined, isEncoded: false, isLine: false });
}
