import { SECRET, type SecretKeys } from './secret-keys.js';
import { quoteAt, type OpenQuote } from './quotes.js';

/** A name before a separator. */
export interface KeyBefore {
  readonly name: string;
  /** What `SecretKeys` says of it. */
  readonly kind: number;
  readonly start: number;
  /** The quote that it stands in, when none comes between it and the separator: `'X-Api-Key: …'`. */
  readonly enclosing: OpenQuote | undefined;
  /** It is a parameter of a URL. */
  readonly isQuery: boolean;
}

const MAX_KEY_CHARS = 64;
const MAX_CLOSERS = 12;
const MAX_ESCAPES = 8;
/** How far back an opening quote is looked for. */
const MAX_QUOTED_CHARS = 200;
const QUOTES = '"\'`';
/** What stands before a quote that opens, and behind one that closes. */
const BEFORE = /[\s{[(,:=>+]/;
const AFTER = /[\s,;:}\])]/;
/** What may stand between a name and its separator. */
const CLOSERS = ' \t"\'`\\])“”’';
const ENTITIES: readonly string[] = [
  '[]',
  '%5B%5D',
  '%5b%5d',
  '%5D',
  '%5d',
  '%22',
  '%27',
  '&quot;',
  '&#34;',
  '&#39;',
  '&apos;',
  'u0022',
  'u0027',
];
const ENTITY_ENDS = '27;Dd]';
/** Last words of names that are written with spaces: `api key: …`. */
const LAST_OF_SEVERAL =
  /^(?:key|keys|code|codes|number|string|phrase|passe|pin|token|cookie|word|id|sid|assertion|provided|given|supplied|received|sent|entered)$/i;
const HEX_PAIR = /^(?:25)*[0-9a-f]{2}/i;

/**
 * The name before a separator.
 *
 * @param from - where to stop: what is before it has been read
 * @returns undefined when there is none, and for one that says nothing
 */
export function keyBefore(text: string, separator: number, from: number, keys: SecretKeys): KeyBefore | undefined {
  const end = nameEnd(text, separator, from);
  let start = nameStart(text, end, from);
  if (start === end) return undefined;
  if (text[start - 1] === '%') start += HEX_PAIR.exec(text.slice(start, end))?.[0].length ?? 0;
  let name = text.slice(start, end);
  let kind = keys.kindOf(name);
  if ((kind & SECRET) === 0 && text[start - 1] === ' ' && LAST_OF_SEVERAL.test(name)) {
    for (let words = 1, first = start; words < 3 && first > from + 1 && text[first - 1] === ' '; words++) {
      const before = nameStart(text, first - 1, from);
      if (before === first - 1) break;
      first = before;
      if (!keys.has(text.slice(first, end))) continue;
      start = first;
      name = text.slice(first, end);
      kind = keys.kindOf(name);
      break;
    }
  }
  if (kind === 0) return undefined;
  const before = text[start - 1];
  return {
    name,
    kind,
    start,
    enclosing: end === separator ? quoteAround(text, start) : undefined,
    isQuery: before === '?' || before === '&' || text.startsWith('&amp;', start - 5),
  };
}

/** Where a run of characters that names are made of begins. */
function nameStart(text: string, end: number, from: number): number {
  let start = end;
  while (start > from && end - start < MAX_KEY_CHARS && isNameChar(text.charCodeAt(start - 1))) start--;
  return start;
}

function nameEnd(text: string, separator: number, from: number): number {
  let end = separator;
  for (let steps = 0; steps < MAX_CLOSERS && end > from; steps++) {
    const last = text[end - 1]!;
    const entity = ENTITY_ENDS.includes(last)
      ? ENTITIES.find((each) => text.startsWith(each, end - each.length))
      : undefined;
    if (entity !== undefined) end -= entity.length;
    else if (CLOSERS.includes(last)) end--;
    else break;
  }
  return Math.max(from, end);
}

/** Letters and digits of any script, and `_`, `-`, `.`, `$`, `@`. */
function isNameChar(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46 ||
    code === 36 ||
    code === 64 ||
    (code > 0xbf && (code < 0x2000 || code > 0x206f))
  );
}

/** The quote that opened before an index and has not closed, as far as one can see from there. */
function quoteAround(text: string, index: number): OpenQuote | undefined {
  const closed = new Map<string, number>();
  for (let at = index - 1; at >= 0 && index - at <= MAX_QUOTED_CHARS; at--) {
    const mark = text[at]!;
    if (!QUOTES.includes(mark)) continue;
    let opening = at;
    while (opening > 0 && at - opening < MAX_ESCAPES && text[opening - 1] === '\\') opening--;
    const isOpening = (opening === 0 || BEFORE.test(text[opening - 1]!)) && !AFTER.test(text[at + 1]!);
    const waiting = closed.get(mark) ?? 0;
    if (isOpening && waiting === 0) return quoteAt(text, opening);
    closed.set(mark, isOpening ? waiting - 1 : waiting + 1);
  }
  return undefined;
}

/** The name before a separator, whatever it says. */
export function nameBefore(text: string, separator: number): string {
  const end = nameEnd(text, separator, 0);
  return text.slice(nameStart(text, end, 0), end);
}
