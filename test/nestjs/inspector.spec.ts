import {
  Controller,
  Get,
  Module,
  UnauthorizedException,
  VersioningType,
  type CanActivate,
  type INestApplication,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { expect } from 'chai';
import helmet from 'helmet';
import { Flow, Node, start, type FlowNode } from '#src/index.js';
import type { RunList } from '#src/inspector/api.js';
import { getFlowToken, PenguiFlowModule, type FlowHandle, type ModuleInspectorOptions } from '#src/nestjs/index.js';
import { FlowHistory, memoryStore } from '#src/store/index.js';
import { openStream } from '../inspector/support/event-stream.js';
import { ask, post, TOKEN } from '../inspector/support/inspectors.js';
import { failureOf } from '../support/settling.js';
import { ADAPTERS, AppRunner } from './support/run-app.js';

@Node()
class Fail implements FlowNode<string, string> {
  process(name: string): string {
    if (name === 'eve') throw new Error('not eve');
    return `hello ${name}`;
  }
}
@Flow({ name: 'nest-inspected' })
class Greetings {
  readonly graph = start(Fail);
}

@Controller('orders')
class OrdersController {
  @Get()
  list(): string {
    return 'orders';
  }
}

class Closed implements CanActivate {
  canActivate(): boolean {
    throw new UnauthorizedException();
  }
}

function appWith(inspector: ModuleInspectorOptions | undefined, history?: FlowHistory) {
  const options = {
    ...(inspector === undefined ? {} : { inspector }),
    ...(history === undefined ? {} : { history }),
    drainS: 5,
  };
  @Module({
    imports: [PenguiFlowModule.forRoot(options), PenguiFlowModule.forFeature([Greetings])],
    controllers: [OrdersController],
    providers: [Greetings, Fail],
  })
  class App {}
  return App;
}

describe('PenguiFlowModule.forRoot({ inspector })', () => {
  const runner = new AppRunner();

  afterEach(() => runner.closeAll());

  for (const adapter of ADAPTERS) {
    it(`I16 ${adapter}: serves it outside of prefix, versions, pipes and guards, and shows every flow from its first run`, async () => {
      const inspector: ModuleInspectorOptions = { path: '/_penguiflow', token: TOKEN, actions: ['cancel', 'replay'] };
      const { app, url } = await runner.start(appWith(inspector), adapter, undefined, (made: INestApplication) => {
        made.setGlobalPrefix('api');
        made.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
        made.useGlobalGuards(new Closed());
        if (adapter === 'express') made.use(helmet());
      });
      const flow = app.get<FlowHandle<typeof Greetings>>(getFlowToken(Greetings));
      await flow.call('eve', { traceId: 'order-17' }).catch(() => {});
      expect((await ask(`${url}/api/v1/orders`)).status).to.equal(401);
      expect((await ask(`${url}/api/_penguiflow/api/hello`)).status).to.equal(404);
      const base = `${url}/_penguiflow`;
      expect((await ask(`${base}/api/hello`, { token: false })).status).to.equal(401);
      expect((await ask(`${base}/api/hello`)).json).to.deep.include({ flows: ['nest-inspected'], history: 'memory' });
      const unslashed = await ask(base, { token: false });
      expect([unslashed.status, unslashed.headers.location]).to.deep.equal([308, './_penguiflow/']);
      expect((await ask(`${base}/`, { token: false })).headers['content-security-policy']).to.include(
        "default-src 'none'",
      );
      const { runs } = (await ask(`${base}/api/runs`)).json as RunList;
      expect(runs.map(({ traceId, errorNode }) => [traceId, errorNode])).to.deep.equal([['order-17', 'Fail']]);
      const replayed = await post(`${base}/api/replay`, { run: runs[0]?.id, from: 'failed' });
      expect(replayed.json).to.have.nested.property('run.replayOf', runs[0]?.id);
    });

    it(`I16 ${adapter}: a shutdown does not wait for those who look on`, async () => {
      const history = new FlowHistory(memoryStore());
      // With `forceCloseConnections` the server would wait for nobody.
      const made = await Test.createTestingModule({
        imports: [appWith({ path: '/tools/flows', token: TOKEN }, history)],
      }).compile();
      const app =
        adapter === 'fastify' ? made.createNestApplication(new FastifyAdapter()) : made.createNestApplication();
      await app.listen(0, '127.0.0.1');
      const url = await app.getUrl();
      const stream = await openStream(`${url}/tools/flows/api/stream`);
      await stream.until(() => stream.of('snapshot').length > 0);
      expect((await ask(`${url}/tools/flows/api/hello`)).json).to.include({ history: 'store' });
      const beganMs = performance.now();
      await app.close();
      await stream.until(() => stream.isOver);
      expect(performance.now() - beganMs).to.be.lessThan(4_000);
    });
  }

  it('I6 comes up only when it is safe, and with a path', async () => {
    const open = failureOf(runner.start(appWith({ path: '/_penguiflow' })));
    expect((await open).code).to.equal('INSPECTOR_UNSAFE');
    for (const path of ['', '/', '_penguiflow', '/a/', '/a?b']) {
      const error = await failureOf(runner.start(appWith({ path, token: TOKEN })));
      expect([path, error.code, error.metadata['option']]).to.deep.equal([path, 'INVALID_OPTION', 'inspector']);
    }
    const unknown = await failureOf(runner.start(appWith({ path: '/a', token: TOKEN, tokens: [] } as never)));
    expect(unknown.metadata['option']).to.equal('tokens');
  });
});
