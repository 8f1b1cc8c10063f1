import type { DependencyContainer } from 'tsyringe';
import { FlowError, describeThrown } from '../../errors/flow-error.js';
import { isNodeClass } from '../../metadata/node.js';
import type { NodeResolver } from '../../ports/node-resolver.js';
import packages from '../../packages/packages.cjs';
import type { AnyProvider, ServiceSource } from '../../ports/provider.js';
import type { Token } from '../../ports/token.js';
import { DependencyWalk, describeToken } from './dependency-walk.js';
import { BuiltServices, UNLIMITED, type DisposeFailure, type DisposeTime } from './disposal.js';
import { FirstFailure } from './first-failure.js';
import { peekRegistration } from './tsyringe-peek.js';

/** Options of {@link TsyringeResolver}. */
export interface TsyringeResolverOptions {
  /** @defaultValue tsyringe's global `container` */
  readonly parent?: DependencyContainer | undefined;
  readonly providers?: readonly AnyProvider[] | undefined;
  /** Used where neither `providers` nor the parent bind the token. */
  readonly defaults?: readonly AnyProvider[] | undefined;
  readonly onDisposeFailure: DisposeFailure;
}

/**
 * Takes services from a tsyringe child container of the flow's own. Nodes, and classes nobody registered, are built once
 * per flow; singletons of the parent are built by the parent, from the parent's services, and left alone at the end.
 */
export class TsyringeResolver implements NodeResolver {
  readonly #parent: DependencyContainer;
  /** The flow's own container. */
  readonly container: DependencyContainer;
  readonly #failure: FirstFailure;
  readonly #walk: DependencyWalk;
  readonly #services = new BuiltServices();
  readonly #onDisposeFailure: DisposeFailure;

  constructor(options: TsyringeResolverOptions) {
    this.#parent = options.parent ?? packages.tsyringe.container;
    this.container = this.#parent.createChildContainer();
    this.#failure = new FirstFailure(this.container);
    this.#walk = new DependencyWalk(this.container, {
      onBuilt: (token) => this.container.afterResolution(token as never, (_, service) => this.#services.add(service)),
      // Left to the child, tsyringe would build the parent's singleton from the services of this one flow.
      onShared: (token) =>
        this.container.register(token as never, { useFactory: () => this.#parent.resolve(token as never) }),
    });
    this.#onDisposeFailure = options.onDisposeFailure;
    for (const provider of options.providers ?? []) this.#register(provider);
    for (const provider of options.defaults ?? []) if (!this.has(provider.token)) this.#register(provider);
  }

  has(token: Token): boolean {
    return this.container.isRegistered(token as never, true);
  }

  /** @throws FlowError `UNRESOLVABLE_DEPENDENCY` with what a constructor or factory on the way threw, if it came to that, as `cause` */
  resolve<T>(token: Token<T>): T {
    if (typeof token === 'function') this.#ownClass(token);
    this.#walk.visit(token);
    try {
      return this.container.resolve<T>(token as never);
    } catch (error) {
      const cause = this.#failure.take(error);
      if (FlowError.is(error)) throw error;
      throw new FlowError('UNRESOLVABLE_DEPENDENCY', {
        message: `Cannot build ${describeToken(token)}: ${describeThrown(error)}`,
        hint: 'Read `cause`: a constructor or a factory on the way threw, or the container lacks a service.',
        cause,
      });
    }
  }

  async dispose(): Promise<void> {
    await this.disposeWithin(UNLIMITED);
  }

  /** Disposes what was built while there is time; the class names of the services that take longer. */
  disposeWithin(time: DisposeTime): Promise<readonly string[]> {
    return this.#services.dispose(this.#onDisposeFailure, time);
  }

  #register(provider: AnyProvider): void {
    const token = provider.token as never;
    // tsyringe takes a `useValue` of null for none.
    if ('useValue' in provider && provider.useValue === null)
      this.container.register(token, { useFactory: () => null });
    else if ('useValue' in provider) this.container.register(token, { useValue: provider.useValue });
    else if ('useClass' in provider) this.container.registerSingleton(token, provider.useClass as never);
    else if ('useToken' in provider) {
      this.#rejectRing(provider.token, provider.useToken);
      this.container.register(token, { useToken: provider.useToken as never });
    } else this.container.register(token, { useFactory: this.#once(provider.useFactory) });
  }

  /** tsyringe finds a ring, too, and fails to print its symbols. */
  #rejectRing(token: Token, target: Token): void {
    const path: Token[] = [token];
    for (let at: Token | undefined = target; at !== undefined;) {
      path.push(at);
      if (at === token) throw ringOf(path);
      at = peekRegistration(this.container, at)?.provider.useToken;
    }
  }

  /** tsyringe calls a factory at each resolution; a provider of a flow builds once. */
  #once(factory: (services: ServiceSource) => unknown): () => unknown {
    let built: { readonly service: unknown } | undefined;
    return () => {
      if (built === undefined) {
        built = { service: factory(this) };
        this.#services.add(built.service);
      }
      return built.service;
    };
  }

  /** A class that is asked for by name is one per flow, unless somebody shares it on purpose; a node is never shared. */
  #ownClass(token: Token & Function): void {
    if (this.container.isRegistered(token as never)) return;
    const registration = peekRegistration(this.#parent, token);
    const target = registration === undefined ? token : registration.provider.useClass;
    if (target === undefined || (registration?.singleton === true && !isNodeClass(token))) return;
    this.container.registerSingleton(token as never, target as never);
  }
}

function ringOf(path: readonly Token[]): FlowError {
  const names = path.map(describeToken);
  return new FlowError('UNRESOLVABLE_DEPENDENCY', {
    message: `The providers refer to each other in a circle: ${names.join(' -> ')}`,
    hint: 'Bind one of these tokens with `useValue`, `useClass` or `useFactory`.',
    metadata: { path: names },
  });
}
