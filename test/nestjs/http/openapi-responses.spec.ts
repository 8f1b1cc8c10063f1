import 'reflect-metadata';
import { Controller, Get, HttpCode, Module, Post, SetMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { expect } from 'chai';
import { CallFlow, PenguiFlowModule, StreamFlow } from '#src/nestjs/index.js';
import { Orders, OrdersModule } from '../support/orders-app.js';

class Receipt {}
class Payload {
  readonly sku: string = 'a';
}

/** As `@nestjs/swagger` and its compiler plugin leave it on a method. */
const responses = (all: object): MethodDecorator => SetMetadata('swagger/apiResponse', all);

@Controller()
class Documented {
  @Post()
  @CallFlow(Orders, { response: Receipt })
  create(): Payload {
    return new Payload();
  }

  @HttpCode(202)
  @CallFlow(Orders, { response: [Receipt] })
  @responses({ 202: { type: Payload, description: 'Later.' }, 404: { description: 'None.' } })
  later(): Promise<Payload> {
    return Promise.resolve(new Payload());
  }

  @Get()
  @CallFlow(Orders)
  @responses({ 200: { type: Payload, isArray: false, description: '' } })
  undocumented(): Payload {
    return new Payload();
  }

  @Get()
  @CallFlow(Orders)
  @responses({ 200: { type: Receipt, isArray: true, description: 'Own.' } })
  own(): Payload {
    return new Payload();
  }

  @Post()
  @StreamFlow(Orders)
  @responses({ 201: { type: Payload, description: '' }, 404: { description: 'None.' } })
  stream(): Payload {
    return new Payload();
  }

  @Get()
  @StreamFlow(Orders)
  @responses({ 200: { description: 'Own.', content: { 'text/event-stream': {} } } })
  ownStream(): Payload {
    return new Payload();
  }
}

/** Where `@nestjs/swagger` looks when a document is made, which it is before the application starts. */
describe('what OpenAPI learns of methods that call flows', () => {
  const documented = (name: keyof Documented): unknown =>
    Reflect.getMetadata('swagger/apiResponse', Documented.prototype[name]);
  const events = { 'text/event-stream': { schema: { type: 'string' } } };
  const eventsText = 'Server-Sent Events: `chunk` and `piece` as they come, then `result` or `error`.';

  // Of two applications with one controller the second must find nothing strange.
  before(async () => {
    @Module({
      imports: [PenguiFlowModule.forRoot({ logging: { level: 'silent' } }), OrdersModule],
      controllers: [Documented],
    })
    class App {}
    for (let n = 0; n < 2; n++) await (await Test.createTestingModule({ imports: [App] }).compile()).close();
  });

  const expected: Readonly<Record<keyof Documented, readonly [what: string, responses: object]>> = {
    create: ['`response` is documented at the status of the method', { 201: { description: '', type: Receipt } }],
    later: [
      'a list is one, and takes the place of the payload',
      { 202: { description: 'Later.', type: Receipt, isArray: true }, 404: { description: 'None.' } },
    ],
    undocumented: ['without `response` the payload is not documented', { 200: { description: '' } }],
    own: ['what the method says itself stays', { 200: { description: 'Own.', type: Receipt, isArray: true } }],
    stream: [
      'a stream is text/event-stream, at 200',
      { 200: { description: eventsText, content: events }, 404: { description: 'None.' } },
    ],
    ownStream: [
      'what the method says of a stream stays',
      { 200: { description: 'Own.', content: { 'text/event-stream': {} } } },
    ],
  };
  for (const [name, [what, all]] of Object.entries(expected)) {
    it(what, () => {
      expect(documented(name as keyof Documented)).to.deep.equal(all);
    });
  }
});
