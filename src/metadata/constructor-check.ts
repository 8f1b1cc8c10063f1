import { FlowError } from '../errors/flow-error.js';
import { describeValue } from '../errors/option-error.js';
import { parametersOf } from './constructor-source.js';
import { ownNamedParameters, ownParamTypes } from './reflect-store.js';

/** What the compiler emits for a type that is no class: there is nothing in it a container could build. */
const NOT_INJECTABLE: readonly unknown[] = [Object, String, Number, Boolean, Symbol, BigInt, Array, Function, Promise];

/**
 * Checks, while a class decorator runs, that the container will know what each constructor parameter is.
 *
 * `@inject(TOKEN)` (NestJS: `@Inject(TOKEN)`) has run by then, because parameter decorators come before class decorators.
 *
 * @param context - what a standard decorator is given besides the class
 * @throws FlowError `METADATA_MISSING` when the build emitted no types at all
 * @throws FlowError `UNRESOLVABLE_DEPENDENCY` when the type of a parameter was lost
 */
export function checkConstructor(target: Function, context?: unknown): void {
  const types = ownParamTypes(target);
  const named = ownNamedParameters(target);
  if (types === undefined) {
    for (let index = 0; index < target.length; index++) if (!named.has(index)) throw metadataMissing(target, context);
    return;
  }
  for (const [index, type] of types.entries()) {
    if (!named.has(index) && !isInjectable(type)) throw unresolvable(target, index, type);
  }
}

/** Tells whether an emitted parameter type is a class that a container can be asked for. */
export function isInjectable(type: unknown): boolean {
  return type !== undefined && type !== null && !NOT_INJECTABLE.includes(type);
}

/** Whether a class is one of the platform's: what is meant by it as a parameter is a value, and not any instance. */
export function isBuiltIn(type: unknown): boolean {
  if (typeof type !== 'function') return false;
  if (/\{\s*\[native code\]\s*\}$/u.test(Function.prototype.toString.call(type))) return true;
  // What a program hangs there itself is enumerable.
  const isGlobal = Object.getOwnPropertyDescriptor(globalThis, type.name)?.enumerable === false;
  return isGlobal && (globalThis as Readonly<Record<string, unknown>>)[type.name] === type;
}

/** `parameter 0 (db)`, or `parameter 0` where the source does not tell the name. */
export function describeParameter(target: Function, index: number): string {
  const name = parametersOf(target)?.[index]?.name;
  return name === undefined ? `parameter ${index}` : `parameter ${index} (${name})`;
}

/** Ways to mend a parameter without a class, for the hint of an error. */
export function parameterHint(type: unknown, target: Function, index: number): string {
  const inject = 'name a token with `@inject(TOKEN)` and provide it in `providers`';
  if (parametersOf(target)?.[index]?.hasDefault === true) {
    return (
      'The container passes every parameter, so the default is never used: name a token with `@inject(TOKEN, { isOptional: true })`, and it ' +
      'holds where nobody provides that; or make it a field.'
    );
  }
  if (type === Function) {
    return `Drop \`type\` from the import of the class: \`import type\` leaves nothing at run time. If the type is a function, ${inject}.`;
  }
  if (type === Object || type === undefined) {
    return `Import the class as a value, not with \`import type\` and not in a circle; if the type is an interface, ${inject}.`;
  }
  return `The container cannot make up ${nameOfType(type)}: ${inject}.`;
}

function nameOfType(type: unknown): string {
  return typeof type === 'function' && type.name !== '' ? `the ${type.name} that is meant` : describeValue(type);
}

/** Whether a decorator was called as a standard one, and not as `experimentalDecorators` has it. */
export function isStandardContext(context: unknown): context is { readonly kind: string; readonly name?: unknown } {
  return typeof context === 'object' && context !== null && typeof (context as { kind?: unknown }).kind === 'string';
}

/** How to mend a build with standard decorators. */
export const STANDARD_HINT =
  'The build uses standard decorators, which know no types: set `experimentalDecorators` and `emitDecoratorMetadata` to true in the ' +
  '`tsconfig.json` that the build reads.';

function metadataMissing(target: Function, context: unknown): FlowError {
  return new FlowError('METADATA_MISSING', {
    message: `The constructor of ${target.name} takes ${target.length} parameter(s), and the build emitted no types for them`,
    hint: isStandardContext(context)
      ? STANDARD_HINT
      : 'Loaders that strip types (tsx, esbuild, plain swc) emit no decorator metadata: build with `tsc`, ' +
        '`experimentalDecorators` and `emitDecoratorMetadata`, or name each parameter with `@inject(TOKEN)`. ' +
        'Vitest 4 emits it with Vite 8; Vitest 3, and older releases of Vite, need `unplugin-swc`.',
    metadata: { class: target.name },
  });
}

function unresolvable(target: Function, index: number, type: unknown): FlowError {
  return new FlowError('UNRESOLVABLE_DEPENDENCY', {
    message: `The class of ${describeParameter(target, index)} of ${target.name}'s constructor is unknown at run time`,
    hint: parameterHint(type, target, index),
    metadata: { class: target.name, parameter: index },
  });
}
