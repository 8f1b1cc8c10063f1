import type { ValidationArguments, ValidationError } from 'class-validator';
import type { ClassRules } from './rule-executor.js';

type Rule = ReturnType<ClassRules['getTargetValidationMetadatas']>[number];
type Message = Rule['message'] | undefined;

/** Longer ones are cut: a message function may repeat what it is given. */
const LONGEST = 300;

/** Rules of class-validator itself, whose own texts help less. */
const OWN_TEXTS: Readonly<Record<string, string>> = {
  unknownValue: 'must be an instance of a class with rules (in the groups of the node); use @Type to name the class',
  whitelistValidation: 'is not a property that may be given',
};

/**
 * The message of a violated constraint, made anew: class-validator's own may have the value in it, because a message may
 * be a function of the value or contain `$value`. Here both get a stand-in.
 */
export function constraintMessage(
  name: string,
  error: ValidationError,
  rules: ClassRules,
  groups: string[] | undefined,
): string {
  const own = OWN_TEXTS[name];
  if (own !== undefined) return own;
  try {
    const found = findRule(name, error, rules, groups);
    if (found === undefined) return withoutText(name);
    const args = standInArguments(found.rule, error);
    const template = typeof found.message === 'function' ? found.message(args) : found.message;
    return template ? fillIn(template, args) : withoutText(name);
  } catch {
    // The message function needs the real value.
    return withoutText(name);
  }
}

function findRule(
  name: string,
  { target, property }: ValidationError,
  rules: ClassRules,
  groups: string[] | undefined,
): { rule: Rule; message: Message } | undefined {
  if (target === undefined || Array.isArray(target)) return undefined;
  for (const rule of rules.getTargetValidationMetadatas(target.constructor, '', false, false, groups)) {
    if (rule.propertyName !== property) continue;
    const constraints = rules.getTargetValidatorConstraints(rule.constraintCls);
    for (const constraint of constraints) {
      if ((constraint.name || rule.type) === name) {
        const { instance } = constraint;
        return { rule, message: rule.message || ((args) => instance.defaultMessage?.(args) ?? '') };
      }
    }
    if (constraints.length === 0 && rule.type === name) return { rule, message: rule.message };
  }
  return undefined;
}

function standInArguments(rule: Rule, { target, property }: ValidationError): ValidationArguments {
  const { constructor } = target as object;
  return {
    targetName: constructor.name,
    property,
    constraints: rule.constraints as unknown[],
    object: Object.create(constructor.prototype as object) as object,
    value: standIn((target as Record<string, unknown>)[property]),
  };
}

/** Of the same kind and length, because a message may say "too short" or "too long" by it. */
function standIn(value: unknown): unknown {
  if (typeof value === 'string') return '*'.repeat(value.length);
  if (Array.isArray(value)) return new Array<unknown>(value.length).fill('*');
  return typeof value === 'number' ? Number.NaN : undefined;
}

function fillIn(template: string, { constraints, property, targetName }: ValidationArguments): string {
  const text = template
    .replaceAll(/\$constraint(\d+)/g, (token, index: string) => {
      const constraint: unknown = (constraints as readonly unknown[] | undefined)?.[Number(index) - 1];
      return constraint === undefined ? token : constraintText(constraint);
    })
    .replaceAll('$value', () => 'the value')
    .replaceAll('$property', () => property)
    .replaceAll('$target', () => targetName);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function constraintText(constraint: unknown): string {
  if (Array.isArray(constraint)) return constraint.join(', ');
  return typeof constraint === 'symbol' ? (constraint.description ?? 'a symbol') : String(constraint);
}

/** For an element of an array class-validator keeps no rule to ask, and for other nested values its text is longer. */
function withoutText(name: string): string {
  return name === 'nestedValidation' ? 'must be an object' : `must satisfy ${name}`;
}
