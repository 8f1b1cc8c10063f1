import type { Class } from './flow-node.js';
import type { StandardSchema } from './standard-schema.js';

/**
 * What a payload is checked against: a class, a Standard Schema, `arrayOf(…)` or `oneOf(…)`.
 *
 * @typeParam T - the payload that passes
 * @typeParam Raw - what a schema accepts; only the outputs of nodes care
 */
export type PayloadShape<T = unknown, Raw = unknown> =
  | Class<T>
  | StandardSchema<Raw, T>
  | ArrayShape<T>
  | UnionShape<T>;

/** The payload that passes a shape. */
export type ShapeType<S> =
  S extends Class<infer T>
    ? T
    : S extends StandardSchema<infer _, infer T>
      ? T
      : S extends ArrayShape<infer T>
        ? T
        : S extends UnionShape<infer T>
          ? T
          : never;

/** Marks what `arrayOf` and `oneOf` make; `Symbol.for`, so two installed copies understand each other. */
export const SHAPE: unique symbol = Symbol.for('penguiflow:payload-shape') as never;

/** Carries a type through inference; no value at run time. */
declare const TYPE: unique symbol;

/** An array of payloads; made by `arrayOf`. */
export interface ArrayShape<out T = unknown> {
  readonly [SHAPE]: 'array';
  readonly [TYPE]?: T;
  readonly element: PayloadShape;
}

/** One of several payloads; made by `oneOf`. */
export interface UnionShape<out T = unknown> {
  readonly [SHAPE]: 'union';
  readonly [TYPE]?: T;
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
