import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { expect } from 'chai';
import { CLOCK, Flow, Node, start, type FlowNode, type NodeContext } from '#src/index.js';
import { PenguiFlowModule, StreamFlow } from '#src/nestjs/index.js';
import { ManualClock } from '#src/testing/index.js';
import { deferred, type Deferred } from '../../support/deferred.js';
import { Desk, ordersApp } from '../support/orders-app.js';
import { ADAPTERS, post, useApps } from '../support/run-app.js';

interface Flood {
  readonly chunks: number;
}

let sent = 0;
let release = (): void => {};
let stopped: Deferred<string> = deferred<string>();

@Node()
class Pour implements FlowNode<Flood, string> {
  async process({ chunks }: Flood, ctx: NodeContext): Promise<string> {
    ctx.signal.addEventListener('abort', () => stopped.resolve('aborted'));
    const text = 'x'.repeat(16 * 1024);
    for (sent = 0; sent < chunks; sent++) await ctx.emitChunk(text);
    stopped.resolve('done');
    return 'done';
  }
}

@Flow()
class Floods {
  readonly graph = start(Pour);
}

@Node()
class Silence implements FlowNode<Flood, string> {
  async process(_: Flood, ctx: NodeContext): Promise<string> {
    return new Promise((resolve) => {
      ctx.signal.addEventListener('abort', () => stopped.resolve('aborted'));
      release = () => resolve('spoken');
    });
  }
}

@Flow()
class Silent {
  readonly graph = start(Silence);
}

@Node()
class Unprintable implements FlowNode<Flood, { readonly big: bigint }> {
  process = (): { readonly big: bigint } => ({ big: 1n });
}

@Flow()
class Unprintables {
  readonly graph = start(Unprintable);
}

@Controller('floods')
class FloodsController {
  @Post()
  @StreamFlow(Floods)
  pour(@Body() flood: Flood): Flood {
    return flood;
  }

  @Post('silent')
  @StreamFlow(Silent, { heartbeatS: 0.02 })
  silent(@Body() flood: Flood): Flood {
    return flood;
  }

  @Post('unprintable')
  @StreamFlow(Unprintables)
  unprintable(@Body() flood: Flood): Flood {
    return flood;
  }
}

@Module({
  imports: [PenguiFlowModule.forRoot({ drainS: 0 }), PenguiFlowModule.forFeature([Floods, Silent, Unprintables])],
  controllers: [FloodsController],
  providers: [Floods, Pour, Silent, Silence, Unprintables, Unprintable],
})
class FloodsModule {}

/** What the tests of a client that never reads go by. */
const clock = new ManualClock();

@Controller('floods')
class StalledController {
  @Post()
  @StreamFlow(Floods)
  pour(@Body() flood: Flood): Flood {
    return flood;
  }
}

@Module({
  imports: [PenguiFlowModule.forRoot({ drainS: 0 }), PenguiFlowModule.forFeature([Floods])],
  controllers: [StalledController],
  providers: [Floods, Pour, { provide: CLOCK, useValue: clock }],
})
class StalledModule {}

/** Posts, and hands the response out before anything of it is read. */
function open(url: string, body: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    httpRequest(url, { method: 'POST', headers, agent: false }, resolve).on('error', reject).end(JSON.stringify(body));
  });
}

/** Resolves when the number of chunks that were sent has stood still for a while: the senders wait for room. */
async function standstill(): Promise<number> {
  let last = -1;
  for (let same = 0; same < 5;) {
    await delay(20);
    same = sent === last && sent > 0 ? same + 1 : 0;
    last = sent;
  }
  return last;
}

