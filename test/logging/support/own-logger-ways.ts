import { inject } from 'tsyringe';
import type { Logger } from 'winston';
import {
  EVENT_LOGGER,
  FlowLogger,
  LOGGER,
  Node,
  start,
  type FlowNode,
  type NodeClass,
  type NodeContext,
} from '#src/index.js';
import type { AnyProvider } from '#src/ports/provider.js';
import type { TestFlow } from '../../support/flows.js';
import { RealFlows, type RealFlowOptions } from './real-flows.js';

/** What every line of the work may carry and must never show. */
export const SECRET = 'Zq9xW7vLm2';

/** Which lines a logger of the user's gets. */
export type Kind = 'event' | 'ctx.logger' | 'injected' | 'nest';

/** A flow on a logger of the user's, by one of the ways to give it one. */
export interface RunningWay {
  /** Gives the code of the failure, or what comes out. */
  call(payload: string, traceId: string): Promise<unknown>;
  stop(): Promise<void>;
}

export interface OwnLoggerWay {
  readonly name: string;
  readonly kinds: readonly Kind[];
  run(logger: Logger): Promise<RunningWay>;
}

/** `retry` fails once, `fail` always. */
export function work(payload: string, ctx: NodeContext, log?: Logger): string {
  ctx.logger.warn('from ctx.logger', { password: SECRET, text: `token=${SECRET}` });
  log?.info('injected', { password: SECRET });
  if (payload === 'fail' || (payload === 'retry' && ctx.attempt === 0)) throw new TypeError(`refused: token=${SECRET}`);
  return payload;
}

export const POLICY = { maxRetries: 1, backoffBaseS: 0.001, name: 'Work' } as const;

/** `late` does not end in time. */
@Node({ timeoutS: 0.05 })
export class Wait implements FlowNode<string, string> {
  process(payload: string, { signal }: NodeContext): string | Promise<string> {
    if (payload !== 'late') return payload;
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(payload));
    });
  }
}

@Node(POLICY)
class InjectedWork implements FlowNode<string, string> {
  constructor(@inject(LOGGER) private readonly log: Logger) {}

  process(payload: string, ctx: NodeContext): string {
    return work(payload, ctx, this.log);
  }
}

@Node(POLICY)
class Work implements FlowNode<string, string> {
  process(payload: string, ctx: NodeContext): string {
    return work(payload, ctx);
  }
}

/** What the handle of a flow is to {@link RunningWay}. */
export function running(flow: Pick<TestFlow, 'call'>, stop: () => Promise<unknown>): RunningWay {
  return {
    call: (payload, traceId) =>
      flow.call(payload, { traceId }).catch((error: unknown) => (error as { readonly code: string }).code),
    stop: async () => void (await stop()),
  };
}

async function run(node: NodeClass<string, string>, options: RealFlowOptions): Promise<RunningWay> {
  const flow = await new RealFlows().run(start(node).to(Wait) as never, options);
  return running(flow, () => flow.stop());
}

const bound = (token: symbol, logger: Logger): RealFlowOptions => ({
  declared: { middlewares: [FlowLogger] },
  made: { providers: [{ token, useValue: logger } as AnyProvider] },
});

/** The ways without NestJS. */
export const WAYS: readonly OwnLoggerWay[] = [
  {
    name: 'bound to LOGGER',
    kinds: ['event', 'ctx.logger', 'injected'],
    run: (logger) => run(InjectedWork, bound(LOGGER, logger)),
  },
  {
    name: 'made by a factory for LOGGER',
    kinds: ['event', 'ctx.logger', 'injected'],
    run: (logger) =>
      run(InjectedWork, {
        declared: { middlewares: [FlowLogger] },
        made: { providers: [{ token: LOGGER, useFactory: () => logger }] },
      }),
  },
  { name: 'bound to EVENT_LOGGER', kinds: ['event'], run: (logger) => run(Work, bound(EVENT_LOGGER, logger)) },
  {
    name: 'given to new FlowLogger(log)',
    kinds: ['event'],
    run: (logger) => run(Work, { declared: { middlewares: [new FlowLogger(logger)] } }),
  },
];
