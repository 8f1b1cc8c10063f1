import type { DependencyContainer, Lifecycle } from 'tsyringe';
import { FlowError } from '../../errors/flow-error.js';
import type { Token } from '../../ports/token.js';
import type { ParentContainer } from './parent-container.js';
import { requireTsyringe } from './require-tsyringe.js';

/** One `register` of a container; of a singleton tsyringe keeps the instance on it. */
export interface Registration {
  readonly provider: RegisteredProvider;
  readonly options: { readonly lifecycle: Lifecycle };
}

/** What was registered: one of these is there. */
export interface RegisteredProvider {
  readonly useValue?: unknown;
  readonly useClass?: unknown;
  readonly useFactory?: (container: DependencyContainer) => unknown;
  readonly useToken?: Token;
}

/** What the services that are built for one another share. */
export interface ResolutionContext {
  readonly scopedResolutions: Map<Registration, unknown>;
}

/**
 * What a container of tsyringe 4 has beside what it publishes. Without knowing each registration, a flow could neither check them all
 * before it builds anything nor tell what it builds itself from what it shares with others.
 */
export interface OpenContainer extends DependencyContainer {
  getRegistration(token: Token): Registration | null;
  getAllRegistrations(token: Token): readonly Registration[] | null;
  resolveRegistration(registration: Registration, context: ResolutionContext): unknown;
  construct(target: unknown, context: ResolutionContext): unknown;
}

const METHODS = ['getRegistration', 'getAllRegistrations', 'resolveRegistration', 'construct'] as const;

/** @throws FlowError `INVALID_OPTION` for a container that is not made like those of tsyringe 4 */
export function openContainer(container: DependencyContainer): OpenContainer {
  const open = container as OpenContainer;
  const missing = METHODS.filter((method) => typeof open[method] !== 'function');
  if (missing.length === 0) return open;
  throw new FlowError('INVALID_OPTION', {
    message: `The container is none that penguiflow knows: it has no ${missing.join(', ')}`,
    hint: 'Use tsyringe 4.10, or pass a `resolver` of your own to createFlow.',
    metadata: { option: 'container', missing },
  });
}

/** Whether a provider has a value. One of null or undefined tsyringe takes for no provider, but for the class that is to be built. */
export function isValue({ useValue, useClass }: RegisteredProvider): boolean {
  return useValue !== undefined || (typeof useClass === 'object' && useClass !== null && 'useValue' in useClass);
}

/** The value of a provider that has one. */
export function valueOf({ useValue, useClass }: RegisteredProvider): unknown {
  return useValue === undefined ? (useClass as { readonly useValue: unknown }).useValue : useValue;
}

/** Whether nothing can be asked of a container any more: it, or one of those around it, was disposed of. */
export function isDisposed(container: ParentContainer): boolean {
  try {
    container.isRegistered(PROBE, true);
    return false;
  } catch {
    return true;
  }
}

const PROBE = Symbol('probe');

/** tsyringe's factories that keep what they gave for every other container. One is known by its text: they are closures of one function. */
let keeping: ReadonlySet<string> | undefined;

/** Whether a factory is one of tsyringe's that keep what they make. */
export function isKeepingFactory(factory: Function): boolean {
  const { instanceCachingFactory, predicateAwareClassFactory } = requireTsyringe();
  keeping ??= new Set(
    [instanceCachingFactory(() => 0), predicateAwareClassFactory(() => true, Object, Object)].map(textOf),
  );
  return keeping.has(textOf(factory));
}

function textOf(factory: Function): string {
  return Function.prototype.toString.call(factory);
}
