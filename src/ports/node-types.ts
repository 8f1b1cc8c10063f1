import type { Message } from '../message/message.js';
import type { NodeClass, PayloadStream } from './flow-node.js';

/** The payload type that `process` of the node class `C` takes; `unknown` when it takes none. */
export type NodeInput<C> = C extends new (...args: never[]) => {
  readonly process: (payload: infer I, ...rest: never[]) => unknown;
}
  ? I
  : never;

/** The payload type that the node class `C` emits; `never` when it emits nothing. */
export type NodeOutput<C> = C extends new (...args: never[]) => { readonly process: (...args: never[]) => infer R }
  ? Emitted<R>
  : never;

/** The payload type that a node itself emits. */
export type InstanceOutput<N> = N extends { readonly process: (...args: never[]) => infer R } ? Emitted<R> : never;

/**
 * What the edges after a node are checked against: what it emits, and anything after a node whose `process` returns `void`, for it may
 * emit by hand (`ctx.emit`). One that returns `undefined` emits nothing.
 */
export type SentOn<C> = [NodeOutput<C>] extends [never] ? (IsByHand<C> extends true ? Anything : never) : NodeOutput<C>;

// oxlint-disable-next-line typescript/no-explicit-any -- each node takes it
type Anything = any;

type IsByHand<C> = C extends new (...args: never[]) => { readonly process: (...args: never[]) => infer R }
  ? [void] extends [Awaited<R>]
    ? true
    : false
  : false;

/** What reaches the next node when `process` returns `R`: promises, messages and streams unwrapped, "nothing" left out. */
export type Emitted<R> = 0 extends 1 & R
  ? R
  : R extends undefined | void
    ? never
    : R extends PromiseLike<infer T>
      ? Emitted<T>
      : R extends PayloadStream<infer T, infer Last>
        ? Emitted<T> | LastOf<Last>
        : R extends Message<infer P>
          ? P
          : R;

/** What a stream emits at its end. An iterable that says nothing of it has `any` there: nothing, as nearly every iterable. */
type LastOf<Last> = 0 extends 1 & Last ? never : Emitted<Last>;

/** What all of the node classes take: the payload that may be sent to each of them. */
export type CommonInput<T extends readonly NodeClass[]> = Narrowest<{ [K in keyof T]: NodeInput<T[K]> }>;

type Narrowest<I extends readonly unknown[], Sofar = unknown> = I extends readonly [infer First, ...infer Rest]
  ? Narrowest<Rest, Narrower<Sofar, First>>
  : Sofar;

type Narrower<A, B> = [A] extends [B] ? A : [B] extends [A] ? B : A & B;
