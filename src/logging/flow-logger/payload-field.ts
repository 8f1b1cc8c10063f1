import { jsonValue } from '../lines/json-string.js';
import type { Sanitizer } from '../redact/sanitizer.js';
import { cutText } from '../redact/cut-text.js';

export const DEFAULT_PAYLOAD_CHARS = 1000;

/**
 * A message's payload as the field of a line: redacted whole, so that no secret is cut in two and missed, then cut. One
 * that is longer than `maxChars` as JSON becomes the head of its JSON text.
 */
export function payloadField(payload: unknown, sanitizer: Sanitizer, maxChars: number): unknown {
  const clean = sanitizer.value(payload);
  const text = typeof clean === 'string' ? clean : jsonValue(clean);
  return text.length <= maxChars ? clean : `${cutText(text, maxChars)}...`;
}
