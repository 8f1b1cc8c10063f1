import { FlowError, type FlowErrorCode } from '../../index.js';

/** What a thread is started with: what its host is made of. */
export interface ThreadData<Setup> {
  readonly penguiflowStore: Setup;
}

/** A call of a method of the host. */
export interface ThreadRequest {
  readonly id: number;
  readonly name: string;
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
