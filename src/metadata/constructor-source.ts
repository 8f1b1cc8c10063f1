/** What the source of a class tells of a constructor parameter. */
export interface SourceParameter {
  /** undefined for a pattern. */
  readonly name: string | undefined;
  readonly hasDefault: boolean;
}

const OPENING = '([{';
const CLOSING = ')]}';
const QUOTES = '\'"`';

/** The parameters of a class's own constructor, read from its source, for messages only; undefined where that is more than this reads. */
export function parametersOf(target: Function): readonly SourceParameter[] | undefined {
  const source = Function.prototype.toString.call(target);
  const start = /(?<![.\w$])constructor\s*\(/u.exec(source);
  return start === null ? undefined : readParameters(source, start.index + start[0].length);
}

function readParameters(source: string, start: number): readonly SourceParameter[] | undefined {
  const parts: string[] = [''];
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    const char = source[at]!;
    if (char === '/') {
      const end = endOfComment(source, at);
      // A division or a regular expression: telling which takes a parser.
      if (end === undefined) return undefined;
      at = end;
      continue;
    }
    if (depth === 0 && char === ')') return parts.map(describe).filter((part) => part !== undefined);
    if (depth === 0 && char === ',') {
      parts.push('');
      continue;
    }
    if (OPENING.includes(char)) depth++;
    if (CLOSING.includes(char)) depth--;
    const end = QUOTES.includes(char) ? endOfText(source, at) : at;
    parts[parts.length - 1] += source.slice(at, end + 1);
    at = end;
  }
  return undefined;
}

/** Where a comment that begins at `start` ends; undefined where none begins. */
function endOfComment(source: string, start: number): number | undefined {
  const end = { '//': '\n', '/*': '*/' }[source.slice(start, start + 2)];
  return end === undefined ? undefined : source.indexOf(end, start) + end.length - 1;
}

/** Where a text that begins at `start` ends. */
function endOfText(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === source[start]) return at;
  }
  return source.length;
}

function describe(part: string): SourceParameter | undefined {
  const text = part.trim();
  if (text === '') return undefined;
  return { name: /^[\w$]+/u.exec(text)?.[0], hasDefault: /^[\w$]+\s*=/u.test(text) };
}
