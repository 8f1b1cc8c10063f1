import { types } from 'node:util';
import type { LogFields } from '../index.js';

/** One call of a logger, taken apart. */
export interface NestLogCall {
  readonly message: string;
  readonly fields: LogFields;
}

/** A stack, as `error.stack` has it; NestJS tells it from a context by this. */
const STACK_LINE = /\n[ \t]+at .+:\d+:\d+/;

/**
 * Reads the arguments as NestJS's `ConsoleLogger` does: the last string is the context, except a stack; `error` and `fatal` take
 * `(message, stack?, context?)` in either order; objects are fields. Errors are found wherever they stand.
 *
 * @param takesStack - the call was `error` or `fatal`
 */
export function readNestLogCall(message: unknown, params: readonly unknown[], takesStack: boolean): NestLogCall {
  const rest = [...params];
  let stack = takesStack ? takeStack(rest) : undefined;
  const context = typeof rest.at(-1) === 'string' ? (rest.pop() as string) : undefined;
  if (takesStack) stack ??= takeStack(rest);

  const fields: Record<string, unknown> = {};
  const args: unknown[] = [];
  let error: unknown = types.isNativeError(message) ? message : undefined;
  for (const param of rest) {
    if (types.isNativeError(param) && error === undefined) error = param;
    else if (isPlainObject(param)) Object.assign(fields, param);
    else if (param !== undefined) args.push(types.isNativeError(param) ? errorFields(param) : param);
  }
  const text = messageText(message, fields);
  if (args.length > 0) fields['args'] = args;
  if (error !== undefined) fields['error'] = errorFields(error as Error);
  else if (stack !== undefined) fields['error'] = stackFields(stack, text);
  if (context !== undefined) fields['context'] = context;
  return { message: text, fields };
}

/** The message; a message that is an object is fields, with its own `message` as the text. */
function messageText(message: unknown, fields: Record<string, unknown>): string {
  if (typeof message === 'string') return message;
  if (types.isNativeError(message)) return message.message;
  // NestJS takes a function for a lazy message, and prints a class by its name.
  if (typeof message === 'function') {
    return /^class\b/.test(Function.prototype.toString.call(message))
      ? message.name
      : messageText((message as () => unknown)(), fields);
  }
  if (!isPlainObject(message)) return String(message);
  const { message: text, ...others } = message;
  Object.assign(fields, others);
  return typeof text === 'string' ? text : '';
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

/** The shape that the `penguiflow` logger gives errors, made here so that any winston logger prints it. */
function errorFields(error: Error): LogFields {
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(types.isNativeError(error.cause) ? { cause: errorFields(error.cause) } : undefined),
  };
}

function stackFields(stack: string, message: string): LogFields {
  const [, type = 'Error', text = message] = /^(\w*(?:Error|Exception)\w*)(?:: (.*))?/.exec(stack) ?? [];
  return { type, message: text, stack };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
