/** The shape of an error after redaction, as far as the line formats read it. */
export interface ErrorFields {
  readonly type?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
}

const MAX_CAUSES = 8;

/** Stack and causes of a serialized error as one text, or undefined when the value is no serialized error. */
export function exceptionText(value: unknown): string | undefined {
  if (!isErrorFields(value)) return undefined;
  let text = oneError(value);
  let cause = value.cause;
  for (let depth = 0; depth < MAX_CAUSES && isErrorFields(cause); depth++) {
    text += `\nCaused by: ${oneError(cause)}`;
    cause = cause.cause;
  }
  return text;
}

/** Tells a serialized error from other objects. */
export function isErrorFields(value: unknown): value is ErrorFields {
  return (
    typeof value === 'object' && value !== null && typeof (value as ErrorFields).type === 'string' && 'message' in value
  );
}

function oneError(error: ErrorFields): string {
  return typeof error.stack === 'string' ? error.stack : `${String(error.type)}: ${String(error.message)}`;
}
