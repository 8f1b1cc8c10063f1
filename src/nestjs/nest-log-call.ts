import { types } from 'node:util';
import { redact, type LogFields } from '../index.js';
import { fieldsOf, messageOf, safely } from './log-values.js';

/** One call of a logger, taken apart. */
export interface NestLogCall {
  readonly message: string;
  readonly fields: LogFields;
}

/** A stack, as `error.stack` has it; NestJS tells it from a context by this. */
const STACK_LINE = /\n[ \t]+at .+:\d+:\d+/;
/** Where pino's users put an error. */
const PINO_ERROR = 'err';
/** What announces the value that is written behind it. */
const LABEL = /[:=]\s*$/;

/**
 * Reads the arguments as NestJS's `ConsoleLogger` does: the last string is the context, except a stack; `error` and `fatal` take
 * `(message, stack?, context?)` in either order; objects are fields. Errors are found wherever they stand. Calls in the way of pino,
 * `({ err, sku }, 'text')`, are read, too.
 *
 * @param takesStack - the call was `error` or `fatal`
 */
export function readNestLogCall(message: unknown, params: readonly unknown[], takesStack: boolean): NestLogCall {
  const rest = [...params];
  let stack = takesStack ? takeStack(rest) : undefined;
  let context = typeof rest.at(-1) === 'string' ? (rest.pop() as string) : undefined;
  if (takesStack) stack ??= takeStack(rest);

  const head = readHead(safely(() => resolved(message)));
  const { fields } = head;
  let { text, error } = head;
  if (text === undefined) {
    const at = rest.findIndex((param) => typeof param === 'string');
    if (at !== -1) {
      text = rest.splice(at, 1)[0] as string;
    } else if (error !== undefined && isPinoText(context, params, takesStack)) {
      text = context;
      context = undefined;
    }
  }
  const args: unknown[] = [];
  for (const param of rest) {
    const more = fieldsOf(param);
    if (more !== undefined) error = mergeFields(fields, more, error);
    else if (types.isNativeError(param) && error === undefined) error = param;
    else if (param !== undefined) args.push(param);
  }
  text ??= types.isNativeError(error) ? messageOf(error) : '';
  if (typeof args[0] === 'string') args[0] = behindLabel(text, args[0]);
  else if (context !== undefined) context = behindLabel(text, context);
  if (args.length > 0) fields['args'] = args;
  if (error !== undefined) fields['error'] = error;
  else if (stack !== undefined) fields['error'] = stackFields(stack, text);
  if (context !== undefined) fields['context'] = context;
  return { message: text, fields };
}

interface Head {
  /** Undefined for an object that says none. */
  text: string | undefined;
  readonly fields: Record<string, unknown>;
  error: Error | undefined;
}

/** NestJS takes a function for a lazy message, and prints a class by its name. */
function resolved(message: unknown): unknown {
  if (typeof message !== 'function') return message;
  if (/^class\b/.test(Function.prototype.toString.call(message))) return message.name;
  return resolved((message as () => unknown)());
}

/** A message that is an object is fields, with its own `message` as the text; any other structure is the field `value`. */
function readHead(message: unknown): Head {
  if (typeof message === 'string') return { text: message, fields: {}, error: undefined };
  if (types.isNativeError(message)) return { text: messageOf(message), fields: {}, error: message };
  const own = fieldsOf(message);
  if (own !== undefined) {
    const fields: Record<string, unknown> = {};
    const error = mergeFields(fields, own, undefined);
    const { message: text } = fields;
    delete fields['message'];
    return { text: typeof text === 'string' ? text : undefined, fields, error };
  }
  if (typeof message === 'object' && message !== null)
    return { text: '', fields: { value: message }, error: undefined };
  return { text: String(message), fields: {}, error: undefined };
}

/** Adds fields, of which pino's `err` is the error of the line. Gives that error. */
function mergeFields(
  target: Record<string, unknown>,
  source: Record<string, unknown>,
  error: Error | undefined,
): Error | undefined {
  const { [PINO_ERROR]: err, ...others } = source;
  Object.assign(target, others);
  if (err === undefined) return error;
  if (error === undefined && !Object.hasOwn(target, 'error') && types.isNativeError(err)) return err;
  target[PINO_ERROR] = err;
  return error;
}

/**
 * Whether the only string behind an object with `err` is a text and no context. `new Logger('Orders')` gives `error` two arguments at
 * least; where it could be either, names of classes have no blanks.
 */
function isPinoText(context: string | undefined, params: readonly unknown[], takesStack: boolean): boolean {
  if (context === undefined) return false;
  return takesStack ? params.length === 1 : /\s/.test(context);
}

/** `('token:', token)`: neither of them is a secret by itself. */
function behindLabel(text: string, value: string): string {
  if (!LABEL.test(text)) return value;
  const both = `${text} ${value}`;
  const shown = redact(both);
  return shown === both || !shown.startsWith(text) ? value : shown.slice(text.length + 1);
}

/** Takes a stack off the end; NestJS puts `undefined` where it has none. */
function takeStack(rest: unknown[]): string | undefined {
  const last = rest.at(-1);
  if (last === undefined) {
    if (rest.length > 0) rest.pop();
    return undefined;
  }
  return typeof last === 'string' && STACK_LINE.test(last) ? (rest.pop() as string) : undefined;
}

function stackFields(stack: string, message: string): LogFields {
  const [, type = 'Error', text = message] = /^(\w*(?:Error|Exception)\w*)(?:: (.*))?/.exec(stack) ?? [];
  return { type, message: text, stack };
}
