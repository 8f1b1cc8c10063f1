import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { expect } from 'chai';
import { CLOCK, Flow, Node, start, type FlowNode, type NodeContext } from '#src/index.js';
import {
  CallFlow,
  FlowHealthIndicator,
  PenguiFlowModule,
  StreamFlow,
  type FlowHealthResult,
} from '#src/nestjs/index.js';
import { ManualClock } from '#src/testing/index.js';
import { deferred, type Deferred } from '../../support/deferred.js';
import { ADAPTERS, post, useApps } from '../support/run-app.js';

interface Flood {
  readonly chunks: number;
  readonly hangs?: boolean;
}

let sent = 0;
let hung: Deferred = deferred();

/** Works on one message at a time, as nodes do unless somebody says more. */
@Node()
class Pour implements FlowNode<Flood, string> {
  async process({ chunks, hangs = false }: Flood, ctx: NodeContext): Promise<string> {
    if (hangs) {
      hung.resolve();
      await once(ctx.signal, 'abort');
    }
    const text = 'x'.repeat(16 * 1024);
    for (let n = 0; n < chunks; n++) {
      await ctx.emitChunk(text);
      sent++;
    }
    return 'done';
  }
}

@Flow()
class Floods {
  readonly graph = start(Pour);
}

/** Gives up on readers within a second. */
@Flow({ chunkStallS: 1 })
class HastyFloods {
  readonly graph = start(Pour);
}

@Controller('floods')
class FloodsController {
  constructor(private readonly health: FlowHealthIndicator) {}

  @Post()
  @CallFlow(Floods)
  call(@Body() flood: Flood): Flood {
    return flood;
  }

  @Post('stream')
  @StreamFlow(Floods)
  stream(@Body() flood: Flood): Flood {
    return flood;
  }

  @Post('hasty')
  @StreamFlow(HastyFloods)
  hasty(@Body() flood: Flood): Flood {
    return flood;
  }

  @Get('health')
  healthOf(): Promise<FlowHealthResult> {
    return this.health.isHealthy('flows');
  }
}

const clock = new ManualClock();

@Module({
  imports: [PenguiFlowModule.forRoot({ drainS: 5 }), PenguiFlowModule.forFeature([Floods, HastyFloods])],
  controllers: [FloodsController],
  providers: [Floods, HastyFloods, Pour],
})
class RealTimeModule {}

@Module({
  imports: [PenguiFlowModule.forRoot({ drainS: 5 }), PenguiFlowModule.forFeature([Floods, HastyFloods])],
  controllers: [FloodsController],
  providers: [Floods, HastyFloods, Pour, { provide: CLOCK, useValue: clock }],
})
class ManualTimeModule {}

/** A client that asks for a stream on a socket of its own and never reads a byte of it. */
async function neverReading(url: string, path: string): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const body = JSON.stringify({ chunks: 100_000 });
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

/** Resolves when the node has stood still for a while: what the sockets take in is full. */
async function standstill(): Promise<void> {
  let last = -1;
  for (let same = 0; same < 5;) {
    await delay(20);
    same = sent === last && sent > 0 ? same + 1 : 0;
    last = sent;
  }
}

for (const adapter of ADAPTERS) {
  describe(`penguiflow/nestjs: a client on ${adapter} that reads nothing of its stream`, function () {
    this.timeout(30_000);
    const sockets: Socket[] = [];
    beforeEach(() => (sent = 0));
    // Before the application is closed: it waits for open requests.
    afterEach(() => {
      for (const socket of sockets.splice(0)) socket.destroy();
    });
    const apps = useApps();

    async function health(url: string): Promise<FlowHealthResult[string]> {
      return ((await (await fetch(`${url}/floods/health`)).json()) as FlowHealthResult)['flows']!;
    }

    it('R18 R33 R6c holds a node of concurrency 1 for chunkStallS at most; health says so meanwhile; then everybody is served', async () => {
      const { url } = await apps.start(ManualTimeModule, adapter);
      sockets.push(await neverReading(url, '/floods/stream'));
      await standstill();
      let answered = false;
      const other = post(`${url}/floods`, { chunks: 0 }).finally(() => (answered = true));
      await clock.advance(12_000);
      const stalled = await health(url);
      expect(stalled.status).to.equal('down');
      expect(stalled.flows['Floods']).to.deep.include({ ready: false, stuck: [] });
      expect(stalled.flows['Floods']!.stalled?.unreadStreams).to.have.lengthOf(1);
      expect(stalled.flows['Floods']!.stalled?.waitingNodes).to.deep.equal(['Pour']);
      expect(answered).to.equal(false);

      await clock.advance(20_000);
      expect(await (await other).text()).to.equal('done');
      expect((await post(`${url}/floods`, { chunks: 0 })).status).to.equal(201);
      expect((await health(url)).status).to.equal('up');
    });

    it('R33 a node that hangs is named by the health, which stays up: others may still be served', async () => {
      const { url } = await apps.start(ManualTimeModule, adapter);
      hung = deferred();
      const gone = new AbortController();
      const request = post(`${url}/floods`, { chunks: 0, hangs: true }, { signal: gone.signal }).catch(() => {});
      await hung.promise;
      await clock.advance(62_000);
      const { status, flows } = await health(url);
      expect(status).to.equal('up');
      expect(flows['Floods']).to.deep.include({ ready: true, stuck: ['Pour'], stalled: null });
      gone.abort();
      await request;
    });

    it('R18 is cut off when it has not taken the end of its stream in another chunkStallS, so that it does not hold the shutdown', async () => {
      const { url, app } = await apps.start(RealTimeModule, adapter);
      const socket = await neverReading(url, '/floods/hasty');
      sockets.push(socket);
      await standstill();
      const server = app.getHttpServer() as Server;
      const connections = (): Promise<number> => promisify(server.getConnections.bind(server))();
      expect(await connections()).to.equal(1);
      // A second or two until the run ends, and one more.
      for (let wait = 0; wait < 100 && (await connections()) > 0; wait++) await delay(50);
      expect(await connections()).to.equal(0);
    });
  });
}
