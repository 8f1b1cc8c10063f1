import { eachMatch } from './each-match.js';
import type { HiddenSpans } from './hidden-spans.js';
import { isNameOfKey, type SecretKeys } from './secret-keys.js';

/** A tag that opens, of markup that may be escaped itself; what is in it up to its end. */
const OPENING = /(?:<|&lt;|\\u003c)([A-Za-z_][\w.:-]{0,127})/gi;
const TAG_END = /(?:>|&gt;|\\u003e)/gi;
const CLOSING = /(?:<|&lt;|\\u003c)\/[\w.:-]{1,128}\s{0,8}(?:>|&gt;|\\u003e)\s{0,64}/iy;
const CLOSING_TAG = /(?:<|&lt;|\\u003c)\\?\/([A-Za-z_][\w.:-]{0,127})/gi;
const NAMED = /\s(?:name|key|id|field|k|property)\s{0,8}=\s{0,8}(?:\\{0,3}["']|&quot;)([^"'&\\<>]{1,80})/i;
const MAX_TAG_CHARS = 1000;

/**
 * Hides what elements of XML and HTML hold when their name is that of a secret (`<password>…</password>`), or an attribute
 * (`<string name="api_key">…`), or the element before (`<key>password</key><string>…</string>`).
 */
export function hideInMarkup(text: string, keys: SecretKeys, spans: HiddenSpans, isCut: boolean): void {
  let closing: Map<string, number[]> | undefined;
  let isLabelled = false;
  OPENING.lastIndex = 0;
  for (let tag = OPENING.exec(text); tag !== null; tag = OPENING.exec(text)) {
    const name = tag[1]!;
    const content = contentStart(text, OPENING.lastIndex);
    if (content === undefined) {
      isLabelled = false;
      continue;
    }
    const attributes = text.slice(OPENING.lastIndex, content);
    const isSecret = isLabelled || keys.has(localName(name)) || isNamed(attributes, keys);
    isLabelled = false;
    if (!isSecret) {
      isLabelled = isLabel(text, content, keys);
      continue;
    }
    closing ??= closingTags(text);
    const end = closingOf(closing, name, content);
    if (end !== undefined) spans.add(content, end);
    else if (isCut) spans.add(content, text.length);
    if (end !== undefined) OPENING.lastIndex = end;
  }
}

/** Where the content of an element begins; undefined for a tag that has none. */
function contentStart(text: string, from: number): number | undefined {
  TAG_END.lastIndex = from;
  const end = TAG_END.exec(text.length - from > MAX_TAG_CHARS ? text.slice(0, from + MAX_TAG_CHARS) : text);
  return end === null || text[end.index - 1] === '/' ? undefined : TAG_END.lastIndex;
}

function isNamed(attributes: string, keys: SecretKeys): boolean {
  const name = NAMED.exec(attributes)?.[1];
  return name !== undefined && isNameOfKey(name) && keys.has(name);
}

/** Whether the content is the name of a secret and no more, so that the next element holds it. */
function isLabel(text: string, content: number, keys: SecretKeys): boolean {
  const head = text.slice(content, content + 81);
  const end = /[<&\\]/.exec(head)?.index ?? -1;
  if (end < 1) return false;
  const name = head.slice(0, end).trim();
  CLOSING.lastIndex = content + end;
  return isNameOfKey(name) && keys.has(name) && CLOSING.test(text);
}

/** Where the closing tags of each name begin, the last one first. */
function closingTags(text: string): Map<string, number[]> {
  const tags = new Map<string, number[]>();
  eachMatch(CLOSING_TAG, text, ({ index, 1: name }) => {
    const places = tags.get(name!);
    if (places === undefined) tags.set(name!, [index]);
    else places.push(index);
  });
  for (const places of tags.values()) places.reverse();
  return tags;
}

/** The first closing tag of that name behind an index; those before it are forgotten. */
function closingOf(tags: Map<string, number[]>, name: string, from: number): number | undefined {
  const places = tags.get(name);
  if (places === undefined) return undefined;
  while (places.length > 0 && places.at(-1)! < from) places.pop();
  return places.at(-1);
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
