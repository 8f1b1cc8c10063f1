const TOKENS = /%[scdjifoO%]/;

/**
 * The message as the caller wrote it: winston appends the `message` of the fields to it.
 *
 * @param message - the message of a line that winston packed
 * @param meta - the first argument after the message
 */
export function winstonMessage(message: unknown, meta: unknown): unknown {
  if (typeof message !== 'string' || typeof meta !== 'object' || meta === null) return message;
  try {
    const added = (meta as { readonly message?: unknown }).message;
    if (!added) return message;
    // oxlint-disable-next-line typescript/no-base-to-string -- whatever winston's own `String()` made of it is what the message ends in
    const tail = ` ${String(added)}`;
    const head = message.slice(0, -tail.length);
    // With printf tokens winston appends nothing.
    return message.endsWith(tail) && !TOKENS.test(head) ? head : message;
  } catch {
    return message;
  }
}
