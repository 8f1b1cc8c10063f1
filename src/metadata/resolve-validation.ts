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
export const VALIDATION_OPTIONS = ['input', 'output', 'validate', 'whitelist', 'forbidNonWhitelisted'] as const;

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
  if ((whitelist || forbidNonWhitelisted) && !hasClass(input) && !hasClass(output)) {
    const option = whitelist ? 'whitelist' : 'forbidNonWhitelisted';
    const hint = 'It needs a class in `input` or `output`; a Standard Schema decides on unknown properties by itself.';
    throw invalidOption(option, owner, 'left out where no class is validated', true, hint);
  }
  const checksInput = validate === 'both' || validate === 'in';
  const checksOutput = validate === 'both' || validate === 'out';
  if ((checksInput && hasClass(input)) || (checksOutput && hasClass(output))) checkClassPackages(owner);
  return Object.freeze({ input, output, validate, whitelist, forbidNonWhitelisted });
}

function hasClass(shape: PayloadShape | undefined): boolean {
  if (shape === undefined || isStandardSchema(shape)) return false;
  if (isArrayShape(shape)) return hasClass(shape.element);
  return isUnionShape(shape) ? shape.members.some(hasClass) : true;
}
