/** The matches of a global pattern, one by one. `matchAll` makes a copy of the pattern first, which costs more than most searches. */
export function eachMatch(pattern: RegExp, text: string, found: (match: RegExpExecArray) => void): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match[0] === '') pattern.lastIndex++;
    found(match);
  }
}
