/** The text, or its beginning and how much of it is missing. */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const length = cutLength(text, Math.floor(maxChars));
  return `${text.slice(0, length)}... (${text.length - length} more characters)`;
}

/** The greatest length up to the given one that splits no surrogate pair. */
export function cutLength(text: string, length: number): number {
  const last = text.charCodeAt(length - 1);
  return last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
}
