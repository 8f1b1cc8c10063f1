import { cutText } from '../lines/cut-text.js';
import { jsonValue } from '../lines/json-string.js';
import type { Sanitizer } from '../redact/sanitizer.js';
import { CleanValue } from '../redact/clean-value.js';

export const DEFAULT_PAYLOAD_CHARS = 1000;

/**
 * A message's payload as the field of a line: redacted whole, so that no secret is cut in two and missed, then cut. One
 * that is longer than `maxChars` as JSON becomes the head of its JSON text.
 */
export function payloadField(payload: unknown, sanitizer: Sanitizer, maxChars: number): CleanValue {
  const clean = sanitizer.value(payload);
  const text = typeof clean === 'string' ? clean : jsonValue(clean);
  return new CleanValue(text.length <= maxChars ? clean : cutText(text, maxChars));
}
