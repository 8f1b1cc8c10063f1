import { createContextKey, type Context } from '@opentelemetry/api';

const IN_ATTEMPT = createContextKey('penguiflow:attempt');

/** Marks a context as that of a node's code. */
export function attemptContext(context: Context): Context {
  return context.setValue(IN_ATTEMPT, true);
}

/** Whether the caller is a node's code: what it starts is a child of its attempt, whatever the message's meta says. */
export function isInAttempt(context: Context): boolean {
  return context.getValue(IN_ATTEMPT) === true;
}
