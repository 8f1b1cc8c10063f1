import { Inject, Logger as NestLogger, Module, ConsoleLogger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Logger } from 'winston';
import { Flow, FlowLogger, LOGGER, Node, start, type FlowNode, type NodeContext } from '#src/index.js';
import { getFlowToken, PenguiFlowLogger, PenguiFlowModule, type FlowHandle } from '#src/nestjs/index.js';
import { describeOwnLogger } from '../logging/support/own-logger-contract.js';
import { POLICY, running, SECRET, Wait, work, type RunningWay } from '../logging/support/own-logger-ways.js';

/** An application whose flow runs when it is up. */
async function run(logger: Logger): Promise<RunningWay> {
  @Node(POLICY)
  class Work implements FlowNode<string, string> {
    readonly #nest = new NestLogger('Work');

    constructor(@Inject(LOGGER) private readonly log: Logger) {}

    process(payload: string, ctx: NodeContext): string {
      this.#nest.warn('from nest', { password: SECRET });
      return work(payload, ctx, this.log);
    }
  }

  @Flow({ middlewares: [FlowLogger], blockedMs: 0 })
  class Shop {
    readonly graph = start(Work).to(Wait);
  }

  @Module({
    imports: [PenguiFlowModule.forRoot({ logger }), PenguiFlowModule.forFeature([Shop])],
    providers: [Shop, Work, Wait],
  })
  class AppModule {}

  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = await module.createNestApplication({ bufferLogs: true }).init();
  app.useLogger(app.get(PenguiFlowLogger));
  return running(app.get<FlowHandle<typeof Shop>>(getFlowToken(Shop)) as never, () => app.close());
}

describe("a user's own winston logger in NestJS", () => {
  afterEach(() => {
    NestLogger.overrideLogger(new ConsoleLogger());
  });

  describeOwnLogger({ name: 'forRoot({ logger })', kinds: ['event', 'ctx.logger', 'injected', 'nest'], run });
});
