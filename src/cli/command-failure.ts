import type { ExitCode } from './exit-codes.js';

/** Ends a command: what is said on stderr, and the exit code. Its own class, as the catalogue of errors would have to be loaded first. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, message: string, hint?: string) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
