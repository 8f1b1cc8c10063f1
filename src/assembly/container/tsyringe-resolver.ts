import type { DependencyContainer } from 'tsyringe';
import type { NodeResolver } from '../../ports/node-resolver.js';
import type { AnyProvider, ServiceSource } from '../../ports/provider.js';
import type { Token } from '../../ports/token.js';
import type { ParentContainer } from './parent-container.js';
import { BuiltServices, UNLIMITED, type DisposeFailure, type DisposeTime } from './disposal.js';
import { FlowContainer } from './flow-container.js';
import { requireTsyringe } from './require-tsyringe.js';
import { ring } from './unresolvable.js';

/** Options of {@link TsyringeResolver}. */
export interface TsyringeResolverOptions {
  /** @defaultValue tsyringe's global `container` */
  readonly parent?: ParentContainer | undefined;
  readonly providers?: readonly AnyProvider[] | undefined;
  /** Used where neither `providers` nor the parent bind the token. */
  readonly defaults?: readonly AnyProvider[] | undefined;
  readonly onDisposeFailure: DisposeFailure;
}

/**
 * Takes services from a tsyringe child container of the flow's own. What is asked for here, the flow class, its nodes, middlewares and
 * interceptors, is built once per flow. The rest is as registered, which means for a class that nobody registered: once per consumer.
 */
export class TsyringeResolver implements NodeResolver {
  readonly #flow: FlowContainer;
  readonly #services = new BuiltServices();
  readonly #onDisposeFailure: DisposeFailure;

  constructor(options: TsyringeResolverOptions) {
    // One that is not tsyringe's is found out there.
    const parent = (options.parent ?? requireTsyringe().container) as DependencyContainer;
    this.#flow = new FlowContainer(parent, this.#services);
    this.#onDisposeFailure = options.onDisposeFailure;
    for (const provider of options.providers ?? []) this.#register(provider);
    for (const provider of options.defaults ?? []) if (!this.has(provider.token)) this.#register(provider);
  }

  /** The flow's own container. */
  get container(): DependencyContainer {
    return this.#flow.container;
  }

  has(token: Token): boolean {
    return this.container.isRegistered(token as never, true);
  }

  /** Announces classes that will be asked for, so that whoever needs one of them before gets the same. */
  keepOne(classes: readonly (Token & Function)[]): void {
    for (const token of classes) this.#flow.single(token);
  }

  /** @throws FlowError `UNRESOLVABLE_DEPENDENCY` with what a constructor or factory on the way threw, if it came to that, as `cause` */
  resolve<T>(token: Token<T>): T {
    if (typeof token === 'function') this.#flow.single(token);
    return this.container.resolve<T>(token as never);
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
    if ('useValue' in provider) this.container.register(token, { useValue: provider.useValue });
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
      if (path.includes(at)) throw ring([...path.slice(path.indexOf(at)), at]);
      path.push(at);
      at = this.#flow.container.getRegistration(at)?.provider.useToken;
    }
  }

  /** tsyringe calls a factory at each resolution; a provider of a flow builds once. */
  #once(factory: (services: ServiceSource) => unknown): () => unknown {
    const services: ServiceSource = { resolve: (token) => this.container.resolve(token as never) };
    let built: { readonly service: unknown } | undefined;
    return () => (built ??= { service: factory(services) }).service;
  }
}
