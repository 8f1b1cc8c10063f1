import { eachMatch } from './each-match.js';
import type { HiddenSpans } from './hidden-spans.js';
import { closeOf, quoteAt } from './quotes.js';
import type { Extent } from './value-extent.js';

/** Schemes whose paths may have an `@` in them; a number behind a colon is a port there. */
const WEB = /(?:^|[^a-z])(?:https?|wss?|file|data|node|webpack[\w-]{0,16}|chrome[\w-]{0,16})$/i;
const PORT = /^(?:\d{1,5}|\$?\{[^}]{0,32}\}|)$/;
const UNQUOTED = /[^"'`]+/g;
const HOST = /^[A-Za-z\d][\w-]{0,62}(?:\.[A-Za-z\d][\w-]{0,62}){0,8}(?::(\d{1,5}))?(\/\w)?(?:[/?#.,:;!)\]}]|$)/;
/** What may stand before the colon of a mail address, a package or an image. */
const LABEL =
  /^(?:e?-?mails?|mailto|from|to|cc|bcc|by|users?|username|login|contact|sips?|xmpp|acct|account|author|owner|sender|recipient|reply-?to|npm|workspace|patch|file|git|link|portal|catalog|jsr|pkg|id|name|image|docker|at)$/i;
const VERSION = /^v?\d+(?:\.\d+|$)|^sha\d+|^(?:latest|next|beta|alpha|canary)$/i;
/** `jdbc:oracle:thin:user/password@…` */
const THIN = /\bthin:([^\s/@]{1,64}\/[^\s@]{1,128})@/gi;
/** `ftp://ada:my secret@host`: a password with spaces in it. */
const SPACED =
  /:\/\/([^\s/?#:@"'`]{0,64}:(?!\d|port\b|\$?\{)[^\s@"'`<>/]{1,64}(?: [^\s@"'`<>]{1,32}){1,3})@(?=[A-Za-z\d[])/g;
const OPENERS = /[=,;({[|]/;

/** Hides what stands between the scheme of a URL and its host, and `user:password@` of what has no scheme. */
export function hideUrlCredentials(text: string, spans: HiddenSpans, isCut: boolean): void {
  for (let at = text.indexOf('@'); at !== -1;) {
    const token = tokenAround(text, at);
    hideInToken(text, token, spans, isCut);
    at = text.indexOf('@', token.end);
  }
  eachMatch(SPACED, text, ({ 1: login, index }) => spans.add(index + 3, index + 3 + login!.length));
  if (isCut) hideInToken(text, tokenAround(text, text.length), spans, isCut);
  if (text.includes('thin:'))
    eachMatch(THIN, text, ({ 0: match, 1: login, index }) => {
      spans.add(index + match.length - 1 - login!.length, index + match.length - 1);
    });
}

function hideInToken(text: string, token: Extent, spans: HiddenSpans, isCut: boolean): void {
  const unspaced = text.slice(token.start, token.end);
  if (unspaced.includes('://')) return hideInUrls(text, token, spans, isCut);
  eachMatch(UNQUOTED, unspaced, ({ 0: part, index }) => {
    const [start, end] = bareCredentials(part);
    spans.add(token.start + index + start, token.start + index + end);
  });
}

/** What stands around an index without a space or a bracket of markup in it. */
function tokenAround(text: string, index: number): Extent {
  let start = index;
  while (start > 0 && !isOutside(text.charCodeAt(start - 1))) start--;
  let end = index;
  while (end < text.length && !isOutside(text.charCodeAt(end))) end++;
  return { start, end };
}

/** Space, `<` and `>`. */
function isOutside(code: number): boolean {
  return code <= 32 || code === 60 || code === 62 || code === 0xa0 || code === 0x20_28 || code === 0x20_29;
}

/** Hides the credentials of each URL in a text without spaces. */
function hideInUrls(text: string, token: Extent, spans: HiddenSpans, isCut: boolean): void {
  const tokenAt = lastAt(text, token.start, token.end);
  for (let scheme = text.indexOf('://', token.start); scheme !== -1 && scheme < token.end;) {
    let start = scheme + 3;
    while (text[start] === '/' && start - scheme < 8) start++;
    const end = Math.min(token.end, quotedEnd(text, scheme, start) ?? token.end);
    const at = end === token.end ? (tokenAt >= start ? tokenAt : -1) : lastAt(text, start, end);
    const credentials = credentialsEnd(text, scheme, { start, end, at, isCut: isCut && end === text.length });
    spans.add(start, credentials);
    scheme = text.indexOf('://', Math.max(start, credentials));
  }
}

/** Where the quote closes that stands right before a URL. */
function quotedEnd(text: string, scheme: number, start: number): number | undefined {
  let first = scheme;
  while (first > 0 && scheme - first < 32 && /[\w+.-]/.test(text[first - 1]!)) first--;
  let opening = first - 1;
  if (!`"'\``.includes(text[opening] ?? ' ')) return undefined;
  while (opening > 0 && first - opening < 16 && text[opening - 1] === '\\') opening--;
  const quote = quoteAt(text, opening);
  return quote === undefined || quote.mark.length > 1 ? undefined : closeOf(text, { ...quote, start }).end;
}

/** Where the credentials of a URL end; its start when it has none. A password may hold anything but spaces. */
function credentialsEnd(
  text: string,
  scheme: number,
  url: { readonly start: number; readonly end: number; readonly at: number; readonly isCut: boolean },
): number {
  const { start, end, at } = url;
  let authorityEnd = start;
  while (authorityEnd < end && !'/?#\\'.includes(text[authorityEnd]!)) authorityEnd++;
  const authority = text.slice(start, authorityEnd);
  if (authority.includes('@')) return at;
  if (authority.startsWith('[')) return start;
  const colon = authority.indexOf(':');
  // What follows the colon is no port, so a password with a slash, a `?` or a `#` in it goes on.
  const isPassword = colon !== -1 && !PORT.test(authority.slice(colon + 1));
  if (at === -1) return isPassword && url.isCut ? end : start;
  if (isPassword) return at;
  return WEB.test(text.slice(Math.max(0, scheme - 24), scheme)) || /[?&=,]/.test(text.slice(start, at)) ? start : at;
}

/** The last `@` that a host may follow; -1 when there is none. */
function lastAt(text: string, start: number, end: number): number {
  for (let index = end - 2; index >= start; index--)
    if (text[index] === '@' && !'/?#,;@'.includes(text[index + 1]!)) return index;
  return -1;
}

/** The credentials in `user:password@host:5432` and `user:password@host/db`. */
function bareCredentials(token: string): readonly [start: number, end: number] {
  const none = [0, 0] as const;
  const at = lastAt(token, 0, token.length);
  const colon = token.indexOf(':');
  if (at === -1 || colon === -1 || colon > at) return none;
  const host = HOST.exec(token.slice(at + 1, at + 600));
  if (host === null) return none;
  let start = colon;
  while (start > 0 && !OPENERS.test(token[start - 1]!)) start--;
  const isPlace = host[1] !== undefined || host[2] !== undefined;
  const isMail = LABEL.test(token.slice(start, colon)) || token.slice(colon, at).includes('/');
  if (VERSION.test(token.slice(at + 1)) || (!isPlace && isMail)) return none;
  return [start, at];
}