for (const adapter of ADAPTERS) {
  describe(`penguiflow/nestjs: Server-Sent Events on ${adapter}`, () => {
    const apps = useApps();
    beforeEach(() => {
      stopped = deferred<string>();
    });

    it('sends each chunk as an event, and the result as the last one', async () => {
      const { url } = await apps.start(ordersApp(), adapter);
      const response = await post(`${url}/orders/stream`, { sku: 'abc' }, { headers: { 'x-request-id': 's-1' } });
      expect(response.status).to.equal(200);
      expect(response.headers.get('content-type')).to.equal('text/event-stream; charset=utf-8');
      expect(response.headers.get('cache-control')).to.equal('no-cache, no-transform');
      const [comment, chunk, result] = (await response.text()).split('\n\n');
      expect(comment).to.equal(': s-1');
      expect(chunk).to.equal(
        'event: chunk\nid: 0\ndata: {"stream_id":"s-1","seq":0,"text":"priced abc","done":false,"meta":{}}',
      );
      expect(result).to.equal('event: result\ndata: {"sku":"abc","cents":300}');
    });

    it('a failure is the last event, with the body that @CallFlow answers with', async () => {
      const { url } = await apps.start(ordersApp(), adapter);
      const response = await post(`${url}/orders/stream`, { sku: 'broken' }, { headers: { 'x-request-id': 's-2' } });
      const events = (await response.text()).trimEnd().split('\n\n');
      expect(events.at(-1)).to.equal(
        'event: error\ndata: {"statusCode":502,"code":"NODE_EXCEPTION","message":"A step of the work failed.","traceId":"s-2"}',
      );
    });

    it('R16 a client that leaves the stream cancels its trace', async () => {
      const { app, url } = await apps.start(ordersApp(), adapter);
      const response = await open(`${url}/orders/stream`, { sku: 'a', wait: true });
      const ctx = await app.get(Desk).arrived.promise;
      response.destroy();
      await app.get(Desk).left.promise;
      expect(ctx.signal.aborted).to.equal(true);
    });

    it('R18 a client that does not read stops the node that sends, and only when it goes on does the node', async () => {
      const { url } = await apps.start(FloodsModule, adapter);
      const chunks = 4000;
      const response = await open(`${url}/floods`, { chunks });
      const ahead = await standstill();
      expect(ahead).to.be.lessThan(chunks / 2);
      let bytes = 0;
      for await (const piece of response) bytes += (piece as Buffer).length;
      expect(await stopped.promise).to.equal('done');
      expect(bytes).to.be.greaterThan(chunks * 16 * 1024);
    });

    it('R18 a client that reads nothing for half a minute ends its run, and finds that at the end', async () => {
      const { url } = await apps.start(StalledModule, adapter);
      const response = await open(`${url}/floods`, { chunks: 4000 });
      await standstill();
      await clock.advance(32_000);
      expect(await stopped.promise).to.equal('aborted');
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece as Buffer);
      expect(Buffer.concat(pieces).toString().trimEnd().split('\n\n').at(-1)).to.match(
        /^event: error\ndata: \{"statusCode":503,"code":"READER_STALLED",/,
      );
    });

    it('a stream that is silent sends comments, and stays silent otherwise', async () => {
      const { url } = await apps.start(FloodsModule, adapter);
      const response = await open(`${url}/floods/silent`, { chunks: 0 });
      let text = '';
      for await (const piece of response.setEncoding('utf8')) {
        text += piece as string;
        if (text.endsWith('\n\n:\n\n:\n\n')) release();
      }
      expect(text).to.match(/^: \w+\n\n(:\n\n){2,}event: result\ndata: "spoken"\n\n$/);
    });

    it('a client that leaves a silent stream ends it', async () => {
      const { url } = await apps.start(FloodsModule, adapter);
      const response = await open(`${url}/floods/silent`, { chunks: 0 });
      await once(response, 'data');
      response.destroy();
      expect(await stopped.promise).to.equal('aborted');
    });

    it('a result that is not JSON is an error event, too', async () => {
      const { url } = await apps.start(FloodsModule, adapter);
      const text = await (await post(`${url}/floods/unprintable`, { chunks: 0 })).text();
      expect(text).to.include('event: error\ndata: {"statusCode":500,"code":"INVALID_MESSAGE"');
    });

    it('a client that goes away while the node waits for room ends the node', async () => {
      const { url } = await apps.start(FloodsModule, adapter);
      const response = await open(`${url}/floods`, { chunks: 4000 });
      await standstill();
      response.destroy();
      expect(await stopped.promise).to.equal('aborted');
    });
  });
}
