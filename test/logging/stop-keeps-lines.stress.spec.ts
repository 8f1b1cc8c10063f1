import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import winston from 'winston';
import { EVENT_LOGGER, LOGGER, type NodeContext } from '#src/index.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import type { TestFlow } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { useRealFlows } from './support/real-flows.js';
import { SlowTransport, Transport } from './support/slow-transport.js';
import { useStats } from './support/stats-since.js';
import { temporaryFolder } from './support/temporary-folder.js';

const talker = node('Talker', (payload: unknown, ctx: NodeContext) => {
  for (let n = 0; n < 6; n++) ctx.logger.info('line', { n });
  return undefined;
});

describe('flow.stop()', function () {
  this.timeout(30_000);
  const flows = useRealFlows();
  const folder = temporaryFolder();
  const stats = useStats();

  afterEach(() => shutdownLogging());

  /** Ten lines per message: six of the node, and the events of its attempt and of the run. */
  async function write(flow: TestFlow, lines: number): Promise<void> {
    for (let n = 0; n < lines / 10; n++) await flow.emit(n);
    expect(await flow.stop({ drainS: 20 })).to.deep.include({ drained: true, dropped: 0 });
  }

  it('R29 loses none of 100,000 lines to a file', async () => {
    const file = folder.path('stop.jsonl');
    configureLogging({ level: 'debug', structured: true, destination: { file } });
    await write(await flows.run(line(talker), { declared: { middlewares: [FlowLogger] } }), 100_000);
    expect(readFileSync(file, 'utf8').split('\n').length - 1).to.equal(100_000);
    expect(stats()).to.include({ written: 100_000, dropped: 0, failed: 0 });
  });

  it('R29 waits for a slow transport', async () => {
    const slow = new SlowTransport(100);
    configureLogging({ level: 'debug', destination: 'none', transports: [slow] });
    await write(await flows.run(line(talker), { declared: { middlewares: [FlowLogger] } }), 20_000);
    expect(slow.lines).to.have.length(20_000);
  });

  it('R29 waits for what a transport took as a batch, until it has delivered that', async () => {
    let delivered = 0;
    const mailer = new (class extends Transport {
      override log(_info: unknown, next: () => void): void {
        setTimeout(() => {
          delivered++;
          next();
        }, 1);
      }
    })();
    configureLogging({ level: 'debug', destination: 'none', transports: [mailer] });
    await write(await flows.run(line(talker), { declared: { middlewares: [FlowLogger] } }), 10);
    expect(delivered).to.equal(10);
    expect(stats()).to.include({ written: 10, dropped: 0, failed: 0 });
  });

  it("R29 waits for the slow transport of a user's logger", async () => {
    const slow = new SlowTransport(100);
    const logger = winston.createLogger({ level: 'debug', transports: [slow] });
    const flow = await flows.run(line(talker), {
      declared: { middlewares: [FlowLogger] },
      made: { providers: [{ token: LOGGER, useValue: logger }] },
    });
    await write(flow, 20_000);
    expect(slow.lines).to.have.length(20_000);
  });

  it('R29 waits for the logger of the events when that is another one', async () => {
    const slow = new SlowTransport(20);
    const other = new SlowTransport(20);
    const events = winston.createLogger({ level: 'debug', transports: [slow] });
    const more = winston.createLogger({ level: 'debug', transports: [other] });
    configureLogging({ destination: 'none' });
    const flow = await flows.run(line(talker), {
      declared: { middlewares: [FlowLogger] },
      made: { providers: [{ token: EVENT_LOGGER, useValue: events }], middlewares: [new FlowLogger(more)] },
    });
    await write(flow, 20_000);
    expect([slow.lines.length, other.lines.length]).to.deep.equal([8_000, 8_000]);
  });
});
