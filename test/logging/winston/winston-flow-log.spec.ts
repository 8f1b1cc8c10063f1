import { expect } from 'chai';
import winston from 'winston';
import { configureLogging, setLogLevel } from '#src/logging/configure-logging.js';
import { loggingHub } from '#src/logging/winston/logging-hub.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { WinstonFlowLog } from '#src/logging/winston/winston-flow-log.js';
import { line, node } from '../../support/nodes.js';
import { LineCatcher, plainWinston } from '../../support/line-catcher.js';
import { useRealFlows } from '../support/real-flows.js';
import { SlowTransport } from '../support/slow-transport.js';
import { useLogging } from '../../support/use-logging.js';

const reserved = {
  trace_id: 't-1',
  flow_name: 'Orders',
  node_name: 'Price',
  node_id: 'price-1',
  tenant: 'acme',
  attempt: 1,
};

describe('WinstonFlowLog', () => {
  afterEach(() => shutdownLogging());

  describe('on a penguiflow logger', () => {
    const caught = useLogging();

    it('R26 writes the reserved fields, which win over fields of the call', () => {
      new WinstonFlowLog(loggingHub.logger('nodes')).write(
        'info',
        'pricing',
        { sku: 1, trace_id: 'forged', message: 'm' },
        reserved,
      );
      expect(caught.last).to.include({
        ...reserved,
        logger: 'penguiflow.nodes',
        message: 'pricing',
        sku: 1,
        message_: 'm',
      });
    });

    it('R23 knows the level, also after it changed', () => {
      const log = new WinstonFlowLog();
      expect([log.isLevelEnabled('info'), log.isLevelEnabled('debug')]).to.deep.equal([true, false]);
      setLogLevel('debug');
      expect(log.isLevelEnabled('debug')).to.equal(true);
      setLogLevel('silent');
      expect(log.isLevelEnabled('error')).to.equal(false);
    });

    it('R24 is silent only while nobody configured logging', async () => {
      const log = new WinstonFlowLog();
      expect(log.silent).to.equal(false);
      setLogLevel('silent');
      expect(log.silent).to.equal(false);
      await shutdownLogging();
      expect(log.silent).to.equal(true);
      expect(log.isLevelEnabled('error')).to.equal(false);
      log.write('error', 'nobody', undefined, reserved);
      expect(caught.text).to.equal('');
    });

    it('R27 never throws', () => {
      const ownKeys = (): never => {
        throw new TypeError('no keys');
      };
      const trap = new Proxy({}, { ownKeys });
      new WinstonFlowLog().write('info', 'odd', trap as never, reserved);
      expect(caught.last).to.include({ message: 'odd', trace_id: 't-1' });
    });
  });

  describe('as ctx.logger', () => {
    const flows = useRealFlows();

    it('R26 writes at each level, and knows which of them are on', async () => {
      const caught = new LineCatcher();
      configureLogging({ level: 'info', structured: true, destination: caught });
      const levels = ['error', 'warn', 'info', 'debug'] as const;
      const work = node('Work', (_: unknown, { logger }) => {
        for (const level of levels) logger[level](`at ${level}`, { level, n: 1 });
        return levels.map((level) => logger.isLevelEnabled(level));
      });
      const flow = await flows.run(line(work));
      expect(await flow.call(1)).to.deep.equal([true, true, true, false]);
      expect(caught.json.map((one) => [one['level'], one['message'], one['level_'], one['node_name']])).to.deep.equal(
        levels.slice(0, 3).map((level) => [level, `at ${level}`, level, 'Work']),
      );
    });
  });

  describe("on a user's winston logger", () => {
    it('R26 writes the reserved fields and hides secrets', () => {
      const { logger, caught } = plainWinston();
      new WinstonFlowLog(logger).write(
        'warn',
        'slow token=abc',
        { apiKey: 'k', tenant: 'forged', message: 'm' },
        reserved,
      );
      expect(caught.last).to.include({
        ...reserved,
        level: 'warn',
        message: 'slow token=[Redacted]',
        apiKey: '[Redacted]',
        message_: 'm',
      });
    });

    it('R23 follows its level and its transports', () => {
      const { logger } = plainWinston('info');
      const log = new WinstonFlowLog(logger);
      expect(log.isLevelEnabled('debug')).to.equal(false);
      logger.level = 'debug';
      expect(log.isLevelEnabled('debug')).to.equal(true);
      logger.silent = true;
      expect(log.isLevelEnabled('error')).to.equal(false);
    });

    it('R24 is silent without transports, and winston does not complain', () => {
      const logger = winston.createLogger();
      const log = new WinstonFlowLog(logger);
      expect(log.silent).to.equal(true);
      log.write('error', 'nobody', undefined, reserved);
      const caught = new LineCatcher();
      logger.add(new winston.transports.Stream({ stream: caught }));
      expect(log.silent).to.equal(false);
      expect(log.isLevelEnabled('info')).to.equal(true);
    });

    it('R29 flush resolves when a slow transport has every line', async () => {
      const slow = new SlowTransport();
      const logger = winston.createLogger({ transports: [slow] });
      const log = new WinstonFlowLog(logger);
      for (let i = 0; i < 200; i++) log.write('info', `line ${i}`, undefined, reserved);
      await log.flush();
      expect(slow.lines).to.have.length(200);
    });
  });
});
