import type { Clock } from '../ports/clock.js';
import type { CorrelationScope, FlowLog } from '../ports/flow-log.js';
import type { FlowTracer } from '../ports/flow-tracer.js';
import type { NodeResolver } from '../ports/node-resolver.js';
import type { AnyProvider, ServiceSource } from '../ports/provider.js';
import type { Token } from '../ports/token.js';
import { CLOCK, CORRELATION, FLOW_LOG, TRACER } from '../ports/tokens.js';

/** The services the runtime itself asks for. */
export interface BuiltInServices {
  readonly clock: Clock;
  readonly log: FlowLog;
  readonly correlation: () => CorrelationScope | undefined;
  readonly tracer: FlowTracer | undefined;
}

/** Takes them from the resolver where somebody bound them, else from the defaults. */
export function builtInServices(resolver: NodeResolver, defaults: readonly AnyProvider[]): BuiltInServices {
  const pick = <T>(token: Token<T>): T => {
    if (resolver.has?.(token) === true) return resolver.resolve(token);
    const provider = defaults.find((candidate) => candidate.token === token);
    return (provider === undefined ? resolver.resolve(token) : build(provider, pick)) as T;
  };
  const tracer = resolver.has?.(TRACER) === true ? resolver.resolve(TRACER) : undefined;
  return { clock: pick(CLOCK), log: pick(FLOW_LOG), correlation: pick(CORRELATION), tracer };
}

/** For resolvers other than tsyringe, which know nothing of the defaults. */
function build(provider: AnyProvider, pick: ServiceSource['resolve']): unknown {
  if ('useValue' in provider) return provider.useValue;
  if ('useClass' in provider) return new provider.useClass();
  if ('useFactory' in provider) return provider.useFactory({ resolve: pick });
  return pick(provider.useToken);
}
