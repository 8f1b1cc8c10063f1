/** Characters of a text that are kept. */
const KEPT_CHARS = 8_192;

/** A text that may be kept for long, in part where it is long. A part of a string holds on to the whole of it, so that the bytes are copied. */
export function keptText(text: string): string {
  if (text.length <= KEPT_CHARS) return text;
  return `${Buffer.from(text.slice(0, KEPT_CHARS)).toString()}…`;
}
