import { FlowError } from '../errors/flow-error.js';
import type { MiddlewareClass } from '../events/middleware-ref.js';
import { checkParentheses } from './class-option.js';
import { checkConstructor } from './constructor-check.js';
import { handlersOf } from './on-flow-event.js';
import { METADATA_KEYS, readOwn, writeOwn } from './reflect-store.js';

/**
 * Makes a class a middleware: a service that observes events. What it throws or rejects with is counted
 * and does not reach the run. Its promises are not awaited; its synchronous code runs on the thread of the flow.
 * A subclass needs its own `@Middleware()` and listens with its own `@OnFlowEvent` methods only.
 *
 * @throws FlowError `MIDDLEWARE_NOT_DECORATED` when no method of the class has `@OnFlowEvent`
 * @example
 * ```ts
 * @Middleware()
 * class SlowNodes {
 *   @OnFlowEvent('node_success', 'node_timeout')
 *   on(event: FlowEvent): void {
 *     if ((event.latencyMs ?? 0) > 1000) report(event.nodeName);
 *   }
 * }
 * ```
 */
export function Middleware(...none: readonly never[]): (target: MiddlewareClass) => void {
  checkParentheses('@Middleware', none[0]);
  return (target, context?: unknown) => {
    if (handlersOf(target).length === 0) {
      throw new FlowError('MIDDLEWARE_NOT_DECORATED', {
        message: `@Middleware "${target.name}" has no method with @OnFlowEvent of its own`,
        metadata: { class: target.name },
      });
    }
    writeOwn(METADATA_KEYS.middleware, target, true);
    checkConstructor(target, context);
  };
}

/** Tells whether this very class has `@Middleware()`. */
export function isMiddlewareClass(value: unknown): value is MiddlewareClass {
  return typeof value === 'function' && readOwn(METADATA_KEYS.middleware, value) === true;
}
