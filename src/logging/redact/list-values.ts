import { secretsInList } from './argument-lists.js';
import type { HiddenSpans } from './hidden-spans.js';
import { closeOf, quoteAt } from './quotes.js';
import type { SecretKeys } from './secret-keys.js';
import { structureEnd, type Extent } from './value-extent.js';

/** One element of a list in a text. */
interface Element extends Extent {
  /** Undefined for what is no string. */
  readonly text: string | undefined;
  /** It is a structure of its own, which has not been read. */
  readonly isOpen?: boolean;
}

/** What a list of texts begins with; escaped, or as an entity. */
const QUOTES = '"\'`\\&%“‘«';
const MAX_ELEMENTS = 1000;
const COMMA = /(?:\s|\\[rnt]){0,64},(?:\s|\\[rnt]){0,256}/y;
const SPACE = /(?:\s|\\[rnt]){0,256}/y;
/** Of texts in Python. */
const PREFIX = /[bBuUrRfF]{1,2}(?=["'])/y;
const SCALAR = /[\w.+-]{1,64}/y;

/** Hides secrets in lists that a text spells out, as JSON, `inspect` and Python do: `["authorization", "…"]`. */
export function hideInLists(text: string, keys: SecretKeys, spans: HiddenSpans): void {
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (char !== 91 && char !== 40) continue; // [ and (
    const first = after(PREFIX, text, after(SPACE, text, index + 1));
    if (!QUOTES.includes(text[first] ?? ' ')) continue;
    const elements = elementsAt(text, first);
    for (const secret of secretsInList(elements.length, (at) => elements[at]?.text, keys)) {
      const { start, end, isOpen } = elements[secret]!;
      const last = isOpen === true ? structureEnd(text, start) : end;
      spans.add(start, last);
      index = Math.max(index, last - 1);
    }
  }
}

/** The elements of the list up to its end, or up to a structure. */
function elementsAt(text: string, from: number): Element[] {
  const elements: Element[] = [];
  for (let at = from; elements.length < MAX_ELEMENTS;) {
    const quote = quoteAt(text, after(PREFIX, text, at));
    let next: number;
    if (quote !== undefined) {
      const close = closeOf(text, quote);
      elements.push({ start: quote.start, end: close.end, text: text.slice(quote.start, close.end) });
      next = close.next;
    } else if ('[{('.includes(text[at] ?? ' ')) {
      elements.push({ start: at, end: at, text: undefined, isOpen: true });
      break;
    } else {
      next = after(SCALAR, text, at);
      if (next > at) elements.push({ start: at, end: next, text: undefined });
    }
    at = after(COMMA, text, next);
    if (at === next) break;
  }
  return elements;
}

/** Where a match at an index ends; the index when there is none. */
function after(pattern: RegExp, text: string, index: number): number {
  pattern.lastIndex = index;
  return pattern.test(text) ? pattern.lastIndex : index;
}
