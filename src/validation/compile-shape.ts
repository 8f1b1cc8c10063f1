import { invalidOption } from '../errors/option-error.js';
import type { Class } from '../ports/flow-node.js';
import {
  isArrayShape,
  isStandardSchema,
  isUnionShape,
  type PayloadShape,
  type UnionShape,
} from '../ports/payload-shape.js';
import { ArrayCheck } from './array-check.js';
import { ClassCheck, type ClassOptions } from './class-check.js';
import { classLibraries } from './class-libraries.js';
import { SchemaCheck } from './schema-check.js';
import type { ShapeCheck } from './shape-check.js';
import { DiscriminatedCheck, UnionCheck } from './union-check.js';

/**
 * Makes the check of a shape; once, at assembly.
 *
 * @param owner - whose it is, for messages: `@Node "Price"`
 * @throws FlowError `PACKAGE_MISSING`, `INVALID_OPTION`
 */
export function compileShape(shape: PayloadShape, owner: string, options: ClassOptions): ShapeCheck {
  if (isStandardSchema(shape)) return new SchemaCheck(shape);
  if (isArrayShape(shape)) return new ArrayCheck(compileShape(shape.element, owner, options));
  if (isUnionShape(shape)) return compileUnion(shape, owner, options);
  return new ClassCheck(shape as Class<object>, classLibraries(owner), options, owner);
}

function compileUnion({ members, discriminator }: UnionShape, owner: string, options: ClassOptions): ShapeCheck {
  if (discriminator !== undefined) {
    const checks = [...discriminator.members].map(
      ([value, member]) => [value, compileShape(member, owner, options)] as const,
    );
    return new DiscriminatedCheck(discriminator.property, new Map(checks));
  }
  const checks = members.map((member) => compileShape(member, owner, options));
  const greedy = checks.slice(0, -1).find((check) => check.takesAnyObject);
  if (greedy === undefined) return new UnionCheck(checks);
  throw invalidOption(
    'oneOf(…)',
    owner,
    `members that can be told apart; ${greedy.name} has no rules and takes every plain object`,
    members,
    `Give ${greedy.name} class-validator rules, put it last, or name a discriminator: oneOf('kind', { … }).`,
  );
}
