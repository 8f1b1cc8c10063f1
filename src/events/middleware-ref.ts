import type { FlowListener, FlowSubscription } from './flow-listener.js';

/** A class of middlewares; the container builds it. */
export type MiddlewareClass = new (...args: never[]) => object;

/**
 * What may stand in a `middlewares` list: a class with `@Middleware()`, an instance of one, something that is a
 * subscription itself (has `listener`), or a function. A function is called with every event.
 */
export type MiddlewareRef = MiddlewareClass | FlowListener | FlowSubscription | object;
