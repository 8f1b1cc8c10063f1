/** Values of a thrown object that are printed, and characters of all of them together. */
const PRINTED_VALUES = 100;
const PRINTED_CHARS = 500;

/**
 * What a thrown value says: the message of an error, and else the value, an object as JSON. May run code of the value's, and throw what
 * that throws.
 */
export function thrownText(thrown: unknown): string {
  // Whatever it says, a message may be no text.
  if (thrown instanceof Error) return String(thrown.message as unknown);
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  // oxlint-disable-next-line typescript/no-base-to-string -- where it has nothing better, it is asked for that
  const text = jsonOf(thrown) ?? String(thrown);
  return text.length > PRINTED_CHARS ? `${text.slice(0, PRINTED_CHARS)}…` : text;
}

/** Undefined where JSON says less than the object's own text, or cannot say it. */
function jsonOf(value: object): string | undefined {
  let left = PRINTED_VALUES;
  const few = (_: string, part: unknown): unknown => {
    if (left-- <= 0) return undefined;
    return typeof part === 'string' && part.length > PRINTED_CHARS ? `${part.slice(0, PRINTED_CHARS)}…` : part;
  };
  try {
    const json = JSON.stringify(value, few) as string | undefined;
    return json === '{}' && value.toString !== Object.prototype.toString ? undefined : json;
  } catch {
    // Cycles and BigInt.
    return undefined;
  }
}
