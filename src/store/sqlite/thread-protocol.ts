import { FlowError, type FlowErrorCode } from '../../index.js';
import type { Role } from './engine-host.js';
import type { FileSettings } from './open-file.js';

/** What a thread is started with. */
export interface ThreadData {
  readonly penguiflowStore: { readonly role: Role; readonly settings: FileSettings };
}

/** A call: of `load`, `start`, `call` or `dispose`. */
export interface ThreadRequest {
  readonly id: number;
  readonly name: 'load' | 'start' | 'call' | 'dispose';
  readonly args: readonly unknown[];
}

export type ThreadAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: SentError };

/** An error on its way between threads, which leave out what an error of ours has besides its text. */
export interface SentError {
  readonly code: FlowErrorCode | undefined;
  readonly message: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly hint: string | undefined;
  readonly cause: string | undefined;
}

export function sendError(error: unknown): SentError {
  const message = error instanceof Error ? error.message : String(error);
  if (!FlowError.is(error)) return { code: undefined, message, metadata: {}, hint: undefined, cause: undefined };
  const { code, metadata, hint, cause } = error;
  return { code, message, metadata, hint, cause: cause instanceof Error ? cause.message : undefined };
}

export function receiveError({ code, message, metadata, hint, cause }: SentError): Error {
  // What is no error of ours is a bug: it is told as it is, and worth another try like all that is not refused.
  const init = { message, metadata, hint, cause: cause === undefined ? undefined : new Error(cause) };
  return new FlowError(code ?? 'STORE_UNAVAILABLE', init);
}
