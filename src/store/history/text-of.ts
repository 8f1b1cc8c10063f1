import { FlowError } from '../../index.js';

/** Longest preview, in bytes. */
const MAX_PREVIEW = 2_048;
/** Longest text of an error, in characters. */
const MAX_ERROR = 1_000;

type Hide = (value: unknown) => unknown;

/** A redacted look at a value, as JSON of 2 kB at most, or as much as is said; what was cut ends in an ellipsis. */
export function previewOf(value: unknown, hide: Hide, maxBytes: number = MAX_PREVIEW): Uint8Array {
  const bytes = new TextEncoder().encode(jsonOf(value, hide));
  if (bytes.length <= maxBytes) return bytes;
  // Not in the middle of a character.
  let end = maxBytes - 3;
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return new Uint8Array([...bytes.subarray(0, end), ...new TextEncoder().encode('…')]);
}

/** A value as redacted JSON; never throws. */
export function jsonOf(value: unknown, hide: Hide): string {
  try {
    return JSON.stringify(hide(value)) ?? String(value);
  } catch (error) {
    // What it says may be what should not be shown.
    return JSON.stringify(`could not be shown: ${error instanceof Error ? error.name : typeof error}`);
  }
}

/** What an error says, redacted: of one that a node threw, what it threw; others of ours say more than their cause. */
export function errorText(error: unknown, hide: Hide): string {
  const isWrapped = FlowError.is(error) && error.code === 'NODE_EXCEPTION';
  const said = isWrapped ? (error.cause ?? error) : error;
  try {
    const text = hide(FlowError.is(said) ? said.message : textOf(said));
    return (typeof text === 'string' ? text : String(text)).slice(0, MAX_ERROR);
  } catch {
    return 'could not be shown: the redaction failed';
  }
}

/** The class of a payload, or the kind of value. */
export function typeOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  try {
    const proto = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null;
    const name = proto?.constructor?.name;
    return typeof name === 'string' && name !== '' ? name.slice(0, 200) : 'Object';
  } catch {
    return 'Object';
  }
}

function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    return 'a value that cannot be printed';
  }
}
