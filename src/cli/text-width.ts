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

/** A text in lines of so many columns, broken between words where that goes; the last one is cut. */
export function wrapWords(text: string, columns: number, most: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (lines.length < most - 1 && widthOf(rest) > columns) {
    const head = cutTo(rest, columns + 1).slice(0, -1);
    const space = head.lastIndexOf(' ');
    const line = space > head.length / 2 ? head.slice(0, space) : head;
    lines.push(line);
    rest = rest.slice(line.length).trimStart();
  }
  return [...lines, cutTo(rest, columns)];
}
