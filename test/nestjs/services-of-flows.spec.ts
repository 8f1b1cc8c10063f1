import { Inject, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { expect } from 'chai';
import {
  CLOCK,
  Flow,
  FlowLogger,
  LOGGER,
  Middleware,
  Node,
  OnFlowEvent,
  start,
  type FlowEvent,
  type FlowNode,
  type NextInvocation,
  type NodeContext,
  type NodeInterceptor,
  type NodeInvocation,
} from '#src/index.js';
import { getFlowToken, PenguiFlowModule, type FlowHandle } from '#src/nestjs/index.js';
import { ManualClock } from '#src/testing/index.js';
import type { Logger } from 'winston';
import { plainWinston } from '../support/line-catcher.js';

/** A service of the application that everything below shares. */
@Injectable()
class Diary {
  readonly entries: string[] = [];
}

@Middleware()
class Watcher {
  constructor(private readonly diary: Diary) {}

  @OnFlowEvent('node_success')
  on({ nodeName }: FlowEvent): void {
    this.diary.entries.push(`${nodeName} done`);
  }
}

@Injectable()
class Around implements NodeInterceptor {
  constructor(private readonly diary: Diary) {}

  intercept({ nodeName }: NodeInvocation, next: NextInvocation): Promise<unknown> {
    this.diary.entries.push(`around ${nodeName}`);
    return next();
  }
}

@Node()
class Write implements FlowNode<string, string> {
  constructor(
    private readonly diary: Diary,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  process(text: string, ctx: NodeContext): string {
    this.logger.info('by hand');
    ctx.logger.info('by context');
    this.diary.entries.push(`wrote ${text}`);
    return text;
  }
}

@Flow({ middlewares: [Watcher], interceptors: [Around] })
class Diaries {
  readonly graph = start(Write);
}

const OWN_LOGGER = Symbol('own-logger');

describe('penguiflow/nestjs: the services of a flow', () => {
  it('middlewares and interceptors are providers like nodes: one instance, injected like any other', async () => {
    @Module({
      imports: [PenguiFlowModule.forRoot(), PenguiFlowModule.forFeature([Diaries])],
      providers: [Diaries, Write, Watcher, Around, Diary],
    })
    class App {}
    const module = await Test.createTestingModule({ imports: [App] }).compile();
    await module.init();
    await module.get<FlowHandle<typeof Diaries>>(getFlowToken(Diaries), { strict: false }).call('page');
    const { entries } = module.get(Diary, { strict: false });
    expect(entries).to.deep.equal(['around Write', 'wrote page', 'Write done']);
    await module.close();
  });

  it('those that the module lists apply to every flow', async () => {
    @Flow({ name: 'plain-diaries' })
    class PlainDiaries {
      readonly graph = start(Write);
    }
    @Module({
      imports: [
        PenguiFlowModule.forRoot({ middlewares: [Watcher], interceptors: [Around] }),
        PenguiFlowModule.forFeature([PlainDiaries]),
      ],
      providers: [PlainDiaries, Write, Watcher, Around, Diary],
    })
    class App {}
    const module = await Test.createTestingModule({ imports: [App] }).compile();
    await module.init();
    await module.get<FlowHandle<typeof PlainDiaries>>(getFlowToken(PlainDiaries), { strict: false }).call('page');
    expect(module.get(Diary, { strict: false }).entries).to.have.length(3);
    await module.close();
  });

  it("R26 a logger of one's own gets every line: of services, of `ctx.logger`, of events, each with its trace id", async () => {
    const { logger, caught } = plainWinston();
    @Module({ providers: [{ provide: OWN_LOGGER, useValue: logger }], exports: [OWN_LOGGER] })
    class LoggerModule {}
    @Module({
      imports: [
        PenguiFlowModule.forRootAsync({
          imports: [LoggerModule],
          inject: [OWN_LOGGER],
          useFactory: (own: Logger) => ({
            logger: own,
            middlewares: [FlowLogger],
            flowLogger: { levels: { node_start: 'off', trace_start: 'off', trace_end: 'off' } },
          }),
        }),
        PenguiFlowModule.forFeature([Diaries]),
      ],
      providers: [Diaries, Write, Watcher, Around, Diary],
    })
    class App {}
    const module = await Test.createTestingModule({ imports: [App] }).compile();
    await module.init();
    const diaries = module.get<FlowHandle<typeof Diaries>>(getFlowToken(Diaries), { strict: false });
    await diaries.call('page', { traceId: 't-1' });
    await module.close();
    expect(caught.json.map(({ message, trace_id }) => [message, trace_id])).to.deep.equal([
      ['by hand', 't-1'],
      ['by context', 't-1'],
      ['node_success', 't-1'],
    ]);
  });

  it('what the runtime itself asks for may be a provider, too', async () => {
    const clock = new ManualClock();
    @Module({
      imports: [PenguiFlowModule.forRoot(), PenguiFlowModule.forFeature([Diaries])],
      providers: [Diaries, Write, Watcher, Around, Diary, { provide: CLOCK, useValue: clock }],
    })
    class App {}
    const module = await Test.createTestingModule({ imports: [App] }).compile();
    await module.init();
    const diaries = module.get<FlowHandle<typeof Diaries>>(getFlowToken(Diaries), { strict: false });
    const seen: number[] = [];
    diaries.on('node_success', ({ ts }) => void seen.push(ts));
    await diaries.call('page');
    expect(seen).to.deep.equal([clock.now() / 1000]);
    const closed = module.close();
    await clock.advance(20_000);
    await closed;
  });
});
