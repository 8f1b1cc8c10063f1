import type { CleanFields } from '../log-record.js';

/**
 * What cannot stand in a JSON string as it is, plus the characters that some readers take for a line break (NEL, LS,
 * PS), the C1 controls, and surrogates, which may be lone.
 */
const NEEDS_ESCAPE = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/;
/** What `JSON.stringify` leaves alone although it can break a line or drive a terminal. */
const LEFT_OVER = /[\u007f-\u009f\u2028\u2029]/g;
const MAX_CACHED_KEYS = 2000;

const fragments = new Map<string, string>();

/** A JSON string literal without any character that breaks a line. */
export function jsonString(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  return escapeLeftOver(JSON.stringify(text));
}

/** Any clean value as JSON on one line. */
export function jsonValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return jsonString(value);
    case 'number':
      return Number.isFinite(value) ? `${value}` : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : escapeLeftOver(JSON.stringify(value));
    default:
      return 'null';
  }
}

/** `"key":value` pairs with a comma before each; the empty string for no fields. */
export function jsonFields(fields: CleanFields): string {
  let text = '';
  for (const key in fields) text += keyFragment(key) + jsonValue(fields[key]);
  return text;
}

/** `,"key":`; the few keys that lines use again and again are escaped once. */
function keyFragment(key: string): string {
  let fragment = fragments.get(key);
  if (fragment === undefined) {
    fragment = `,${jsonString(key)}:`;
    if (fragments.size < MAX_CACHED_KEYS && key.length < 100) fragments.set(key, fragment);
  }
  return fragment;
}

function escapeLeftOver(json: string): string {
  return json.replace(LEFT_OVER, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
