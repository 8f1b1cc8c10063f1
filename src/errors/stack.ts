/** Frames of a stack, which are put into words when somebody reads them. */
export interface Frames {
  readonly stack?: string;
}

/** The frames of whoever called a function that is running, also those that await it. */
export function framesAbove(callee: Function): Frames {
  const frames: Frames = {};
  Error.captureStackTrace(frames, callee);
  return frames;
}

/** The lines of frames, with the line break before them; empty where there are none. */
export function framesText({ stack = '' }: Frames): string {
  const start = stack.indexOf('\n    at ');
  return start === -1 ? '' : stack.slice(start);
}

/** Gives an error its stack, which is put together when somebody reads it: most stacks are never read. */
export function setStack(error: Error, read: () => string | undefined): void {
  // One that is frozen keeps what it has.
  Reflect.defineProperty(error, 'stack', {
    get(this: Error) {
      const stack = read();
      keepStack(this, stack);
      return stack;
    },
    set(this: Error, stack: unknown) {
      keepStack(this, stack);
    },
    enumerable: false,
    configurable: true,
  });
}

/** Gives an error the stack of another, in words at once only where that one has its own so: an accessor makes of an error a slow object of 2 KB. */
export function copyStack(to: Error, from: Error): void {
  const own = Object.getOwnPropertyDescriptor(from, 'stack');
  if (own?.get === undefined) keepStack(to, from.stack);
  else setStack(to, () => from.stack);
}

/**
 * Puts the frames of whoever called a function that is running, also of those who await it, below those that an error has. The line of the
 * first is what the platform shows above the error if nobody handles it.
 */
export function addFramesAbove(error: Error, callee: Function): void {
  const frames = framesAbove(callee);
  placeAbove(error, callee);
  const before = Object.getOwnPropertyDescriptor(error, 'stack');
  setStack(error, () => {
    const stack: unknown = before?.get === undefined ? before?.value : before.get.call(error);
    return `${String(stack)}${framesText(frames)}`;
  });
}

/** Gives an error a stack that is known. */
export function keepStack(error: Error, stack: unknown): void {
  // A frozen error puts it together again.
  Reflect.defineProperty(error, 'stack', { value: stack, writable: true, enumerable: false, configurable: true });
}

/**
 * Makes the stack of an error begin at whoever called a function that is running, and not at the inside of that function; false when the
 * caller is not known, and the error keeps the stack that it has.
 */
export function beginStackAbove(error: Error, callee: Function): boolean {
  const frames = framesAbove(callee);
  if (framesText(frames) === '') return false;
  placeAbove(error, callee);
  beginStackAt(error, frames);
  return true;
}

/** Puts frames in the place of those that an error has. */
export function beginStackAt(error: Error, frames: Frames): void {
  const stack = String(error.stack);
  keepStack(error, `${stack.slice(0, stack.length - framesText({ stack }).length)}${framesText(frames)}`);
}

/** Makes the call of a function that is running, or its `await`, the place that the platform knows of an error. */
function placeAbove(error: Error, callee: Function): void {
  const limit = Error.stackTraceLimit;
  const stack = Object.getOwnPropertyDescriptor(error, 'stack');
  if (limit === 0 || stack?.configurable !== true || !Object.isExtensible(error)) return;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(error, callee);
  Error.stackTraceLimit = limit;
  // As in the constructor of a `FlowError`.
  delete error.stack;
  Object.defineProperty(error, 'stack', stack);
}
