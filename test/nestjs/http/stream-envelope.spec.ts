import { Injectable, Module, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { expect } from 'chai';
import { map, type Observable } from 'rxjs';
import { PenguiFlowModule } from '#src/nestjs/index.js';
import { OrdersModule, ordersApp } from '../support/orders-app.js';
import { ADAPTERS, post, useApps } from '../support/run-app.js';

/** The envelope that many an application puts around every answer. */
@Injectable()
class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data, status: 'ok' })));
  }
}

/** One that cannot bear a stream. */
class Breaks implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => (data as { readonly rows: unknown[] }).rows.length));
  }
}

const silent = { logging: { level: 'silent' } } as const;

@Module({
  imports: [PenguiFlowModule.forRoot(silent), OrdersModule],
  providers: [{ provide: APP_INTERCEPTOR, useClass: Envelope }],
})
class Enveloped {}

const EVENTS =
  /^: .*\n\nevent: chunk\nid: 0\ndata: .*"text":"priced abc".*\n\nevent: result\ndata: \{"sku":"abc","cents":300\}\n\n$/;

for (const adapter of ADAPTERS) {
  describe(`streams behind global interceptors, on ${adapter}`, () => {
    const apps = useApps();

    for (const how of ['useGlobalInterceptors', 'APP_INTERCEPTOR'] as const) {
      it(`R18 an envelope is around results, and not around a stream of events (${how})`, async () => {
        const { url } =
          how === 'APP_INTERCEPTOR'
            ? await apps.start(Enveloped, adapter)
            : await apps.start(ordersApp(silent), adapter, undefined, (app) => {
                app.useGlobalInterceptors(new Envelope());
              });
        const result = await post(`${url}/orders`, { sku: 'abc' });
        expect(await result.json()).to.deep.equal({ data: { sku: 'abc', cents: 300 }, status: 'ok' });
        const stream = await post(`${url}/orders/stream`, { sku: 'abc' });
        expect(stream.status).to.equal(200);
        expect(stream.headers.get('content-type')).to.equal('text/event-stream; charset=utf-8');
        expect(await stream.text()).to.match(EVENTS);
      });
    }

    it('R18 an interceptor that fails on a stream is answered as any that fails', async () => {
      const { url } = await apps.start(ordersApp(silent), adapter, undefined, (app) => {
        app.useGlobalInterceptors(new Breaks());
      });
      const response = await post(`${url}/orders/stream`, { sku: 'abc' });
      expect(response.status).to.equal(500);
      expect(await response.json()).to.deep.equal({ statusCode: 500, message: 'Internal server error' });
    });
  });
}
