import { isErrorFields, type ErrorFields } from '../exception-text.js';
import { jsonString, jsonValue } from '../json-string.js';

/** Longest value of a field; what is over is cut, as in the original. */
const MAX_CHARS = 100;
/** A value that reads well without quotes. */
const BARE = /^[\w.:/@+-]+$/;
/** What the stack of an error begins its frames with. */
/** Of these frames the user's is looked for. */
const MOST_FRAMES = 30;
/** Frames with one of these are of what the user's code calls. */
const LIBRARIES = ['/node_modules/', '\\node_modules\\', '(node:', `${import.meta.dirname}/`];
const FRAME = '\n    at ';

/** Line breaks, tabs and terminal controls as escapes; quotes and backslashes stay readable. */
export function oneLine(text: string): string {
  const escaped = jsonString(text);
  return escaped.length === text.length + 2
    ? text
    : escaped.slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}

/** A field as `key=value`. */
export function pairText(name: string, value: unknown): string {
  const key = oneLine(name);
  return isErrorFields(value) ? errorPair(key, value) : `${key}=${valueText(value)}`;
}

/** Where an error was thrown. The frames of a `FlowError` are mostly the runtime's own: what it was made of was thrown by the user's code. */
export function placeOf({ type, stack, cause }: ErrorFields): string | undefined {
  const below = type === 'FlowError' && isErrorFields(cause) ? placeOf(cause) : undefined;
  return below ?? placeIn(stack);
}

/** What an error says, where it was thrown, and what was underneath; the whole stack would not fit a line. */
function errorPair(name: string, error: ErrorFields): string {
  const place = placeOf(error);
  const cause = isErrorFields(error.cause) ? ` ${name}_cause=${valueText(headline(error.cause))}` : '';
  return `${name}=${valueText(headline(error))}${place === undefined ? '' : ` ${name}_at=${valueText(place)}`}${cause}`;
}

/** The innermost frame of the user's own code; where there is none, as in what a timer throws, the innermost of all. */
function placeIn(stack: unknown): string | undefined {
  if (typeof stack !== 'string') return undefined;
  const frames = stack.split(FRAME, MOST_FRAMES + 1).slice(1);
  const place = frames.find((frame) => !LIBRARIES.some((path) => frame.includes(path))) ?? frames[0];
  return place?.split('\n', 1)[0];
}

function headline(error: ErrorFields): string {
  return `${String(error.type)}: ${String(error.message)}`;
}

function valueText(value: unknown): string {
  if (typeof value === 'string') {
    const short = cut(value);
    return BARE.test(short) ? short : jsonString(short);
  }
  return typeof value === 'object' ? cut(jsonValue(value)) : jsonValue(value);
}

function cut(text: string): string {
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}...` : text;
}
