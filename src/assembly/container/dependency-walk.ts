import type { DependencyContainer } from 'tsyringe';
import { FlowError } from '../../errors/flow-error.js';
import { describeParameter, isInjectable, parameterHint } from '../../metadata/constructor-check.js';
import type { Token } from '../../ports/token.js';
import { constructorOwner, constructorParams, type ConstructorParam } from './constructor-params.js';
import { peekRegistration } from './tsyringe-peek.js';

/** Hears, once per token, how its service comes to be. */
export interface WalkFindings {
  /** Its instances are built for this flow. */
  onBuilt(token: Token): void;
  /** It is a singleton of a parent container. */
  onShared(token: Token): void;
}

/**
 * Follows constructor parameters through the container before anything is built: finds what cannot be provided, with the
 * whole way to it, and tells what will be built for the flow from what is shared with others.
 */
export class DependencyWalk {
  readonly #found = new Set<Token>();
  readonly #checked = new Set<Function>();

  readonly #container: DependencyContainer;
  readonly #findings: WalkFindings;

  constructor(container: DependencyContainer, findings: WalkFindings) {
    this.#container = container;
    this.#findings = findings;
  }

  /** @throws FlowError `UNRESOLVABLE_DEPENDENCY` */
  visit(token: Token, path: readonly Function[] = []): void {
    const registration = peekRegistration(this.#container, token);
    if (registration === undefined) {
      if (typeof token === 'function') this.#visitClass(token, token, path);
      return;
    }
    const { useClass, useToken } = registration.provider;
    if (useToken !== undefined) this.visit(useToken, path);
    else if (registration.singleton && !this.#container.isRegistered(token as never)) this.#findings.onShared(token);
    else if (useClass !== undefined) this.#visitClass(token, useClass, path);
  }

  #visitClass(token: Token, target: Function, path: readonly Function[]): void {
    const here = [...path, target];
    if (path.includes(target)) throw circular(here);
    if (!this.#found.has(token)) this.#findings.onBuilt(token);
    this.#found.add(token);
    if (this.#checked.has(target)) return;
    const params = constructorParams(target);
    if (params === undefined) throw undecorated(here);
    for (const [index, param] of params.entries()) this.#visitParam(param, index, here);
    this.#checked.add(target);
  }

  #visitParam(param: ConstructorParam, index: number, path: readonly Function[]): void {
    const { token } = param;
    if (param.delayed) return;
    if (token === undefined || (!param.named && !isInjectable(token))) throw typeLost(path, index, token);
    const missing = typeof token !== 'function' && !this.#container.isRegistered(token as never, true);
    if (missing && !param.optional) throw notProvided(path, index, token);
    if (!missing) this.visit(token, path);
  }
}

/** How a token reads in a message. */
export function describeToken(token: Token): string {
  if (typeof token === 'function') return token.name;
  if (typeof token === 'symbol') return token.description ?? 'a symbol';
  return typeof token === 'string' ? JSON.stringify(token) : 'a delayed class';
}

function chain(path: readonly Function[]): string {
  return path.map((target) => target.name).join(' -> ');
}

function chainTo(path: readonly Function[], index: number): string {
  return `${chain(path)} -> ${describeParameter(constructorOwner(path[path.length - 1]!), index)}`;
}

function unresolvable(message: string, hint: string, path: readonly Function[]): FlowError {
  return new FlowError('UNRESOLVABLE_DEPENDENCY', {
    message,
    hint,
    metadata: { path: path.map((target) => target.name) },
  });
}

function typeLost(path: readonly Function[], index: number, type: unknown): FlowError {
  return unresolvable(`The class of ${chainTo(path, index)} is unknown at run time`, parameterHint(type), path);
}

function notProvided(path: readonly Function[], index: number, token: Token): FlowError {
  const name = describeToken(token);
  return unresolvable(
    `${chainTo(path, index)} asks for ${name}, which nobody provides`,
    `Add \`{ token: ${name}, useValue: … }\` to the \`providers\` of createFlow, or register it in the container.`,
    path,
  );
}

function undecorated(path: readonly Function[]): FlowError {
  const target = constructorOwner(path[path.length - 1]!);
  return unresolvable(
    `${chainTo(path, 0)} is unknown: the compiler emits parameter types only for decorated classes`,
    `Put \`@injectable()\` on ${target.name}, or provide it in \`providers\`.`,
    path,
  );
}

function circular(path: readonly Function[]): FlowError {
  return unresolvable(
    `The services need each other in a circle: ${chain(path)}`,
    'Break the circle with `@inject(delay(() => Other))` on one of the parameters.',
    path,
  );
}
