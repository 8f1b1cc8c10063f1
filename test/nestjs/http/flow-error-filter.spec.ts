import {
  Body,
  Catch,
  Controller,
  Module,
  Post,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
  type Provider,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import {
  FlowErrorFilter,
  getFlowToken,
  InjectFlow,
  PenguiFlowModule,
  type FlowErrorBody,
  type FlowHandle,
} from '#src/nestjs/index.js';
import { Orders, OrdersModule, ordersApp, type Order, type Priced } from '../support/orders-app.js';
import { ADAPTERS, post, useApps } from '../support/run-app.js';

const silent = { logging: { level: 'silent' } } as const;

@Controller('filtered')
class Filtered {
  constructor(@InjectFlow(Orders) private readonly orders: FlowHandle<typeof Orders>) {}

  @Post()
  @UseFilters(FlowErrorFilter)
  filtered(@Body() order: Order): Promise<Priced> {
    return this.orders.call(order);
  }
}

/** Answers everything. */
@Catch()
class Everything implements ExceptionFilter {
  catch(_error: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<{ status(code: number): { send(body: unknown): void } }>().status(418).send({});
  }
}

function appWith(...providers: Provider[]): new () => object {
  @Module({
    imports: [PenguiFlowModule.forRoot(silent), OrdersModule, PenguiFlowModule.forFeature([Orders])],
    controllers: [Filtered],
    providers,
  })
  class App {}
  return App;
}

for (const adapter of ADAPTERS) {
  describe(`FlowErrorFilter that NestJS builds, on ${adapter}`, () => {
    const apps = useApps();
    const filter = { provide: APP_FILTER, useClass: FlowErrorFilter };
    const everything = { provide: APP_FILTER, useClass: Everything };

    it('is one of @UseFilters', async () => {
      const { url } = await apps.start(appWith(), adapter);
      const response = await post(`${url}/filtered`, { sku: 'broken' }, { headers: { 'x-request-id': 'r-1' } });
      expect(response.status).to.equal(502);
      expect(((await response.json()) as FlowErrorBody).code).to.equal('NODE_EXCEPTION');
    });

    it('is one of APP_FILTER, by class', async () => {
      const { url } = await apps.start(appWith(filter), adapter);
      expect((await post(`${url}/orders/by-hand`, { sku: 'broken' })).status).to.equal(502);
    });

    const orders: readonly (readonly [string, Provider[], number])[] = [
      ['is asked before a catch-all filter that is registered earlier', [everything, filter], 502],
      ['is not asked where a catch-all filter is registered later', [filter, everything], 418],
    ];
    for (const [title, filters, status] of orders) {
      it(title, async () => {
        const { url } = await apps.start(appWith(...filters), adapter);
        expect((await post(`${url}/orders/by-hand`, { sku: 'broken' })).status).to.equal(status);
        // That of a method is asked before all of them.
        expect((await post(`${url}/filtered`, { sku: 'broken' })).status).to.equal(502);
      });
    }
  });

  describe(`bodies of failures, on ${adapter}`, () => {
    const apps = useApps();
    const headers = { 'x-request-id': 'r-9' };

    it('FLOW_STOPPED has the trace id of the request: called, by hand, and as an event of a stream', async () => {
      const { app, url } = await apps.start(ordersApp(silent), adapter, undefined, (created) =>
        created.useGlobalFilters(new FlowErrorFilter()),
      );
      await app.get<FlowHandle<typeof Orders>>(getFlowToken(Orders), { strict: false }).stop();
      for (const route of ['orders', 'orders/by-hand']) {
        const response = await post(`${url}/${route}`, { sku: 'a' }, { headers });
        expect(response.status).to.equal(503);
        expect(await response.json()).to.include({ code: 'FLOW_STOPPED', traceId: 'r-9' });
      }
      const events = await (await post(`${url}/orders/stream`, { sku: 'a' }, { headers })).text();
      const [, data] = /event: error\ndata: (.*)\n/.exec(events)!;
      expect(JSON.parse(data!)).to.include({ code: 'FLOW_STOPPED', traceId: 'r-9' });
    });
  });
}

describe('FlowErrorFilter in contexts that it does not know', () => {
  it('returns the exception, and throws nothing', () => {
    const host = { getType: () => 'bot' } as unknown as ArgumentsHost;
    const error = new FlowError('NODE_EXCEPTION', { message: 'secret', cause: new TypeError('secret'), traceId: 't' });
    const answer = new FlowErrorFilter().catch(error, host) as { getResponse(): unknown };
    expect(answer).to.be.instanceOf(Error);
    expect(answer.getResponse()).to.deep.equal({
      statusCode: 502,
      code: 'NODE_EXCEPTION',
      message: 'A step of the work failed.',
      traceId: 't',
    });
  });
});
