import { expect } from 'chai';
import fc from 'fast-check';
import winston, { type Logger, type Logform } from 'winston';
import { configureLogging } from '#src/logging/configure-logging.js';
import { correlate } from '#src/logging/winston/correlate.js';
import { redactFormat } from '#src/logging/winston/redact-format.js';
import { thrownBy } from '../../support/thrown-by.js';
import { secretText, wrapping } from '../support/secrets.js';
import { useLogging } from '../../support/use-logging.js';

const { combine, errors, json, printf, splat, timestamp } = winston.format;

describe('redactFormat', () => {
  const caught = useLogging({ destination: 'none' });

  function logger(...formats: Logform.Format[]): Logger {
    return winston.createLogger({
      level: 'debug',
      format: combine(...formats),
      transports: [new winston.transports.Stream({ stream: caught })],
    });
  }

  it("R27 hides secrets in the lines of a user's own logger, and leaves the rest", () => {
    logger(timestamp(), redactFormat(), json()).warn('paid with token=abcdef', {
      sku: 1,
      card: { password: 'hunter2' },
    });
    expect(caught.last).to.deep.include({
      level: 'warn',
      message: 'paid with token=[Redacted]',
      sku: 1,
      card: { password: '[Redacted]' },
    });
    expect(caught.last).to.have.property('timestamp');
  });

  it('R27 hides them in an error that is the line, and in errors of fields', () => {
    const log = logger(errors({ stack: true }), redactFormat(), json());
    log.error(new Error('password=hunter2', { cause: new TypeError('Bearer hunter2hunter2') }));
    log.error('failed', { error: new Error('password=hunter2') });
    expect(caught.text).not.to.contain('hunter2');
    expect(caught.json[0]).to.include({ level: 'error', message: 'password=[Redacted]' });
    expect(caught.json[0]).to.have.property('stack');
    expect(caught.json[1]).to.include({ message: 'failed' });
  });

  it('R27 hides them after splat, before it in its arguments, and in a text that is finished already', () => {
    for (const formats of [
      [splat(), redactFormat(), json()],
      [redactFormat(), splat(), json()],
      [splat(), json(), redactFormat()],
      [
        splat(),
        redactFormat(),
        printf((info) => JSON.stringify({ message: info.message, splat: info[Symbol.for('splat')] })),
      ],
    ]) {
      logger(...formats).info('logged in %s with %j', 'me', { password: 'hunter2' }, { apiKey: 'hunter2' });
    }
    expect(caught.lines).to.have.length(4);
    expect(caught.text).not.to.contain('hunter2');
  });

  it("R27 does not change the caller's objects", () => {
    const entry = { level: 'info', message: 'hi', password: 'hunter2', nested: { token: 'hunter2' } };
    const before = JSON.stringify(entry);
    logger(redactFormat(), json()).log(entry);
    expect(JSON.stringify(entry)).to.equal(before);
    expect(caught.text).not.to.contain('hunter2');
  });

  it('R27 follows the options of configureLogging, or has its own', () => {
    const following = logger(redactFormat(), json());
    configureLogging({ destination: 'none', redact: { keys: ['shoeSize'] } });
    following.info('hi', { shoe_size: 44 });
    expect(caught.last['shoe_size']).to.equal('[Redacted]');
    configureLogging({ destination: 'none', redact: false });
    following.info('hi', { shoe_size: 44 });
    expect(caught.last['shoe_size']).to.equal(44);
    logger(redactFormat({ censor: '***' }), json()).info('hi', { password: 'hunter2' });
    expect(caught.last['password']).to.equal('***');
  });

  it('R26 R27 the ids of a correlated logger stay', () => {
    const log = correlate(logger(redactFormat(), json()));
    log.child({ request: 1 }).info('hi', { password: 'hunter2' });
    expect(caught.last).to.include({ request: 1, password: '[Redacted]', message: 'hi' });
  });

  it('R27 refuses a bad option', () => {
    expect(thrownBy(() => redactFormat({ censor: '' }))).to.include({
      code: 'INVALID_OPTION',
      message: 'Expected `censor` of redactFormat() to be a non-empty string, got ""',
    });
  });

  it('R27 never lets a planted secret out, wherever it is, and never throws', () => {
    const log = logger(splat(), redactFormat(), json());
    fc.assert(
      fc.property(secretText, wrapping, ({ text, secret }, wrap) => {
        caught.clear();
        log.info(text, { value: wrap(text), [text]: 1 });
        log.info({ message: text, level: 'info', deep: wrap(text) });
        log.error(new Error(text, { cause: wrap(text) }));
        expect(caught.lines).to.have.length(3);
        expect(caught.text).not.to.contain(secret);
      }),
      { numRuns: 150 },
    );
  });
});
