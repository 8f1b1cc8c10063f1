import { Body, Controller, Module, Post } from '@nestjs/common';
import { expect } from 'chai';
import { FlowError, type EmitOptions } from '#src/index.js';
import { CallFlow, FlowRequest, PenguiFlowModule, StreamFlow } from '#src/nestjs/index.js';
import { thrownBy } from '../../support/thrown-by.js';
import { Orders, OrdersModule, type Order } from '../support/orders-app.js';
import { ADAPTERS, post, useApps } from '../support/run-app.js';

const options = {
  tenant: (request: unknown) =>
    (request as { readonly headers: Readonly<Record<string, string | undefined>> }).headers['x-tenant'],
};

@Controller()
class Tenants {
  @Post('call')
  @CallFlow(Orders, options)
  call(@Body() order: Order): Order {
    return order;
  }

  @Post('stream')
  @StreamFlow(Orders, options)
  stream(@Body() order: Order): Order {
    return order;
  }

  @Post('by-hand')
  byHand(@FlowRequest(options) request: EmitOptions): { tenant: string | undefined } {
    return { tenant: request.tenant };
  }
}

@Module({
  imports: [
    PenguiFlowModule.forRoot({ logging: { level: 'silent' } }),
    OrdersModule,
    PenguiFlowModule.forFeature([Orders]),
  ],
  controllers: [Tenants],
})
class TenantsApp {}

for (const adapter of ADAPTERS) {
  describe(`tenants of requests, on ${adapter}`, () => {
    const apps = useApps();

    for (const route of ['call', 'stream', 'by-hand']) {
      it(`what is no tenant is a 400 that names the code and the trace (${route})`, async () => {
        const { url } = await apps.start(TenantsApp, adapter);
        for (const tenant of ['', 'x'.repeat(129), 'x'.repeat(8000), 'tab\there', 'soft\u00ADhyphen']) {
          const headers = { 'x-tenant': tenant, 'x-request-id': 'r-1' };
          const response = await post(`${url}/${route}`, { sku: 'a' }, { headers });
          expect(response.status, JSON.stringify(tenant.slice(0, 20))).to.equal(400);
          expect(await response.json()).to.deep.equal({
            statusCode: 400,
            code: 'INVALID_OPTION',
            message: 'The request is not valid.',
            traceId: 'r-1',
          });
        }
      });
    }

    it('what is one, or none at all, is let through', async () => {
      const { url } = await apps.start(TenantsApp, adapter);
      for (const tenant of ['acme', 'Acme & Sons, Ltd.', 'x'.repeat(128)]) {
        const response = await post(`${url}/by-hand`, {}, { headers: { 'x-tenant': tenant } });
        expect(await response.json()).to.deep.equal({ tenant });
      }
      expect((await post(`${url}/call`, { sku: 'a' })).status).to.equal(201);
    });
  });
}

it('a fixed tenant that is none is refused while the decorator runs', () => {
  const error = thrownBy(() => CallFlow(Orders, { tenant: '' }));
  expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
  expect(error.message).to.include('`tenant` of @CallFlow(Orders)');
});
