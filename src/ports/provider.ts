import type { NodeResolver, Token } from './node-resolver.js';

/** What a factory may ask for while it builds its service. */
export type ServiceSource = Pick<NodeResolver, 'resolve'>;

/**
 * Binds a token to a service for one flow. `useClass` and `useFactory` build once per flow, and what they build is
 * disposed when the flow stops; a `useValue` stays the caller's.
 *
 * @example
 * ```ts
 * createFlow(Orders, { providers: [{ token: PRICES, useValue: prices }, { token: CLOCK, useClass: FakeClock }] });
 * ```
 */
export type Provider<T = unknown> =
  | { readonly token: Token<T>; readonly useValue: T }
  | { readonly token: Token<T>; readonly useClass: new (...args: never[]) => T }
  | { readonly token: Token<T>; readonly useFactory: (services: ServiceSource) => T }
  | { readonly token: Token<T>; readonly useToken: Token<T> };
