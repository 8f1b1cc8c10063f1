import type { Token } from '../../ports/token.js';
import { ownInjectionTokens, ownParamTypes } from '../../metadata/reflect-store.js';
import { requireTsyringe } from './require-tsyringe.js';

/** What a constructor parameter asks the container for. */
export interface ConstructorParam {
  /** undefined where the compiler lost the type. */
  readonly token: Token | undefined;
  /** Named with `@inject` and its kin, and not just by its type. */
  readonly named: boolean;
  readonly optional: boolean;
  /** Everything that is registered under the token (`@injectAll`). */
  readonly all: boolean;
  /** What changes the service before it is passed (`@injectWithTransform`). */
  readonly transform: Token | undefined;
}

/** The class whose constructor runs for `target`: its own, or the one it inherits. */
export function constructorOwner(target: Function): Function {
  for (
    let at: unknown = target;
    typeof at === 'function' && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    if (ownParamTypes(at) !== undefined || Object.keys(ownInjectionTokens(at)).length > 0 || declaresConstructor(at))
      return at;
  }
  return target;
}

function declaresConstructor(target: Function): boolean {
  return target.length > 0 || /(?<![.\w$])constructor\s*\(/.test(Function.prototype.toString.call(target));
}

/**
 * The constructor parameters of a class, or undefined where it takes some and nothing is known of them.
 * Also tells tsyringe what it needs to know to build the class; that registers nothing.
 */
export function constructorParams(target: Function): readonly ConstructorParam[] | undefined {
  const owner = constructorOwner(target);
  const types = ownParamTypes(owner);
  const tokens = ownInjectionTokens(owner);
  const count = Math.max(types?.length ?? 0, ...Object.keys(tokens).map((index) => Number(index) + 1));
  if (types === undefined && owner.length > count) return undefined;
  const params = Array.from({ length: count }, (_, index) =>
    describe(index in tokens ? tokens[index] : types?.[index], index in tokens),
  );
  if (count > 0) {
    const { injectable } = requireTsyringe();
    // The owner first: tsyringe reads inherited parameters from what it noted there.
    if (owner !== target) injectable()(owner as never);
    injectable()(target as never);
  }
  return params;
}

/** What tsyringe's decorators note of a parameter. */
interface TokenDescriptor {
  readonly token: Token;
  readonly isOptional?: boolean;
  readonly multiple?: boolean;
  readonly transform?: Token;
}

function describe(given: unknown, named: boolean): ConstructorParam {
  const isDescriptor = typeof given === 'object' && given !== null && 'token' in given;
  const { token, isOptional, multiple, transform } = isDescriptor
    ? (given as TokenDescriptor)
    : ({ token: given } as Partial<TokenDescriptor>);
  return { token, named, optional: isOptional === true, all: multiple === true, transform };
}
