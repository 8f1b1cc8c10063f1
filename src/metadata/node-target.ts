import type { CompileError } from '../ports/compile-error.js';
import type { NodeInput, NodeOutput } from '../ports/node-types.js';
import type { ShapeInput, ShapeMade, ShapeType } from '../ports/payload-shape.js';
import type { Same } from '../ports/same-type.js';

/** `C` itself when its `process` has one signature and agrees with the shapes `I` and `O`, else a sentence that says what does not. */
export type NodeTarget<C, I, O> =
  IsOverloaded<C> extends true
    ? CompileError<['`process` has several signatures, and edges know one: write `process(payload: A | B): X | Y`']>
    : InputAgrees<NodeInput<C>, I> extends true
      ? OutputAgrees<C, NodeOutput<C>, O>
      : CompileError<['`process` takes', NodeInput<C>, 'but `input` of @Node is', ShapeType<I>]>;

/**
 * Only the last of several signatures is looked at elsewhere. To a function that has fewer than it is compared with here, the compiler
 * gives the first one again.
 */
type IsOverloaded<C> = C extends new (...args: never[]) => {
  readonly process: {
    (payload: infer A, ...rest: never[]): infer X;
    (payload: infer B, ...rest: never[]): infer Y;
    (payload: infer D, ...rest: never[]): infer Z;
  };
}
  ? Same<[A, X, A, X], [B, Y, D, Z]> extends true
    ? false
    : true
  : false;

/** Without `input`, or where `process` looks at nothing, there is nothing to disagree with. */
type InputAgrees<Taken, I> = [I] extends [never]
  ? true
  : unknown extends Taken
    ? true
    : [ShapeType<I>] extends [Taken]
      ? [Taken] extends [ShapeType<I> | Loose<ShapeType<I>>]
        ? true
        : false
      : false;

/** `arrayOf(Order)` fits a node that takes `readonly Order[]` too. */
type Loose<T> = T extends readonly unknown[] ? Readonly<T> : never;

/** What is emitted has to pass `output`, and what is made of it has to be what the edges say: the compiler knows only what `process` returns. */
type OutputAgrees<C, E, O> = [E] extends [ShapeInput<O>]
  ? [KeptAs<E, O>] extends [E]
    ? C
    : CompileError<['`output` of @Node makes', ShapeMade<O>, 'of what `process` emits', E, 'and edges go by that']>
  : [O] extends [never]
    ? C
    : CompileError<['`process` emits', E, 'but `output` of @Node is', ShapeInput<O>]>;

/** What `O` puts in the place of `E`. A schema that converts nothing leaves of a union what is emitted. */
type KeptAs<E, O> = [E] extends [never]
  ? never
  : Validates<ShapeInput<O>, ShapeMade<O>> extends true
    ? Passed<ShapeMade<O>, E>
    : ShapeMade<O>;

/** Whether a schema accepts what it makes, and nothing else; one that accepts `any` may make it of anything. */
type Validates<Raw, Made> = 0 extends 1 & Raw
  ? false
  : [Raw] extends [Made]
    ? [Made] extends [Raw]
      ? true
      : false
    : false;

/** For each member of `E`, the members of `Made` that are such; all of them where there is none, or a property would be lost. */
type Passed<Made, E> = E extends unknown ? ([Extract<Made, E>] extends [never] ? Made : Extract<Made, E>) : never;
