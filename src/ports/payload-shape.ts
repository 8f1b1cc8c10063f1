import type { Class } from './flow-node.js';
import type { StandardSchema } from './standard-schema.js';

/**
 * What a payload is checked against: a class, a Standard Schema, `arrayOf(…)` or `oneOf(…)`.
 *
 * @typeParam T - the payload that passes
 */
export type PayloadShape<T = unknown> = Class<T> | StandardSchema<unknown, T> | ArrayShape<T> | UnionShape<T>;

/** The payload that passes a shape: an instance, or what a schema makes of what it accepts. */
export type ShapeType<S> =
  S extends StandardSchema<infer _, infer T>
    ? T
    : S extends Class<infer T>
      ? T
      : S extends ArrayShape<infer T>
        ? T
        : S extends UnionShape<infer T>
          ? T
          : never;

/** The payload that a shape accepts. Only a schema may accept something else than what passes. */
export type ShapeInput<S> =
  S extends StandardSchema<infer Raw, infer _>
    ? Raw
    : S extends Class<infer T>
      ? T
      : S extends ArrayShape<infer _, infer Raw>
        ? Raw
        : S extends UnionShape<infer _, infer Raw>
          ? Raw
          : never;

/** What a shape puts in the place of a payload: what a schema makes of it. `never` of classes, which pass instances as they are. */
export type ShapeMade<S> =
  S extends StandardSchema<infer _, infer T>
    ? T
    : S extends ArrayShape<infer _, infer _, infer Made>
      ? Made
      : S extends UnionShape<infer _, infer _, infer Made>
        ? Made
        : never;

/** Marks what `arrayOf` and `oneOf` make; `Symbol.for`, so two installed copies understand each other. */
export const SHAPE: unique symbol = Symbol.for('penguiflow:payload-shape') as never;

/** These carry types through inference; no values at run time. */
declare const TYPE: unique symbol;
declare const INPUT: unique symbol;
declare const MADE: unique symbol;

/**
 * An array of payloads; made by `arrayOf`.
 *
 * @typeParam T - the array that passes
 * @typeParam Raw - the array that is accepted
 * @typeParam Made - the array that schemas make, if there are any
 */
export interface ArrayShape<out T = unknown, out Raw = unknown, out Made = unknown> {
  readonly [SHAPE]: 'array';
  readonly [TYPE]?: T;
  readonly [INPUT]?: Raw;
  readonly [MADE]?: Made;
  readonly element: PayloadShape;
}

/**
 * One of several payloads; made by `oneOf`.
 *
 * @typeParam T - the payload that passes
 * @typeParam Raw - the payload that is accepted
 * @typeParam Made - what schemas make, if there are any
 */
export interface UnionShape<out T = unknown, out Raw = unknown, out Made = unknown> {
  readonly [SHAPE]: 'union';
  readonly [TYPE]?: T;
  readonly [INPUT]?: Raw;
  readonly [MADE]?: Made;
  readonly members: readonly PayloadShape[];
  /** With a discriminator: the property, and the member for each of its values. */
  readonly discriminator:
    | { readonly property: string; readonly members: ReadonlyMap<string, PayloadShape> }
    | undefined;
}

/** Tells whether a value follows Standard Schema; a class or a function may, so this is asked first. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || !('~standard' in value))
    return false;
  const standard = value['~standard'];
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  );
}

/** Tells what `arrayOf` made. */
export function isArrayShape(value: unknown): value is ArrayShape {
  return markerOf(value) === 'array';
}

/** Tells what `oneOf` made. */
export function isUnionShape(value: unknown): value is UnionShape {
  return markerOf(value) === 'union';
}

/** Tells whether payloads can be checked against a value. */
export function isPayloadShape(value: unknown): value is PayloadShape {
  return typeof value === 'function' || isStandardSchema(value) || markerOf(value) !== undefined;
}

function markerOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as { readonly [SHAPE]?: unknown })[SHAPE] : undefined;
}
