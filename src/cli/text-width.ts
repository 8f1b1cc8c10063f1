// oxlint-disable-next-line eslint/no-control-regex -- what colours are made of is what it looks for
const ESCAPES = /\u001b\[[\d;]*m/g;
/** Wide in a terminal: East Asian scripts and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;
const NARROW = /^[\u0020-\u007e\u2500-\u259f]*$/;

/** Columns that a text takes, colours not counted. */
export function widthOf(text: string): number {
  const plain = text.includes('\u001b') ? text.replaceAll(ESCAPES, '') : text;
  if (NARROW.test(plain)) return plain.length;
  let width = 0;
  for (const char of plain) width += WIDE.test(char) ? 2 : 1;
  return width;
}

/** A text without colours, cut to so many columns. */
export function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns <= 1) return columns === 1 ? '…' : '';
  let width = 0;
  let cut = '';
  for (const char of text) {
    const wide = WIDE.test(char) ? 2 : 1;
    if (width + wide > columns - 1) break;
    cut += char;
    width += wide;
  }
  return `${cut}…`;
}

/** With spaces behind it, up to so many columns. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** With spaces before it. */
export function padBefore(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - widthOf(text))) + text;
}
