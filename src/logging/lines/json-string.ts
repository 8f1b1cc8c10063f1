/**
 * What cannot stand in a JSON string as it is, plus the characters that some readers take for a line break (NEL, LS,
 * PS), the C1 controls, those that turn the direction of writing, and surrogates, which may be lone.
 */
// oxlint-disable-next-line eslint/no-control-regex -- control characters are what it looks for
const NEEDS_ESCAPE = /["\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;
/** What `JSON.stringify` leaves alone although it can break a line or drive a terminal. */
const LEFT_OVER = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** Lines use the same short strings again and again: names of nodes, flows, tenants. */
const MAX_KNOWN = 1000;
const MAX_KNOWN_CHARS = 24;

const known = new Map<string, string>();

/** A JSON string literal without any character that breaks a line. */
export function jsonString(text: string): string {
  if (text.length > MAX_KNOWN_CHARS) return literal(text);
  let json = known.get(text);
  if (json === undefined) {
    json = literal(text);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, json);
  }
  return json;
}

/** Any plain value as JSON on one line. */
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

function literal(text: string): string {
  return NEEDS_ESCAPE.test(text) ? escapeLeftOver(JSON.stringify(text)) : `"${text}"`;
}

function escapeLeftOver(json: string): string {
  return json.replace(LEFT_OVER, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
