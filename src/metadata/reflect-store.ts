import 'reflect-metadata';

/** The keys of the metadata that decorators write; `Symbol.for`, so two installed copies understand each other. */
export const METADATA_KEYS = {
  node: Symbol.for('penguiflow:node'),
  flow: Symbol.for('penguiflow:flow'),
  middleware: Symbol.for('penguiflow:middleware'),
  handlers: Symbol.for('penguiflow:handlers'),
} as const;

/** Where tsyringe's `@inject` keeps the tokens of a constructor, by parameter index. */
const INJECTION_TOKENS = 'injectionTokens';

/** Where NestJS's `@Inject` keeps those of a constructor, as a list of `{ index, param }`. */
const NEST_INJECTION_TOKENS = 'self:paramtypes';

/** Writes metadata of `target` itself. */
export function writeOwn(key: symbol, target: object, value: unknown): void {
  Reflect.defineMetadata(key, value, target);
}

/**
 * Reads metadata of `target` itself. What a base class was decorated with is not seen: a subclass is a node, flow or
 * middleware only if it says so.
 */
export function readOwn<T>(key: symbol, target: object): T | undefined {
  return Reflect.getOwnMetadata(key, target) as T | undefined;
}

/** The constructor's parameter types as the compiler emitted them; undefined when it emitted none for this very class. */
export function ownParamTypes(target: object): readonly unknown[] | undefined {
  return Reflect.getOwnMetadata('design:paramtypes', target) as readonly unknown[] | undefined;
}

/** What `@inject` and its kin named for this very class, by parameter index. */
export function ownInjectionTokens(target: object): Readonly<Record<number, unknown>> {
  return (Reflect.getOwnMetadata(INJECTION_TOKENS, target) ?? {}) as Readonly<Record<number, unknown>>;
}

/** Which parameters of this very class name a token, with tsyringe's `@inject` or with NestJS's `@Inject`. */
export function ownNamedParameters(target: object): ReadonlySet<number> {
  const nest = (Reflect.getOwnMetadata(NEST_INJECTION_TOKENS, target) ?? []) as readonly { readonly index: number }[];
  return new Set([...Object.keys(ownInjectionTokens(target)).map(Number), ...nest.map(({ index }) => index)]);
}
