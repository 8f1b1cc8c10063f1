import type { NodeResolver } from './node-resolver.js';
import type { ProviderToken, ServiceOf, Token } from './token.js';

/** What a factory may ask for while it builds its service. */
export type ServiceSource = Pick<NodeResolver, 'resolve'>;

type Binding<K, T> =
  | { readonly token: K; readonly useValue: T }
  | { readonly token: K; readonly useClass: new (...args: never[]) => T }
  | { readonly token: K; readonly useFactory: (services: ServiceSource) => T }
  | { readonly token: K; readonly useToken: Token<T> };

/**
 * Binds a token to a service for one flow. `useClass` and `useFactory` build once per flow, and what they build is
 * disposed when the flow stops; a `useValue` stays the caller's.
 *
 * In the options of `createFlow` each provider is checked against its own token. A list that has a type of its own names the
 * services: `Provider` alone is for tokens that don't say what they stand for.
 *
 * @typeParam T - the service
 * @example
 * ```ts
 * const providers: readonly (Provider<Prices> | Provider<Clock>)[] = [
 *   { token: PRICES, useValue: prices },
 *   { token: CLOCK, useClass: FakeClock },
 * ];
 * createFlow(Orders, { providers });
 * ```
 */
export type Provider<T = unknown> = Binding<ProviderToken<T>, T>;

/** A provider whose service was checked against its token elsewhere. */
export type AnyProvider = Binding<Token, unknown>;

/** Each of the providers as its own token wants it. */
export type CheckedProviders<P extends readonly AnyProvider[]> = { readonly [I in keyof P]: CheckedProvider<P[I]> };

type CheckedProvider<P> = P extends { readonly token: infer K } ? Binding<K, ServiceOf<K>> : P;
