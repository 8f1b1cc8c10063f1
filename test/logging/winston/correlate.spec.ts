import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import winston from 'winston';
import { correlate } from '#src/logging/winston/correlate.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { thrownBy } from '../../support/thrown-by.js';
import { LineCatcher, plainWinston } from '../../support/line-catcher.js';
import { fields, inAttempt } from '../support/in-attempt.js';
import { SlowTransport } from '../support/slow-transport.js';
import { useLogging } from '../../support/use-logging.js';

describe('correlation', () => {
  const caught = useLogging();

  it('R26 lines of getLogger carry the fields of the attempt, however deep they are written', async () => {
    const log = getLogger('deep');
    await inAttempt(async () => {
      await turn();
      await turn().then(() => log.info('there', { sku: 1 }));
    });
    log.info('outside');
    expect(caught.json[0]).to.include({ ...fields, message: 'there', sku: 1 });
    expect(caught.json[1]).not.to.have.property('trace_id');
  });

  it('R26 lines of child loggers do, too', () => {
    inAttempt(() => {
      getLogger('a').child({ request: 1 }).info('child');
    });
    expect(caught.json[0]).to.include({ ...fields, message: 'child', request: 1 });
  });

  it('R26 reserved keys win over fields of the call and of child loggers', () => {
    const log = getLogger('a').child({ tenant: 'forged by child' });
    inAttempt(() => log.info('hi', { trace_id: 'forged', attempt: 99, mine: 1 }));
    expect(caught.last).to.include({ ...fields, mine: 1 });
  });

  it('R26 a field named message does not garble the message', () => {
    inAttempt(() => getLogger().info('hi', { message: 'theirs' }));
    expect(caught.last).to.include({ message: 'hi', message_: 'theirs' });
  });

  it('R26 work of an attempt that timed out still logs under its own attempt', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const late = inAttempt(() => held.then(() => getLogger().info('late')), { attempt: 0 });
    inAttempt(() => getLogger().info('second try'), { attempt: 1 });
    release();
    await late;
    expect(caught.json.map((line) => [line['message'], line['attempt']])).to.deep.equal([
      ['second try', 1],
      ['late', 0],
    ]);
  });

  describe("of a user's winston logger", () => {
    it('R26 correlate returns the logger, and its lines carry the fields', () => {
      const { logger, caught: own } = plainWinston();
      expect(correlate(logger)).to.equal(logger);
      inAttempt(() => logger.warn('hi', { a: 1 }));
      logger.info('outside');
      expect(own.json[0]).to.include({ ...fields, level: 'warn', message: 'hi', a: 1 });
      expect(own.json[1]).not.to.have.property('trace_id');
    });

    it('R26 correlating twice is the same as once', () => {
      const { logger, caught: own } = plainWinston();
      correlate(correlate(logger));
      inAttempt(() => logger.info('hi'));
      expect(own.lines).to.have.length(1);
    });

    it('R26 its children carry them, also those made before, and correlating a child is enough', () => {
      const { logger, caught: own } = plainWinston();
      const child = logger.child({ request: 1, tenant: 'forged' });
      const grandchild = child.child({ step: 2 });
      expect(correlate(grandchild)).to.equal(grandchild);
      for (const one of [logger, child, grandchild]) inAttempt(() => one.info('hi'));
      expect(own.json[0]).to.include(fields);
      expect(own.json[1]).to.include({ ...fields, request: 1 });
      expect(own.json[2]).to.include({ ...fields, request: 1, step: 2 });
    });

    const calls: [string, (logger: winston.Logger) => void][] = [
      ['fields', (logger) => void logger.info('hi', { trace_id: 'forged', tenant: 'forged', message: 'theirs' })],
      ['one object', (logger) => void logger.info({ message: 'hi', trace_id: 'forged' })],
      ['log with a level', (logger) => void logger.log('info', 'hi', { trace_id: 'forged' })],
      ['log with an entry', (logger) => void logger.log({ level: 'info', message: 'hi', trace_id: 'forged' })],
      ['no fields', (logger) => void logger.info('hi')],
      ['default fields', (logger) => void Object.assign(logger, { defaultMeta: { trace_id: 'forged' } }).info('hi')],
    ];
    for (const [what, call] of calls) {
      it(`R26 reserved keys win and the message is right for a call with ${what}`, () => {
        for (const format of [
          winston.format.json(),
          winston.format.combine(winston.format.splat(), winston.format.json()),
        ]) {
          const own = new LineCatcher();
          const logger = correlate(
            winston.createLogger({ format, transports: [new winston.transports.Stream({ stream: own })] }),
          );
          inAttempt(() => call(logger));
          expect(own.last).to.include({ ...fields, message: 'hi' });
        }
      });
    }

    it('R26 an error keeps its message and stack', () => {
      const { logger, caught: own } = plainWinston();
      correlate(logger);
      const error = new Error('boom');
      inAttempt(() => logger.error(error));
      expect(own.last).to.include({ ...fields, message: 'boom', stack: error.stack });
    });

    it('R26 the values are those of the call, however late the transport is', async () => {
      const slow = new SlowTransport();
      const logger = correlate(winston.createLogger({ transports: [slow] }));
      for (let n = 0; n < 100; n++) inAttempt(() => logger.info('hi', { n, attempt: -1 }), { attempt: n });
      while (slow.lines.length < 100) await turn();
      const lines = slow.lines.map((line) => JSON.parse(line) as { n: number; attempt: number });
      expect(lines.every(({ n, attempt }) => n === attempt)).to.equal(true);
    });

    it('R26 fields that cannot be read, and values of printf tokens, do no harm', () => {
      const own = new LineCatcher();
      const format = winston.format.combine(winston.format.splat(), winston.format.json());
      const logger = correlate(
        winston.createLogger({ format, transports: [new winston.transports.Stream({ stream: own })] }),
      );
      inAttempt(() => logger.info('said %s', 'this', { trace_id: 'forged', message: 'theirs' }));
      expect(own.last).to.include({ ...fields, message: 'said this' });
      inAttempt(() => logger.info('counted %d', 2, 'more', ['list'], new Error('tail')));
      expect(own.last).to.include(fields);
    });

    it("R26 the caller's object is not changed", () => {
      const { logger } = plainWinston();
      correlate(logger);
      const entry = Object.freeze({ sku: 1 });
      inAttempt(() => logger.info('hi', entry));
      expect(entry).to.deep.equal({ sku: 1 });
      const whole = { message: 'hi', sku: 1 };
      inAttempt(() => logger.info(whole));
      expect(whole).not.to.have.property('trace_id');
    });
  });

  it('R26 refuses what is no winston logger, and says what to use instead', () => {
    for (const [given, described] of [
      [console, 'an object of class Object'],
      [undefined, 'undefined'],
    ] as const) {
      const error = thrownBy(() => correlate(given as never));
      expect(error.message).to.equal(`Expected \`logger\` of correlate() to be a winston Logger, got ${described}`);
      expect(error.hint).to.contain('ctx.logger');
    }
  });
});
