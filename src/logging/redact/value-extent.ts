import { closeOf, quoteAt, type OpenQuote } from './quotes.js';

/** A part of a text. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** What is known of the place of a value. */
export interface ValuePlace {
  /** Where the key begins; lines that are indented deeper than its own belong to the value. */
  readonly keyStart: number;
  /** The quote that key and value stand in; undefined when there is none. */
  readonly enclosing: OpenQuote | undefined;
  /** The separator was percent-encoded, so that `%26` and `%22` end the value. */
  readonly isEncoded: boolean;
  /** The value is the rest of the line. */
  readonly isLine: boolean;
}

const OPENING = '({[';
const SPACE = /\s/;
const STACK_FRAME = /\s{0,64}at /y;
const BLOCK_MARK = /[|>][+\-\d]{0,3}[ \t]{0,8}(?=\r?\n)/y;
const COMMENT = /# [^\n]{0,512}(?=\n)/y;
/** `string(10) "…"`, `(string) "…"`, `b'…'`. */
const TYPE =
  /(?:[!&][\w!/.-]{1,64}[ \t]{1,4}){1,2}(?=\S)|(?:\(\w{1,16}\)|\w{1,16}\(\d{1,10}\))[ \t]{0,4}(?=["'])|[bBuUrRfF]{1,2}(?=["'])/y;
/** `Map(1) {`, `Secret(`, `Creds [Secret] {`. */
const CONSTRUCTED = /[A-Za-z_$][\w$.:]{0,63}(?:(?:\(\d{1,10}\))?(?: \[[^\]\n]{0,64}\])? (?=[{[])|(?=[({[]))/y;
/** A name and its separator, behind a comma or the like. */
const NEXT_KEY = /\s{0,8}(?:amp;)?["'\\]{0,4}[^\s"'\\=:,;&|(){}[\]<>]{1,64}["'\\\]]{0,5}[ \t]{0,4}(?:=|:(?!\/\/))/y;
const NEXT_ENCODED_KEY = /%(?:25){0,4}26[^%\s&]{1,64}%(?:25){0,4}3D/iy;
const ENCODED_END = /%(?:25){0,4}(?:2[267]|7D)/iy;
const ENDED = /["'`)\]}>,;:.!?]{0,8}(?:\s|$)/y;
const CONCATENATED = /\s{0,256}\+\s{0,256}(?=["'`])/y;
const ADJACENT = /[\w$@#^*~]/;
const MAX_INDENT = 256;

/** The value behind a separator: a string, a structure in brackets, an indented block, or what stands there bare. */
export function valueAfter(text: string, from: number, place: ValuePlace): Extent {
  let start = from;
  while (start - from < 16 && isSeparator(text, start) && !matches(BLOCK_MARK, text, start))
    start += text[start] === '\\' ? 2 : 1;
  if (isBreak(text, start)) return blockAfter(text, start, place.keyStart);
  if (matches(BLOCK_MARK, text, start)) return blockAfter(text, BLOCK_MARK.lastIndex, place.keyStart);
  // A comment, or a value that looks like one: what is indented below belongs to it.
  if (matches(COMMENT, text, start)) {
    const end = COMMENT.lastIndex;
    const block = blockAfter(text, end, place.keyStart);
    return { start, end: block.end > block.start ? block.end : end };
  }
  if (matches(TYPE, text, start) && !isSame(quoteAt(text, TYPE.lastIndex), place.enclosing)) start = TYPE.lastIndex;
  const quote = quoteAt(text, start);
  if (quote !== undefined && !isSame(quote, place.enclosing)) return quoted(text, quote, place);
  if (place.isLine && !'({[<'.includes(text[start] ?? ' '))
    return { start, end: lineEnd(text, start, place.enclosing) };
  const bracket = matches(CONSTRUCTED, text, start) ? CONSTRUCTED.lastIndex : start;
  if (OPENING.includes(text[bracket] ?? ' ')) return { start, end: structureEnd(text, bracket) };
  if (text[start] === '<') {
    const close = text.indexOf('>', start);
    if (close !== -1) return { start, end: close + 1 };
  }
  return { start, end: bareEnd(text, start, place) };
}

/** Where a structure in brackets ends, quotes and what follows it (`[Object: null prototype] {…}`) included. */
export function structureEnd(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    const char = text[index]!;
    if (OPENING.includes(char)) {
      depth++;
    } else if (')}]'.includes(char)) {
      if (--depth > 0) continue;
      if (char === ']' && text[index + 1] === ' ' && '{['.includes(text[index + 2] ?? ' ')) continue;
      return index + 1;
    } else if (!/\w/.test(text[index - 1]!)) {
      const quote = quoteAt(text, index);
      if (quote !== undefined) index = closeOf(text, quote).next - 1;
    }
  }
  return text.length;
}

/** Whether a name and a separator stand at an index, spaces and quotes passed over. */
function isKeyAt(text: string, index: number): boolean {
  return matches(NEXT_KEY, text, index);
}

/** Where a line ends: at its break, at the quote around it, and before a quote that ends something around it. */
function lineEnd(text: string, from: number, enclosing: OpenQuote | undefined): number {
  for (let index = from; index < text.length; index++) {
    const char = text[index]!;
    if (char === '\n' || char === '\r') {
      const next = char === '\r' && text[index + 1] === '\n' ? index + 2 : index + 1;
      const isFolded = (text[next] === ' ' || text[next] === '\t') && !matches(STACK_FRAME, text, next);
      if (!isFolded) return index;
    } else if (char === '\\') {
      if ('nr'.includes(text[index + 1] ?? ' ') && isKeyAt(text, index + 2)) return index;
      if (endsQuoted(text, index, enclosing)) return index;
    } else if (`"'`.includes(char) && endsQuoted(text, index, enclosing)) {
      return index;
    }
  }
  return text.length;
}

function endsQuoted(text: string, index: number, enclosing: OpenQuote | undefined): boolean {
  const quote = quoteAt(text, index);
  if (quote === undefined) return false;
  if (isSame(quote, enclosing)) return true;
  return enclosing === undefined && (quote.start >= text.length || ',}]'.includes(text[quote.start]!));
}

function quoted(text: string, quote: OpenQuote, place: ValuePlace): Extent {
  let { end, next } = closeOf(text, quote);
  for (;;) {
    const isDoubled = end > quote.start && text[next] === quote.mark;
    if (isDoubled || matches(CONCATENATED, text, next)) {
      const more = isDoubled ? { ...quote, start: next + 1 } : quoteAt(text, CONCATENATED.lastIndex);
      if (more === undefined) break;
      ({ end, next } = closeOf(text, more));
    } else if (next < text.length && end > quote.start && ADJACENT.test(text[next]!)) {
      end = bareEnd(text, next, place);
      break;
    } else {
      break;
    }
  }
  return { start: quote.start, end };
}

/** Where a value without quotes ends. What may be part of it, is: a comma ends it only before a space or another key. */
function bareEnd(text: string, from: number, { enclosing, isEncoded }: ValuePlace): number {
  let depth = 0;
  for (let index = from; index < text.length; index++) {
    const char = text[index]!;
    if (SPACE.test(char)) return index;
    switch (char) {
      case ',':
      case ';':
      case '&':
      case '|':
        if (separates(text, index)) return index;
        break;
      case '(':
      case '[':
      case '{':
        depth++;
        break;
      case ')':
      case ']':
      case '}':
      case '>':
        if (depth > 0) depth--;
        else if (matches(ENDED, text, index + 1) || separates(text, index + 1)) return index;
        break;
      case '<':
        if (text[index + 1] === '/') return index;
        break;
      case '\\':
        if ('nrt'.includes(text[index + 1] ?? ' ') && isKeyAt(text, index + 2)) return index;
        if (endsBare(text, index, enclosing)) return index;
        break;
      case '"':
      case "'":
      case '`':
        if (endsBare(text, index, enclosing)) return index;
        break;
      case '%':
        if (matches(NEXT_ENCODED_KEY, text, index) || (isEncoded && matches(ENCODED_END, text, index))) return index;
        break;
      default:
    }
  }
  return text.length;
}

/** Whether a comma or the like ends a value: what follows is no part of it. */
function separates(text: string, index: number): boolean {
  const char = text[index];
  if (char === undefined || !',;&|'.includes(char)) return false;
  const next = text[index + 1];
  if (next === undefined || SPACE.test(next) || `"'\`{[`.includes(next)) return true;
  return isKeyAt(text, index + 1);
}

function endsBare(text: string, index: number, enclosing: OpenQuote | undefined): boolean {
  const quote = quoteAt(text, index);
  if (quote === undefined) return false;
  return isSame(quote, enclosing) || quote.start >= text.length || /[\s,;:)\]}>&|]/.test(text[quote.start]!);
}

/** What is indented deeper than the line of the key, or the next line when nothing is. */
function blockAfter(text: string, lineBreak: number, keyStart: number): Extent {
  const indent = indentOf(text, keyStart);
  let start = lineBreak;
  for (let breaks = 0; breaks < 3 && isBreak(text, start); breaks++) start += text[start] === '\r' ? 2 : 1;
  let end = start;
  for (let line = start; line < text.length && !matches(STACK_FRAME, text, line);) {
    const first = line + spacesAt(text, line);
    const isItem = text[first] === '-' && text[first + 1] === ' ';
    if (first - line < indent + (isItem ? 0 : 1)) break;
    const next = text.indexOf('\n', line);
    end = next === -1 ? text.length : next;
    line = end + 1;
  }
  if (end === start && !isKeyAt(text, start) && !matches(STACK_FRAME, text, start)) {
    const next = text.indexOf('\n', start);
    end = next === -1 ? text.length : next;
  }
  return { start: Math.min(end, start + spacesAt(text, start)), end };
}

function indentOf(text: string, index: number): number {
  let line = index;
  while (line > 0 && index - line < MAX_INDENT && text[line - 1] !== '\n') line--;
  return spacesAt(text, line);
}

function spacesAt(text: string, from: number): number {
  let index = from;
  while (index - from < MAX_INDENT && (text[index] === ' ' || text[index] === '\t')) index++;
  return index - from;
}

function isSeparator(text: string, index: number): boolean {
  const char = text[index];
  if (char === undefined) return false;
  return '=:> \t'.includes(char) || (char === '\\' && 'tnr'.includes(text[index + 1] ?? ' '));
}

function isBreak(text: string, index: number): boolean {
  return text[index] === '\n' || (text[index] === '\r' && text[index + 1] === '\n');
}

function isSame(quote: OpenQuote | undefined, other: OpenQuote | undefined): boolean {
  return quote !== undefined && other !== undefined && quote.mark === other.mark && quote.escapes === other.escapes;
}

function matches(pattern: RegExp, text: string, index: number): boolean {
  pattern.lastIndex = index;
  return pattern.test(text);
}
