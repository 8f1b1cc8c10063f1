import type { DependencyContainer } from 'tsyringe';
import { isThenable, toPromise } from '../../message/is-thenable.js';
import { isNodeClass } from '../../metadata/node.js';
import type { Token } from '../../ports/token.js';
import { BuildStack } from './build-stack.js';
import { DependencyWalk } from './dependency-walk.js';
import type { BuiltServices } from './disposal.js';
import { FirstFailure } from './first-failure.js';
import {
  isKeepingFactory,
  isValue,
  openContainer,
  valueOf,
  type OpenContainer,
  type Registration,
  type ResolutionContext,
} from './open-container.js';
import { requireTsyringe } from './require-tsyringe.js';
import { cannotBuild, describeToken, givesPromise, nameOfClass } from './unresolvable.js';

/** Those of a container's methods that a flow has its own way for. */
type Original = Pick<OpenContainer, 'construct' | 'getAllRegistrations' | 'resolve' | 'resolveAll'> & {
  readonly give: OpenContainer['resolveRegistration'];
};

/**
 * The tsyringe container of one flow, a child of the user's. It does what a child does, but for four things: under a token it sees what is
 * registered in both; singletons of the user's are built by the user's container, of the services there; what it builds itself is noted, to be
 * disposed of when the flow stops; and what goes wrong is a `FlowError`.
 */
export class FlowContainer {
  readonly container: OpenContainer;
  readonly #parent: OpenContainer;
  readonly #services: BuiltServices;
  readonly #original: Original;
  readonly #walk: DependencyWalk;
  readonly #failure = new FirstFailure();
  readonly #stack = new BuildStack();
  /** Registrations of the flow; the others are of the containers around it. */
  readonly #own = new WeakSet<Registration>();
  /** Under which token something is registered. */
  readonly #tokens = new WeakMap<Registration, Token>();
  /** Registrations around the flow that have an instance in each container, as this one has them. */
  readonly #scoped = new Map<Registration, Registration>();
  /** Classes of which the flow has one instance of its own. */
  readonly #single = new Map<Token, Registration>();
  /** A factory is running that keeps what is built now, for others too. */
  #isLent = false;

