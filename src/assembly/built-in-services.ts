import { invalidOption } from '../errors/option-error.js';
import type { Clock } from '../ports/clock.js';
import type { CorrelationScope, FlowLog } from '../ports/flow-log.js';
import type { FlowTracer } from '../ports/flow-tracer.js';
import type { NodeResolver } from '../ports/node-resolver.js';
import type { AnyProvider, ServiceSource } from '../ports/provider.js';
import type { Token } from '../ports/token.js';
import { mapTracers } from './combine-tracers.js';
import { GuardedTracer } from './guarded-tracer.js';
import { CLOCK, CORRELATION, FLOW_LOG, TRACER } from '../ports/tokens.js';

/** The services the runtime itself asks for. */
export interface BuiltInServices {
  readonly clock: Clock;
  readonly log: FlowLog;
  readonly correlation: () => CorrelationScope | undefined;
  readonly tracer: FlowTracer | undefined;
}

const OWNER = 'createFlow()';
const CLOCK_METHODS: readonly (keyof Clock)[] = ['now', 'monotonic', 'stamp', 'setTimer'];
const LOG_METHODS: readonly (keyof FlowLog)[] = ['isLevelEnabled', 'write', 'flush'];

/**
 * Takes them from the resolver where somebody bound them, else from the defaults.
 * @throws FlowError `INVALID_OPTION` for one that lacks what the runtime calls
 */
export function builtInServices(resolver: NodeResolver, defaults: readonly AnyProvider[]): BuiltInServices {
  const pick = <T>(token: Token<T>): T => {
    if (resolver.has?.(token) === true) return resolver.resolve(token);
    const provider = defaults.find((candidate) => candidate.token === token);
    return (provider === undefined ? resolver.resolve(token) : build(provider, pick)) as T;
  };
  const clock = pick(CLOCK);
  checkMethods('CLOCK', clock, 'a Clock', CLOCK_METHODS);
  const log = pick(FLOW_LOG);
  checkMethods('FLOW_LOG', log, 'a FlowLog', LOG_METHODS);
  const correlation = pick(CORRELATION);
  if (typeof correlation !== 'function') {
    const hint = 'Bind a function that returns the CorrelationScope of the moment, or undefined.';
    throw invalidOption('CORRELATION', OWNER, 'a function', correlation, hint);
  }
  const tracer = resolver.has?.(TRACER) === true ? resolver.resolve(TRACER) : undefined;
  if (tracer !== undefined) checkMethods('TRACER', tracer, 'a FlowTracer', ['startTrace']);
  const guard = (one: FlowTracer): FlowTracer => new GuardedTracer(one, log);
  return { clock, log, correlation, tracer: tracer === undefined ? undefined : mapTracers(tracer, guard) };
}

function checkMethods(token: string, service: unknown, expected: string, methods: readonly string[]): void {
  const given = service as Readonly<Record<string, unknown>> | null | undefined;
  const missing = methods.filter((method) => typeof given?.[method] !== 'function');
  if (missing.length === 0) return;
  const lacks = missing.map((method) => `\`${method}()\``).join(', ');
  throw invalidOption(token, OWNER, expected, service, `What is bound to ${token} lacks ${lacks}.`);
}

/** For resolvers other than tsyringe, which know nothing of the defaults. */
function build(provider: AnyProvider, pick: ServiceSource['resolve']): unknown {
  if ('useValue' in provider) return provider.useValue;
  if ('useClass' in provider) return new provider.useClass();
  if ('useFactory' in provider) return provider.useFactory({ resolve: pick });
  return pick(provider.useToken);
}
