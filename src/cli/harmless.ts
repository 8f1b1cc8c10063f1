/** Colours as we paint them, and whatever else drives a terminal or turns the direction of writing; line breaks are no harm. */
const HARM =
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what it looks for
  /(\u001b\[\d{1,2}m)|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text in which nothing moves the cursor, names the window or hides what was there: names and messages come from logs, stores and
 * servers that anybody may have written to. In JSON what takes their place means the same.
 */
export function harmless(text: string): string {
  return text.replaceAll(
    HARM,
    (char, colour?: string) => colour ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
