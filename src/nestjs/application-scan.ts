import { Scope, type Type } from '@nestjs/common';
import { Reflector, REQUEST, type DiscoveryService, type ModulesContainer } from '@nestjs/core';
import type { Token } from '../index.js';

/** A provider or a controller, as NestJS keeps it. */
type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A class that NestJS builds, with what it is. */
export interface BuiltClass {
  readonly type: Type;
  readonly isController: boolean;
  readonly wrapper: Wrapper;
}

/** The controllers and the classes among the providers of an application. */
export function* classesOf(modules: ModulesContainer): Generator<BuiltClass> {
  for (const module of modules.values()) {
    for (const [isController, wrappers] of [
      [true, module.controllers],
      [false, module.providers],
    ] as const) {
      for (const wrapper of wrappers.values()) {
        const { metatype: type, isNotMetatype } = wrapper;
        if (!isNotMetatype && typeof type === 'function') yield { type: type as Type, isController, wrapper };
      }
    }
  }
}

/** Whether any module of the application provides a token. */
export function isProvided(modules: ModulesContainer, token: unknown): boolean {
  return [...modules.values()].some(({ providers }) => providers.has(token as never));
}

/** The methods of a class, those that it inherits too; no getter is called. */
export function* methodsOf(type: Type): Generator<readonly [name: string, method: () => unknown]> {
  const seen = new Set<string>();
  for (let level: unknown = type.prototype; isObject(level) && level !== Object.prototype;) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value !== 'function' || name === 'constructor' || seen.has(name)) continue;
      seen.add(name);
      yield [name, value as () => unknown];
    }
    level = Object.getPrototypeOf(level);
  }
}

/** What `@MessagePattern` and `@EventPattern` leave on a method. */
const PATTERN = 'microservices:pattern';

/** The methods that take messages of microservices, by `Class.method`. */
export function* messageHandlers(modules: ModulesContainer): Generator<string> {
  const reflector = new Reflector();
  for (const { type, isController } of classesOf(modules)) {
    if (!isController) continue;
    for (const [name, method] of methodsOf(type)) {
      if (reflector.get<unknown>(PATTERN, method) !== undefined) yield `${type.name}.${name}`;
    }
  }
}

/** Whether the instances of a provider are shared by the requests of one tenant, as a `ContextIdStrategy` says. */
export function isDurable(modules: ModulesContainer, token: Token): boolean {
  return wrappersOf(modules, token).some((wrapper) => wrapper.isDependencyTreeDurable());
}

/**
 * Names what is request-scoped and injected by a node and by a controller, at any depth: it looks like one service, and each of the
 * two has an instance of its own.
 */
export function sharedByRequest(modules: ModulesContainer, nodeClass: Token): readonly (readonly [string, string])[] {
  const ofNode = new Set(wrappersOf(modules, nodeClass).flatMap((wrapper) => [...requestScopedIn(wrapper)]));
  const shared = new Map<string, string>();
  for (const { type, isController, wrapper } of classesOf(modules)) {
    if (!isController) continue;
    for (const dependency of requestScopedIn(wrapper)) {
      if (ofNode.has(dependency)) shared.set(String(dependency.name), type.name);
    }
  }
  return [...shared];
}

function wrappersOf(modules: ModulesContainer, token: Token): Wrapper[] {
  return [...modules.values()].flatMap(({ providers }) => providers.get(token as never) ?? []);
}

/** What a provider injects that is request-scoped by itself, at any depth; durable ones may well be shared. */
function requestScopedIn(wrapper: Wrapper, found = new Set<Wrapper>(), seen = new Set<Wrapper>()): Set<Wrapper> {
  if (seen.has(wrapper)) return found;
  seen.add(wrapper);
  const injected = [
    ...((wrapper.getCtorMetadata() as readonly (Wrapper | undefined)[] | undefined) ?? []),
    ...(wrapper.getPropertiesMetadata() ?? []).map(({ wrapper: property }) => property),
  ];
  for (const dependency of injected) {
    if (dependency === undefined || dependency.token === REQUEST) continue;
    if (dependency.scope === Scope.REQUEST && !dependency.isDependencyTreeDurable()) found.add(dependency);
    requestScopedIn(dependency, found, seen);
  }
  return found;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
