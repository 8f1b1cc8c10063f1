import { FlowError } from '../errors/flow-error.js';
import type { FlowEventType } from '../events/flow-event-type.js';
import type { FlowListener, FlowSubscription } from '../events/flow-listener.js';
import { describeValue } from '../errors/option-error.js';
import { isMiddlewareClass } from './middleware.js';
import { handlersOf } from './on-flow-event.js';

/**
 * What the event bus needs to know of a middleware: an instance of a `@Middleware()` class gives one subscription per
 * `@OnFlowEvent` method, named `Class.method`; a function gives one for all types; something with a `listener` is one, and
 * something with a `subscription()` method makes one.
 * `identity` of an instance is carried over, so that the bus attaches two with the same identity once.
 *
 * @throws FlowError `MIDDLEWARE_NOT_DECORATED` when it listens to nothing, or is a class that nobody built
 */
export function subscriptionsOf(middleware: unknown): readonly FlowSubscription[] {
  if (typeof middleware === 'function') return [subscriptionOfFunction(middleware)];
  if (typeof middleware !== 'object' || middleware === null) throw listensToNothing(describeValue(middleware));
  if (isMiddlewareClass(middleware.constructor)) return subscriptionsOfInstance(middleware, middleware.constructor);
  if (makesSubscription(middleware)) return [Object.freeze({ ...middleware.subscription() })];
  if (isSubscription(middleware)) return [subscriptionOfObject(middleware)];
  throw listensToNothing(describeValue(middleware));
}

/** Tells a class from a plain function; both are functions to `typeof`. */
export function isClass(value: unknown): value is new (...args: never[]) => object {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

function subscriptionOfFunction(listener: Function): FlowSubscription {
  if (isMiddlewareClass(listener)) {
    throw new FlowError('MIDDLEWARE_NOT_DECORATED', {
      message: `Expected a middleware that is built, got the class ${listener.name}`,
      hint: `List ${listener.name} in \`middlewares\` of createFlow or @Flow, where the container builds it, or give an instance.`,
    });
  }
  if (isClass(listener)) throw listensToNothing(`the class ${listener.name}`);
  return Object.freeze({ name: listener.name || 'anonymous listener', listener: listener as FlowListener });
}

function subscriptionOfObject(middleware: FlowSubscription): FlowSubscription {
  return Object.freeze({
    name: middleware.name ?? middleware.constructor.name,
    types: middleware.types,
    // Called on the object, because `listener` may be a method.
    listener: (event) => middleware.listener(event),
    identity: middleware.identity,
    ...(middleware.wants === undefined
      ? undefined
      : { wants: (type: FlowEventType) => middleware.wants?.(type) === true }),
    onInterestChange: middleware.onInterestChange?.bind(middleware),
    flush: middleware.flush?.bind(middleware),
    ...(middleware.silent === undefined ? undefined : { silent: () => middleware.silent?.() === true }),
  });
}

function subscriptionsOfInstance(middleware: object, middlewareClass: Function): readonly FlowSubscription[] {
  const handlers = handlersOf(middlewareClass);
  const { identity } = middleware as { readonly identity?: unknown };
  if (identity !== undefined && handlers.length > 1) {
    // The bus keeps the first subscription of an identity, so the other methods would silently hear nothing.
    throw new FlowError('INVALID_OPTION', {
      message: `Expected ${middlewareClass.name}, which has an \`identity\`, to have one @OnFlowEvent method, got ${handlers.length}`,
      hint: 'Name all event types on one method, or leave `identity` out.',
    });
  }
  return handlers.map(({ method, types }) =>
    Object.freeze({
      name: `${middlewareClass.name}.${String(method)}`,
      types,
      listener: (middleware as Record<string | symbol, FlowListener>)[method]!.bind(middleware),
      identity,
    }),
  );
}

function makesSubscription(value: object): value is { subscription(): FlowSubscription } {
  return typeof (value as { subscription?: unknown }).subscription === 'function';
}

function isSubscription(value: object): value is FlowSubscription {
  return typeof (value as FlowSubscription).listener === 'function';
}

function listensToNothing(what: string): FlowError {
  return new FlowError('MIDDLEWARE_NOT_DECORATED', {
    message: `Expected a middleware, got ${what}, which listens to nothing`,
  });
}
