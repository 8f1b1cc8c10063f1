import { invalidOption } from '../errors/option-error.js';
import type { NodeValidation, ValidateMode } from '../ports/node-validation.js';
import {
  isArrayShape,
  isPayloadShape,
  isStandardSchema,
  isUnionShape,
  type PayloadShape,
} from '../ports/payload-shape.js';
import { resolveFlag } from './class-option.js';
import { checkClassPackages } from './class-packages.js';

/** The validation of a node as the user writes it: every field may be left out. */
export type NodeValidationOptions = { readonly [K in keyof NodeValidation]?: NodeValidation[K] };

/** The names of the options about validation. */
export const VALIDATION_OPTIONS = [
  'input',
  'output',
  'validate',
  'whitelist',
  'forbidNonWhitelisted',
  'groups',
] as const;

/** Those of class-validator. */
const CLASS_OPTIONS = ['whitelist', 'forbidNonWhitelisted', 'groups'] as const;

const VALIDATE_MODES: readonly ValidateMode[] = ['both', 'in', 'out', 'none'];
const SHAPE_EXPECTED = 'a class, a Standard Schema, arrayOf(…) or oneOf(…)';

/**
 * Checks what a node says about validation and fills in the defaults.
 *
 * @param owner - whose it is, for the message: `@Node "Price"`
 * @throws FlowError `INVALID_OPTION`, and `PACKAGE_MISSING` where a class is validated and the packages for that are not installed
 */
export function resolveValidation(options: NodeValidationOptions, owner: string): NodeValidation {
  const { input, output, validate = 'both' } = options;
  if (input !== undefined && !isPayloadShape(input)) throw invalidOption('input', owner, SHAPE_EXPECTED, input);
  if (output !== undefined && !isPayloadShape(output)) throw invalidOption('output', owner, SHAPE_EXPECTED, output);
  if (!VALIDATE_MODES.includes(validate)) {
    throw invalidOption('validate', owner, "'both', 'in', 'out' or 'none'", validate);
  }
  const forbidNonWhitelisted = resolveFlag('forbidNonWhitelisted', owner, options.forbidNonWhitelisted, false);
  const whitelist = resolveFlag('whitelist', owner, options.whitelist, false);
  const groups = resolveGroups(options.groups, owner);
  const given = { whitelist: whitelist || undefined, forbidNonWhitelisted: forbidNonWhitelisted || undefined, groups };
  const option = CLASS_OPTIONS.find((name) => given[name] !== undefined);
  if (option !== undefined && !hasClass(input) && !hasClass(output)) {
    const hint = 'It needs a class in `input` or `output`; a Standard Schema decides such things by itself.';
    throw invalidOption(option, owner, 'left out where no class is validated', given[option], hint);
  }
  const checksInput = validate === 'both' || validate === 'in';
  const checksOutput = validate === 'both' || validate === 'out';
  if ((checksInput && hasClass(input)) || (checksOutput && hasClass(output))) checkClassPackages(owner);
  return Object.freeze({ input, output, validate, whitelist, forbidNonWhitelisted, groups });
}

/** Nothing, and not no group: that would look as if no rule held. */
function resolveGroups(groups: unknown, owner: string): readonly string[] | undefined {
  if (groups === undefined) return undefined;
  const isList = Array.isArray(groups) && groups.length > 0;
  if (isList && groups.every((group) => typeof group === 'string' && group !== '')) {
    return Object.freeze([...(groups as readonly string[])]);
  }
  throw invalidOption('groups', owner, "a list of names, like ['create']", groups);
}

function hasClass(shape: PayloadShape | undefined): boolean {
  if (shape === undefined || isStandardSchema(shape)) return false;
  if (isArrayShape(shape)) return hasClass(shape.element);
  return isUnionShape(shape) ? shape.members.some(hasClass) : true;
}
