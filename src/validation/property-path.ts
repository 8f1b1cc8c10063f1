const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** Keys come from outside: they are shown, but not at any length. */
const LONGEST_KEY = 60;

/** `items` + `2` = `items[2]`; `items[2]` + `price` = `items[2].price`; other keys are quoted, long ones cut. */
export function joinPath(path: string, key: PropertyKey): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  const text = String(key);
  if (!IDENTIFIER.test(text) || text.length > LONGEST_KEY) {
    const shown = text.length > LONGEST_KEY ? `${text.slice(0, LONGEST_KEY)}…` : text;
    return `${path}[${JSON.stringify(shown)}]`;
  }
  return path === '' ? text : `${path}.${text}`;
}
