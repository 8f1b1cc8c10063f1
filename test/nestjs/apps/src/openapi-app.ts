// An application with an OpenAPI document. It is compiled with the compiler plugin of @nestjs/swagger and without.
import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Module, Post, Query, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiCreatedResponse, ApiNotFoundResponse, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { CallFlow, PenguiFlowLogger, PenguiFlowModule, StreamFlow } from 'penguiflow/nestjs';
import { Order, Receipt } from './openapi-models.js';
import { Orders, ORDERS, type OrderInput } from './orders.js';

@Controller('orders')
class OrdersController {
  @Post()
  @CallFlow(Orders, { response: Receipt })
  create(@Body() order: Order): Order {
    return order;
  }

  /** Takes an order, later. */
  @CallFlow(Orders, { response: [Receipt] })
  @HttpCode(202)
  @Post('later')
  @ApiNotFoundResponse({ description: 'No such sku.' })
  async later(@Body() order: Order): Promise<Order> {
    return Promise.resolve(order);
  }

  @Post('undocumented')
  @CallFlow(Orders)
  undocumented(@Body() order: Order): Order {
    return order;
  }

  @Post('undocumented-promise')
  @CallFlow(Orders)
  async undocumentedPromise(@Body() order: Order): Promise<Order> {
    return Promise.resolve(order);
  }

  @Post('own')
  @CallFlow(Orders)
  @ApiCreatedResponse({ type: Receipt, description: 'Priced.' })
  own(@Body() order: Order): Order {
    return order;
  }

  @Post('stream')
  @StreamFlow(Orders)
  stream(@Body() order: Order): Order {
    return order;
  }

  @Get('stream')
  @StreamFlow(Orders)
  streamed(@Query('sku') sku: string): OrderInput {
    return { sku };
  }

  @Get('plain')
  plain(): Receipt {
    return { sku: 'plain', cents: 1 };
  }
}

@Module({
  imports: [PenguiFlowModule.forRoot({ logging: { level: 'silent' } }), PenguiFlowModule.forFeature([Orders])],
  controllers: [OrdersController],
  providers: [...ORDERS],
})
class AppModule {}

export interface OpenapiApp {
  readonly app: INestApplication;
  readonly url: string;
}

export async function startOpenapiApp(adapter: 'express' | 'fastify'): Promise<OpenapiApp> {
  const options = { bufferLogs: true, abortOnError: false, forceCloseConnections: true };
  const app =
    adapter === 'fastify'
      ? await NestFactory.create(AppModule, new FastifyAdapter({ forceCloseConnections: true }), options)
      : await NestFactory.create(AppModule, options);
  app.useLogger(app.get(PenguiFlowLogger));
  const document = SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Orders').build());
  SwaggerModule.setup('api', app, document);
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}
