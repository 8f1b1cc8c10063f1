import { Scope } from '@nestjs/common';
import type { ModuleRef, ModulesContainer } from '@nestjs/core';
import { FlowError, getLogger, isNodeClass, LOGGER, type NodeResolver, type Token } from '../index.js';
import { isDurable } from './application-scan.js';
import { requestScopedNode } from './request-scoped-node.js';

/** Says that a provider is not a singleton, so that it takes NestJS a promise to give it. */
export class ScopedProvider extends FlowError {
  constructor(
    readonly token: Token,
    readonly scope: Scope,
  ) {
    super('UNRESOLVABLE_DEPENDENCY', { message: `${nameOf(token)} is not a singleton and has to be awaited` });
  }
}

/**
 * Takes what a flow needs from the providers of the application, whichever module has them, through NestJS's `ModuleRef`.
 * Builds nothing and disposes nothing: NestJS does.
 */
export class NestNodeResolver implements NodeResolver {
  /** What was awaited for this flow. */
  readonly #awaited = new Map<Token, unknown>();

  readonly #moduleRef: ModuleRef;
  readonly #modules: ModulesContainer;
  readonly #flowName: string;

  /** @param flowName - for messages */
  constructor(moduleRef: ModuleRef, modules: ModulesContainer, flowName: string) {
    this.#moduleRef = moduleRef;
    this.#modules = modules;
    this.#flowName = flowName;
  }

  has(token: Token): boolean {
    if (this.#scopeOf(token) === undefined) return false;
    // The module binds `LOGGER` for everybody; for the runtime it counts only when it is not the logger it has anyway.
    return token !== LOGGER || this.resolve(token) !== getLogger();
  }

  /** @throws FlowError `UNRESOLVABLE_DEPENDENCY`; a {@link ScopedProvider} when it has to be awaited first */
  resolve<T>(token: Token<T>): T {
    if (this.#awaited.has(token)) return this.#awaited.get(token) as T;
    const scope = this.#scopeOf(token);
    if (scope === undefined) throw this.#notProvided(token);
    if (scope !== Scope.DEFAULT) throw new ScopedProvider(token, scope);
    return this.#moduleRef.get<T>(token as never, { strict: false });
  }

  /**
   * Gets a provider that is not a singleton: a transient one is made once for this flow, a request-scoped node once for
   * each message.
   * @throws FlowError `UNRESOLVABLE_DEPENDENCY` for another class that is request-scoped
   */
  async awaitScoped({ token, scope }: ScopedProvider): Promise<void> {
    if (scope === Scope.TRANSIENT) {
      this.#awaited.set(token, await this.#moduleRef.resolve(token as never, undefined, { strict: false }));
      return;
    }
    if (!isNodeClass(token)) throw this.#requestScoped(token);
    this.#awaited.set(token, requestScopedNode(this.#moduleRef, token, isDurable(this.#modules, token)));
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  #scopeOf(token: Token): Scope | undefined {
    try {
      return this.#moduleRef.introspect(token as never).scope;
    } catch {
      return undefined;
    }
  }

  #notProvided(token: Token): FlowError {
    const name = nameOf(token);
    return new FlowError('UNRESOLVABLE_DEPENDENCY', {
      message: `Flow ${this.#flowName} needs ${name}, which is no provider of the application`,
      hint: `Add ${name} to the \`providers\` of a module, as flow classes, nodes, middlewares and interceptors all have to be.`,
      metadata: { flow: this.#flowName, provider: name },
    });
  }

  #requestScoped(token: Token): FlowError {
    const name = nameOf(token);
    return new FlowError('UNRESOLVABLE_DEPENDENCY', {
      message: `${name} of flow ${this.#flowName} is request-scoped, by itself or through what it injects`,
      hint: 'Only nodes may be request-scoped. Inject `ModuleRef` and resolve what belongs to a request when it is there.',
      metadata: { flow: this.#flowName, provider: name },
    });
  }
}

function nameOf(token: Token): string {
  if (typeof token === 'function') return token.name;
  if (typeof token === 'symbol') return token.description ?? 'a symbol';
  return typeof token === 'string' ? token : 'a delayed class';
}
