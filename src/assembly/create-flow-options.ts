import { FlowError } from '../errors/flow-error.js';
import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import type { MiddlewareRef } from '../events/middleware-ref.js';
import type { InterceptorRef } from '../ports/node-interceptor.js';
import { resolveConcurrency } from '../metadata/class-option.js';
import { isDisposed } from './container/open-container.js';
import { requireTsyringe } from './container/require-tsyringe.js';
import { describeToken } from './container/unresolvable.js';
import type { FlowRecorder } from '../runtime/flow-recorder.js';
import type { ParentContainer } from './container/parent-container.js';
import type { NodeResolver } from '../ports/node-resolver.js';
import type { AnyProvider, CheckedProviders, Provider } from '../ports/provider.js';

/**
 * Options of `createFlow`.
 *
 * @typeParam P - the types of the providers
 */
export interface CreateFlowOptions<P extends readonly AnyProvider[] = readonly Provider[]> {
  /** The tsyringe container that the flow's own container is a child of. @defaultValue tsyringe's global `container` */
  readonly container?: ParentContainer;
  /** Services of this flow only; they win over those of `container`. @defaultValue none */
  readonly providers?: CheckedProviders<P>;
  /** Takes tsyringe's place entirely (NestJS); not together with `container` or `providers`. */
  readonly resolver?: NodeResolver;
  /** Messages at a time of each node where neither `@Node` nor `@Flow` says it. @defaultValue 1 */
  readonly concurrency?: number;
  /** Observers besides those of `@Flow`. @defaultValue none */
  readonly middlewares?: readonly MiddlewareRef[];
  /** Wrapped around each attempt of every node, outside those of `@Flow` and `@Node`. @defaultValue none */
  readonly interceptors?: readonly InterceptorRef[];
  /** Records the runs of the flow and of its playbooks: a `FlowHistory` of `penguiflow/store`. @defaultValue none */
  readonly history?: FlowRecorder;
}

/** The options with their providers checked: the compiler did so where `createFlow` was called. */
export type FlowAssemblyOptions = CreateFlowOptions<readonly AnyProvider[]>;

const OPTIONS = [
  'container',
  'providers',
  'resolver',
  'concurrency',
  'middlewares',
  'interceptors',
  'history',
] as const;
const PROVIDER_KINDS = ['useValue', 'useClass', 'useFactory', 'useToken'] as const;

/**
 * @param owner - `createFlow(Orders)`, for the messages
 * @throws FlowError `INVALID_OPTION`
 */
export function checkCreateFlowOptions(options: FlowAssemblyOptions, owner: string): void {
  rejectUnknownOptions(options, OPTIONS, owner);
  const { container, providers, resolver, middlewares } = options;
  if (resolver !== undefined && !isResolver(resolver)) {
    throw invalidOption('resolver', owner, 'a NodeResolver', resolver);
  }
  if (resolver !== undefined && (container !== undefined || providers !== undefined)) {
    const hint = 'Bind the services where the resolver takes them from.';
    throw invalidOption('resolver', owner, 'alone, without `container` and `providers`', resolver, hint);
  }
  if (container !== undefined && typeof (container as Given<ParentContainer>)?.createChildContainer !== 'function') {
    throw invalidOption('container', owner, 'a tsyringe container', container);
  }
  if (resolver === undefined) checkInUse(container, owner);
  const history: Given<FlowRecorder> | undefined = options.history;
  if (history !== undefined && typeof history?.record !== 'function') {
    throw invalidOption('history', owner, 'a FlowHistory', history);
  }
  resolveConcurrency(options.concurrency, owner);
  checkList('middlewares', middlewares, owner);
  checkList('providers', providers, owner);
  for (const provider of providers ?? []) checkProvider(provider, owner);
}

function checkInUse(container: ParentContainer | undefined, owner: string): void {
  if (!isDisposed(container ?? requireTsyringe().container)) return;
  const hint =
    'Nothing can be asked of it any more, or of one around it. Make a new one: `createChildContainer()` of one that is in use.';
  const given = container === undefined ? "tsyringe's global `container`" : 'the one that was given';
  throw new FlowError('INVALID_OPTION', {
    message: `Expected \`container\` of ${owner} to be in use, and ${given} has been disposed of`,
    metadata: { option: 'container', owner },
    hint,
  });
}

function checkList(option: string, value: unknown, owner: string): void {
  if (value !== undefined && !Array.isArray(value)) throw invalidOption(option, owner, 'an array', value);
}

/** What was given for a `T`, which may lack anything. */
type Given<T> = Partial<Record<keyof T, unknown>> | null | undefined;

function isResolver(given: Given<NodeResolver>): boolean {
  return typeof given?.resolve === 'function' && (given.has === undefined || typeof given.has === 'function');
}

function checkProvider(provider: AnyProvider, owner: string): void {
  const given: unknown = provider;
  const kinds = typeof given === 'object' && given !== null ? PROVIDER_KINDS.filter((kind) => kind in given) : [];
  const [kind] = kinds;
  if (kind === undefined || kinds.length !== 1 || !('token' in provider)) {
    const expected = `a list of { token } with one of ${PROVIDER_KINDS.join(', ')}`;
    throw invalidOption('providers', owner, expected, provider, 'Write `{ token: Service, useValue: service }`.');
  }
  if (!isToken(provider.token)) {
    throw invalidOption('token', `a provider of ${owner}`, TOKEN, provider.token, circleHint(provider.token));
  }
  const bound: unknown = (provider as never)[kind];
  const [expected, fits] = BINDINGS[kind];
  if (fits(bound)) return;
  throw invalidOption(
    kind,
    `the provider of ${describeToken(provider.token)} of ${owner}`,
    expected,
    bound,
    circleHint(bound),
  );
}

const TOKEN = 'a class, a symbol or a non-empty string';

const BINDINGS: Readonly<Record<(typeof PROVIDER_KINDS)[number], readonly [string, (bound: unknown) => boolean]>> = {
  useValue: ['a value', () => true],
  useClass: ['a class', (bound) => typeof bound === 'function'],
  useFactory: ['a function', (bound) => typeof bound === 'function'],
  useToken: [TOKEN, isToken],
};

function isToken(given: unknown): boolean {
  if (typeof given === 'function' || typeof given === 'symbol') return true;
  if (typeof given === 'string') return given !== '';
  // What tsyringe's `delay` makes.
  return typeof (given as { readonly createProxy?: unknown } | null | undefined)?.createProxy === 'function';
}

/** Undefined is what an import gives while its module is not done. */
function circleHint(given: unknown): string | undefined {
  return given === undefined
    ? 'The usual cause is a circle of imports: what is imported is not there yet when this list is made.'
    : undefined;
}
