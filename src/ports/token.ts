import type { Class, FlowNode, NodeClass } from './flow-node.js';
import type { NodeInput, SentOn } from './node-types.js';

declare const GIVES: unique symbol;
declare const TAKES: unique symbol;

interface Gives<out T> {
  readonly [GIVES]: T;
}

/** Compared for identity, because a function that takes a `T` is compared loosely where `strictFunctionTypes` is off. */
interface Service<in out T> extends Gives<T> {
  readonly [TAKES]: <U>() => U extends T ? 1 : 2;
}

/** A symbol that knows what it stands for: what is bound to it and resolved by it is checked. Made by {@link token}. */
export type ServiceToken<T> = symbol & Service<T>;

/** A symbol that knows nothing. */
type PlainSymbol = symbol & { readonly [GIVES]?: never };

/** What tsyringe's `delay(() => Service)` makes: a class that is looked up later. */
interface DelayedClass<out T = unknown> {
  createProxy(create: never): T;
}

/** What a service is asked for by: all that tsyringe takes, which is a class, a delayed one, a name or a symbol. */
export type Token<T = unknown> = Class<T> | DelayedClass<T> | (symbol & Gives<T>) | PlainSymbol | string;

/**
 * What a service of type `T` can be bound to; unlike a {@link Token}, no token of something more general. Of a `T` that is unknown only
 * what says nothing of its service.
 */
export type ProviderToken<T> = ServiceToken<T> | NamingToken<T> | PlainSymbol | string;

type NamingToken<T> = unknown extends T ? never : Class<T> | DelayedClass<T>;

/**
 * What a token stands for. Of a class the public members, so that a fake needs no private ones; of a node class any node that
 * takes and emits the same; of a name `unknown`.
 */
export type ServiceOf<K> =
  K extends Gives<infer T>
    ? T
    : K extends NodeClass
      ? FlowNode<NodeInput<K>, SentOn<K>>
      : K extends Class<infer T> | DelayedClass<infer T>
        ? Public<T>
        : unknown;

type Public<T> = { readonly [Key in keyof T]: T[Key] };

/**
 * Makes a token for a service that is no class: an interface, a function, a value. Each call makes another token, also under
 * the same name, so declare it once and import it.
 *
 * @param name - for the messages of errors
 * @typeParam T - what is bound to it
 * @example
 * ```ts
 * export const PRICES = token<Prices>('prices');
 *
 * class Price {
 *   constructor(@inject(PRICES) private readonly prices: Prices) {}
 * }
 *
 * createFlow(Orders, { providers: [{ token: PRICES, useValue: prices }] });
 * ```
 */
export function token<T>(name: string): ServiceToken<T> {
  return Symbol(name) as unknown as ServiceToken<T>;
}

/** A token of this package: the same in each copy of it that a process loads. */
export function sharedToken<T>(name: string): ServiceToken<T> {
  return Symbol.for(`penguiflow:token:${name}`) as unknown as ServiceToken<T>;
}
