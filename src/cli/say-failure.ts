import { CommandFailure } from './command-failure.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { paintFor } from './paint.js';
import type { Terminal } from './terminal.js';

/** Codes of the library's own errors that mean more than that it failed. */
const CODES: Readonly<Record<string, ExitCode>> = {
  INVALID_OPTION: EXIT.usage,
  STORE_UNAVAILABLE: EXIT.unreachable,
};

/** Says on stderr what went wrong and what to do. @returns the exit code */
export function sayFailure(terminal: Terminal, error: unknown): ExitCode {
  const paint = paintFor(terminal.noteColours);
  const { message, hint, code } = error as { message?: unknown; hint?: unknown; code?: unknown };
  const isKnown = error instanceof CommandFailure || typeof hint === 'string';
  terminal.note(`${paint.red('error:')} ${isKnown ? String(message) : unknownText(error)}`);
  if (typeof hint === 'string') terminal.note(hint);
  if (error instanceof CommandFailure) return error.exitCode;
  return (isKnown ? CODES[String(code)] : undefined) ?? EXIT.failed;
}

/** A fault, of this program or of a module of the user: whoever mends it needs the stack. */
function unknownText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What the system says of a file or a port is no fault of ours, and tells by itself which.
  const { syscall } = error as NodeJS.ErrnoException;
  return typeof syscall === 'string' ? error.message : (error.stack ?? error.message);
}
