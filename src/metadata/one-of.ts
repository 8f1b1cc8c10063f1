import { invalidOption } from '../errors/option-error.js';
import {
  isPayloadShape,
  SHAPE,
  type PayloadShape,
  type ShapeInput,
  type ShapeMade,
  type ShapeType,
  type UnionShape,
} from '../ports/payload-shape.js';

/** Members of a union by the value of their discriminator. */
type MembersByValue = Readonly<Record<string, PayloadShape>>;

type UnionOf<S> = UnionShape<ShapeType<S>, ShapeInput<S>, ShapeMade<S>>;

/**
 * The shape of a payload that is one of several; for `input` and `output` of `@Node`. Instances keep their class. A plain
 * object goes to the member that its discriminator names, or, without one, to the first member that accepts it.
 *
 * @param discriminator - the property that tells the members apart
 * @param members - the shape for each value of that property
 * @throws FlowError `INVALID_OPTION` when a member is not a shape or there is none
 * @example
 * ```ts
 * @Node({ input: oneOf('kind', { circle: Circle, square: Square }) })
 * class Area {
 *   process(shape: Circle | Square): number {
 *     return shape.area;
 *   }
 * }
 * ```
 */
export function oneOf<const M extends MembersByValue>(discriminator: string, members: M): UnionOf<M[keyof M]>;
/** @param members - the shapes, the most demanding first */
export function oneOf<const S extends readonly PayloadShape[]>(...members: S): UnionOf<S[number]>;
export function oneOf(...given: readonly unknown[]): UnionShape<never, never, never> {
  const byValue = typeof given[0] === 'string' ? new Map(Object.entries(given[1] ?? {})) : undefined;
  const members = byValue === undefined ? given : [...new Set(byValue.values())];
  if (members.length === 0) throw invalidOption('members', 'oneOf(…)', 'at least one class or schema', given[1]);
  for (const member of members) {
    if (!isPayloadShape(member)) throw invalidOption('members', 'oneOf(…)', 'classes or schemas', member);
  }
  return Object.freeze({
    [SHAPE]: 'union',
    members: Object.freeze([...members]) as readonly PayloadShape[],
    discriminator:
      byValue === undefined
        ? undefined
        : { property: given[0] as string, members: byValue as ReadonlyMap<string, PayloadShape> },
  } as const);
}