  constructor(parent: DependencyContainer, services: BuiltServices) {
    this.#parent = openContainer(parent);
    this.#services = services;
    const container = openContainer(parent.createChildContainer());
    this.container = container;
    this.#original = {
      construct: container.construct.bind(container),
      getAllRegistrations: container.getAllRegistrations.bind(container),
      give: container.resolveRegistration.bind(container),
      resolve: container.resolve.bind(container),
      resolveAll: container.resolveAll.bind(container),
    };
    this.#walk = new DependencyWalk(container, (registration) => this.#isShared(registration));
    this.#takeOver(container);
  }

  /**
   * Makes a class one per flow, unless somebody shares it on purpose or gives something else under its name. A node is never shared: it
   * works for one flow.
   */
  single(token: Token & Function): void {
    if (this.#single.has(token) || this.#ofFlow(token).length > 0) return;
    const registration = this.#around(token).at(-1);
    const target = registration === undefined ? token : registration.provider.useClass;
    if (typeof target !== 'function') return;
    const { Lifecycle } = requireTsyringe();
    if (registration?.options.lifecycle === Lifecycle.Singleton && !isNodeClass(token)) return;
    const single: Registration = { provider: { useClass: target }, options: { lifecycle: Lifecycle.Singleton } };
    this.#own.add(single);
    this.#single.set(token, single);
  }

  #takeOver(container: OpenContainer): void {
    const { construct, resolve, resolveAll } = this.#original;
    container.getAllRegistrations = (token) => this.#all(token);
    container.getRegistration = (token) => this.#all(token)?.at(-1) ?? null;
    container.resolveRegistration = (registration, context) => this.#give(registration, context);
    container.construct = (target, context) => {
      // What stands in for a delayed class is built when it is used.
      if (typeof target !== 'function') return construct(target, context);
      const service = this.#stack.within(target, nameOfClass(target), () => construct(target, context));
      if (!this.#isLent) this.#services.add(service);
      return service;
    };
    // tsyringe passes more than it publishes.
    container.resolve = ((token: Token, ...rest: []) =>
      this.#enter(token, () => {
        this.#walk.visit(token);
        return resolve(token as never, ...rest);
      })) as OpenContainer['resolve'];
    container.resolveAll = ((token: Token, ...rest: []) =>
      this.#enter(token, () => {
        this.#walk.visitAll(token);
        return resolveAll(token as never, ...rest);
      })) as OpenContainer['resolveAll'];
  }

  /** Whoever asks first, the flow, a factory or a delayed service, hears of a failure in our words. */
  #enter<T>(token: Token, resolve: () => T): T {
    const isOutermost = this.#failure.depth === 0;
    try {
      return this.#failure.watch(resolve);
    } catch (error) {
      throw isOutermost ? cannotBuild(token, error, this.#failure.take(error), this.#parent) : error;
    }
  }

  /** All that is registered under a token, those of the flow last: where one is asked for, the last one is meant. */
  #all(token: Token): readonly Registration[] | null {
    const around = this.#around(token).map((registration) => this.#inThisContainer(registration));
    const single = this.#single.get(token);
    // It stands for the registration that it was made of.
    if (single !== undefined) around.splice(-1, 1, single);
    const all = [...around, ...this.#ofFlow(token)];
    for (const registration of all) this.#tokens.set(registration, token);
    return all.length === 0 ? null : all;
  }

  #around(token: Token): readonly Registration[] {
    return this.#parent.isRegistered(token as never, true) ? (this.#parent.getAllRegistrations(token) ?? []) : [];
  }

  #ofFlow(token: Token): readonly Registration[] {
    if (!this.container.isRegistered(token as never)) return [];
    const around = this.#around(token);
    // A child begins with copies of what is scoped to containers, and of what stands beside it.
    const own = this.#original
      .getAllRegistrations(token)!
      .filter((registration) => !around.some(({ provider }) => provider === registration.provider));
    for (const registration of own) this.#own.add(registration);
    return own;
  }

  #inThisContainer(registration: Registration): Registration {
    if (registration.options.lifecycle !== requireTsyringe().Lifecycle.ContainerScoped) return registration;
    let scoped = this.#scoped.get(registration);
    if (scoped === undefined) {
      scoped = { provider: registration.provider, options: registration.options };
      this.#scoped.set(registration, scoped);
      this.#own.add(scoped);
    }
    return scoped;
  }

  #isShared(registration: Registration): boolean {
    return (
      registration.options.lifecycle === requireTsyringe().Lifecycle.Singleton &&
      !isValue(registration.provider) &&
      !this.#own.has(registration)
    );
  }

  #give(registration: Registration, context: ResolutionContext): unknown {
    const { provider } = registration;
    if (isValue(provider)) return this.#services.lend(valueOf(provider));
    if (this.#isShared(registration)) return this.#services.lend(this.#giveShared(registration));
    return this.#stack.within(registration, describeToken(this.#tokens.get(registration)!), () => {
      const isOwn = this.#own.has(registration);
      const { useFactory } = provider;
      const isLent = isOwn ? false : this.#isLent || (useFactory !== undefined && isKeepingFactory(useFactory));
      const service = this.#building(isLent, () => this.#original.give(registration, context));
      if (useFactory === undefined) return service;
      if (isThenable(service)) {
        // Nobody waits for it, and its failure is not the one to report.
        toPromise(service).catch(() => {});
        throw givesPromise(this.#stack.path);
      }
      return isOwn ? this.#services.add(service) : this.#services.lend(service);
    });
  }

  /** Left to this container, it would be built of the services of this one flow. */
  #giveShared(registration: Registration): unknown {
    const token = this.#tokens.get(registration)!;
    // Asked for by its token where that is possible, so that what the user hung on the container hears of it.
    if (this.#parent.getRegistration(token) === registration) return this.#parent.resolve(token as never);
    return this.#parent.resolveRegistration(registration, { scopedResolutions: new Map() });
  }

  #building<T>(isLent: boolean, build: () => T): T {
    const before = this.#isLent;
    this.#isLent = isLent;
    try {
      return build();
    } finally {
      this.#isLent = before;
    }
  }
}
