import { isBuiltIn, isInjectable } from '../../metadata/constructor-check.js';
import type { Token } from '../../ports/token.js';
import { constructorParams, type ConstructorParam } from './constructor-params.js';
import { isValue, type OpenContainer, type Registration } from './open-container.js';
import { circular, leadsNowhere, notProvided, ring, typeLost, undecorated } from './unresolvable.js';

/**
 * Follows constructor parameters through the container before anything is built, and finds what cannot be provided, with the whole way
 * to it. What is delayed is looked at when it is used.
 */
export class DependencyWalk {
  readonly #container: OpenContainer;
  readonly #isShared: (registration: Registration) => boolean;
  readonly #checked = new Set<Function>();

  /** @param isShared - whether the container around builds what is registered, of its own services */
  constructor(container: OpenContainer, isShared: (registration: Registration) => boolean) {
    this.#container = container;
    this.#isShared = isShared;
  }

  /** @throws FlowError `UNRESOLVABLE_DEPENDENCY` */
  visit(token: Token, path: readonly Function[] = [], aliases: readonly Token[] = []): void {
    const registration = this.#container.getRegistration(token);
    if (registration !== null) this.#visitRegistration(token, registration, path, aliases);
    else if (typeof token === 'function') this.#visitClass(token, path);
  }

  /** Like `visit`, for everything that is registered under the token. */
  visitAll(token: Token, path: readonly Function[] = []): void {
    const registrations = this.#container.getAllRegistrations(token);
    for (const registration of registrations ?? []) this.#visitRegistration(token, registration, path, []);
    if (registrations === null && typeof token === 'function') this.#visitClass(token, path);
  }

  #visitRegistration(
    token: Token,
    registration: Registration,
    path: readonly Function[],
    aliases: readonly Token[],
  ): void {
    const { useClass, useToken } = registration.provider;
    if (isValue(registration.provider) || this.#isShared(registration)) return;
    if (useToken !== undefined) this.#visitAlias(token, useToken, path, [...aliases, token]);
    else if (typeof useClass === 'function') this.#visitClass(useClass, path);
  }

  #visitAlias(token: Token, target: Token, path: readonly Function[], aliases: readonly Token[]): void {
    if (aliases.includes(target)) throw ring([...aliases.slice(aliases.indexOf(target)), target]);
    if (this.#isMissing(target)) throw leadsNowhere(token, target, path);
    this.visit(target, path, aliases);
  }

  #visitClass(target: Function, path: readonly Function[]): void {
    const here = [...path, target];
    if (path.includes(target)) throw circular(here.map(({ name }) => name));
    if (this.#checked.has(target)) return;
    const params = constructorParams(target);
    if (params === undefined) throw undecorated(here);
    for (const [index, param] of params.entries()) this.#visitParam(param, index, here);
    this.#checked.add(target);
  }

  #visitParam(param: ConstructorParam, index: number, path: readonly Function[]): void {
    const { token, transform } = param;
    if (transform !== undefined) this.visit(transform, path);
    if (isDelayed(token)) return;
    if (token === undefined || (!param.named && !isInjectable(token))) throw typeLost(path, index, token);
    const isMissing = this.#isMissing(token);
    if (isMissing && !param.optional) throw notProvided(path, index, token);
    if (isMissing) return;
    if (param.all) this.visitAll(token, path);
    else this.visit(token, path);
  }

  /** Whether there is neither a registration nor a class that could be built. */
  #isMissing(token: Token): boolean {
    if (typeof token === 'function' ? !isBuiltIn(token) : isDelayed(token)) return false;
    return !this.#container.isRegistered(token as never, true);
  }
}

function isDelayed(token: Token | undefined): boolean {
  return typeof (token as { readonly createProxy?: unknown } | undefined)?.createProxy === 'function';
}
