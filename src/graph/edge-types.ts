import type { FinalAnswer } from '../message/final-answer.js';
import type { WorkingMemory } from '../message/working-memory.js';
import type { CompileError } from '../ports/compile-error.js';
import type { Class, NodeClass } from '../ports/flow-node.js';
import type { NodeInput, NodeOutput } from '../ports/node-types.js';
import type { IsMember, Same } from '../ports/same-type.js';

/** `T` itself when it takes everything of type `E`, else a sentence that says why it does not. */
export type Target<E, T> = [E] extends [never]
  ? CompileError<['Nothing comes after a node that emits nothing']>
  : [E] extends [NodeInput<T>]
    ? T
    : [NodeInput<T>] extends [never]
      ? CompileError<['A node has `process(payload, ctx)`; this has none, or one that takes nothing']>
      : CompileError<[Instance<T>, 'takes', NodeInput<T>, 'but the node before it emits', E]>;

/** Reads better than `typeof Ship`. */
type Instance<T> = T extends Class<infer I> ? I : T;

/** What needs a branch once a node has one: nothing after a node that emits by hand, for nobody knows what that is. */
export type ToRoute<C, E> = [NodeOutput<C>] extends [never] ? never : E;

/** {@link Target} of an edge that leads back. To a controller itself comes everything but its answer. */
export type BackTarget<E, C, N> = IsOwnLoop<E, C, N> extends true ? Target<Exclude<E, FinalAnswer>, N> : Target<E, N>;

/** What goes on after an edge that leads back: everything, too. Of a controller its answer, which the runtime gives where it does not. */
export type Onward<E, C, N> = IsOwnLoop<E, C, N> extends true ? Exclude<E, WorkingMemory> | FinalAnswer : E;

type IsOwnLoop<E, C, N> = [Extract<E, WorkingMemory>] extends [never] ? false : Same<C, N>;

/** Checks each target of a fan-out by itself, so that the error stands at the wrong one. */
export type Targets<E, T extends readonly NodeClass[]> = { [N in keyof T]: Target<E, T[N]> };

/** {@link Target} behind a type guard; the compiler looks at it once before it knows the guard, and has `never` for `G` then. */
export type GuardTarget<G, T> = [G] extends [never] ? T : Target<G, T>;

/** `K` itself when its instances are emitted, else a sentence that says they are not. */
export type BranchClass<E, K extends Class> = [Covered<E, InstanceType<K>>] extends [never]
  ? CompileError<[InstanceType<K>, 'is never emitted here; the node emits', E]>
  : K;

/**
 * The part of `E` that a branch for the class `M` takes.
 *
 * A member of the union that is exactly `M` goes first: a class that merely has all the fields of another is a subtype of it
 * for TypeScript, but no instance of it when the flow runs, so `on(Order)` must not pass for a branch of `PricedOrder`.
 * Only where no member is exactly `M` do its subclasses count, or `M` as a subclass of what is emitted.
 */
export type Covered<E, M> =
  IsMember<E, M> extends true ? M : [Extract<E, M>] extends [never] ? Narrowed<E, M> : Extract<E, M>;

/** What is left of `Left` after the branch for `M`, where the node emits `E`. */
export type Uncovered<E, Left, M> = IsMember<E, M> extends true ? Without<Left, M> : Exclude<Left, M>;

/** `Left` without the member that is exactly `M`. Where no other goes with it, without a comparison for each of them. */
type Without<Left, M, Rest = Exclude<Left, M>> = Same<Rest | M, Left> extends true ? Rest : NotSame<Left, M>;

type NotSame<Left, M> = Left extends unknown ? (Same<Left, M> extends true ? never : Left) : never;

/** `M` when it is a subtype of a member of `E`. */
type Narrowed<E, M> = [M] extends [E] ? M : never;
