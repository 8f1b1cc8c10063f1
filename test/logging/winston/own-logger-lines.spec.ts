import { expect } from 'chai';
import fc from 'fast-check';
import winston, { type Logform, type Logger } from 'winston';
import { LOGGER } from '#src/index.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { correlate, type CorrelateOptions } from '#src/logging/winston/correlate.js';
import { LineCatcher } from '../../support/line-catcher.js';
import { line, node } from '../../support/nodes.js';
import { thrownBy } from '../../support/thrown-by.js';
import { useRealFlows } from '../support/real-flows.js';
import { secretText, wrapping } from '../support/secrets.js';

const { combine, errors, json, splat, timestamp } = winston.format;

const SECRET = 'Zq9xW7vLm2';

describe("lines that a program writes to a correlated winston logger of the user's", () => {
  const flows = useRealFlows();
  beforeEach(() => configureLogging({ destination: 'none' }));
  afterEach(() => shutdownLogging());

  function plain(...formats: Logform.Format[]): { log: Logger; caught: LineCatcher } {
    const caught = new LineCatcher();
    const format = combine(...formats, json());
    const log = winston.createLogger({
      level: 'debug',
      format,
      transports: [new winston.transports.Stream({ stream: caught })],
    });
    return { log, caught };
  }

  function correlated(options?: CorrelateOptions, ...formats: Logform.Format[]): { log: Logger; caught: LineCatcher } {
    const made = plain(...formats);
    correlate(made.log, options);
    return made;
  }

  const failure = (): Error => Object.assign(new TypeError('no answer', { cause: new Error('deep') }), { code: 'E1' });
  const ordinary: Record<string, (log: Logger) => unknown> = {
    'a message': (log) => log.info('paid'),
    'a message and fields': (log) => log.info('paid', { sku: 'a-1', deep: { list: [1, 'two', null, true] } }),
    'a message and a field called message': (log) => log.info('paid', { message: 'theirs', sku: 1 }),
    'an entry': (log) => log.log({ level: 'warn', message: 'paid', sku: 1 }),
    'a level and an entry': (log) => log.log('warn', { message: 'paid', sku: 1 }),
    'a level, a message and fields': (log) => log.log('warn', 'paid', { sku: 1 }),
    'printf tokens': (log) => log.info('paid %s for %d%%, %j', 'cash', 3, { a: [1] }),
    'printf tokens and fields': (log) => log.info('paid %s', 'cash', { sku: 1 }),
    'printf tokens without arguments': (log) => log.info('100 % sure, %s'),
    'more fields': (log) => log.info('paid', { sku: 1 }, { more: 2 }),
    'an object as message': (log) => log.info({ sku: 1 } as never),
    'a number': (log) => log.info(7 as never),
    nothing: (log) => log.info('' as never),
    'a child': (log) => log.child({ request: 1 }).info('paid', { sku: 1 }),
    'default fields': (log) => Object.assign(log, { defaultMeta: { service: 'x' } }).info('paid', { sku: 1 }),
    'a profile': (log) => log.profile('work', {}).profile('work', { message: 'done' }),
    'an error as field': (log) => log.info('failed', { error: 'text only' }),
    write: (log) => log.write({ level: 'info', message: 'paid', sku: 1 }),
  };
  const formats: Record<string, readonly Logform.Format[]> = {
    'json()': [],
    'splat()': [splat()],
    'errors() and splat()': [errors({ stack: true, cause: true }), splat()],
  };
  for (const [how, list] of Object.entries(formats)) {
    for (const [what, call] of Object.entries(ordinary)) {
      it(`R27 a line without secrets is what winston makes of it: ${what}, ${how}`, () => {
        const [mine, theirs] = [correlated({}, ...list), plain(...list)];
        call(mine.log);
        call(theirs.log);
        const drop = (text: string): string => text.replace(/"durationMs":\d+/, '"durationMs":0');
        expect(drop(mine.caught.text)).to.equal(drop(theirs.caught.text));
      });
    }

    it(`R23 an error keeps message, stack, cause and code, ${how}`, () => {
      const calls: ((log: Logger, error: Error) => unknown)[] = [
        (log, error) => log.error(error),
        (log, error) => log.log('error', error),
        (log, error) => log.log({ level: 'error', message: error as never }),
      ];
      for (const call of calls) {
        const { log, caught } = correlated({}, ...list);
        call(log, failure());
        expect(caught.last, String(call)).to.include({ level: 'error', message: 'no answer', code: 'E1' });
        expect(caught.last['stack'], String(call)).to.contain('own-logger-lines');
        expect(caught.last['cause'], String(call)).to.include({ message: 'deep' });
      }
      const { log, caught } = correlated({}, ...list);
      log.error('failed', failure());
      expect(caught.last).to.include({ message: 'failed no answer', code: 'E1' });
      log.error('failed', { error: failure() });
      expect(caught.last['error']).to.include({ type: 'TypeError', message: 'no answer', code: 'E1' });
    });

    it(`R27 secrets are hidden, however the line is written, ${how}`, () => {
      const { log, caught } = correlated({}, ...list);
      log.defaultMeta = { apiKey: SECRET };
      const child = log.child({ headers: { cookie: SECRET } });
      for (const to of [log, child]) {
        to.info(`password=${SECRET}`);
        to.info('in', { password: SECRET, deep: [{ token: SECRET }] });
        to.info('password=%s', SECRET);
        to.info('password=%s for %s', SECRET, 'me', { accessToken: SECRET });
        to.info('user %s with %j', 'me', { password: SECRET });
        to.log('info', { message: 'in', secret: SECRET });
        to.error(new Error(`token=${SECRET}`, { cause: new Error(`Bearer ${SECRET}${SECRET}`) }));
        to.error('failed', Object.assign(new Error(`token=${SECRET}`), { password: SECRET }));
        to.write({ level: 'info', message: `token=${SECRET}` });
      }
      expect(caught.lines).to.have.lengthOf(18);
      expect(caught.text).to.contain('[Redacted]').and.not.contain(SECRET);
    });
  }

  it('R27 never lets a planted secret out, wherever it is, and never throws', () => {
    const { log, caught } = correlated({}, splat());
    fc.assert(
      fc.property(secretText, wrapping, ({ text, secret }, wrap) => {
        caught.clear();
        log.info(text, { value: wrap(text), [text]: 1 });
        log.info({ message: text, level: 'info', deep: wrap(text) });
        log.error(new Error(text, { cause: wrap(text) }));
        log.child({ around: wrap(text) }).info('seen %j', wrap(text));
        expect(caught.lines).to.have.length(4);
        expect(caught.text).not.to.contain(secret);
      }),
      { numRuns: 150 },
    );
  });

  it("R27 the caller's objects are not changed", () => {
    const { log, caught } = correlated();
    const entry = { level: 'info', message: 'in', password: SECRET, nested: { token: SECRET } };
    const before = JSON.stringify(entry);
    log.log(entry);
    log.info('in', Object.freeze({ nested: entry.nested }));
    expect(JSON.stringify(entry)).to.equal(before);
    expect(caught.text).not.to.contain(SECRET);
  });

  it('R27 correlate(logger, { redact: false }) leaves them as they are, also when the logger is bound; ours are redacted', async () => {
    const { log, caught } = correlated({ redact: false });
    const work = node('Work', (_: unknown, { logger }) => logger.info('ours', { password: SECRET }));
    const flow = await flows.run(line(work), { made: { providers: [{ token: LOGGER, useValue: log }] } });
    log.info('in', { password: SECRET });
    expect(caught.last).to.include({ message: 'in', password: SECRET });
    await flow.emit(1);
    await flow.stop({ drainS: 5 });
    expect(caught.last).to.include({ message: 'ours', password: '[Redacted]' });
  });

  it('R27 redaction has options of its own, or those of configureLogging', () => {
    const own = correlated({ redact: { keys: ['shoeSize'], censor: '***' } });
    own.log.info('in', { shoeSize: 44 });
    expect(own.caught.last['shoeSize']).to.equal('***');
    const { log, caught } = correlated({ redact: true });
    configureLogging({ destination: 'none', redact: { keys: ['iban'] } });
    log.info('in', { iban: 'DE02' });
    expect(caught.last['iban']).to.equal('[Redacted]');
    configureLogging({ destination: 'none', redact: false });
    log.info('in', { iban: 'DE02' });
    expect(caught.last['iban']).to.equal('DE02');
  });

  it('R27 refuses a wrong option', () => {
    const { log } = plain();
    expect(thrownBy(() => correlate(log, { redact: { censor: '' } })).message).to.equal(
      'Expected `censor` of `redact` of correlate() to be a non-empty string, got ""',
    );
    expect(thrownBy(() => correlate(log, { redacted: true } as never)).code).to.equal('INVALID_OPTION');
    expect(thrownBy(() => correlate(log, { redact: 1 } as never)).code).to.equal('INVALID_OPTION');
  });

  it('R25 a level that the logger does not have becomes the nearest that it has', () => {
    const caught = new LineCatcher();
    const log = correlate(
      winston.createLogger({
        levels: winston.config.syslog.levels,
        level: 'debug',
        format: combine(timestamp(), json()),
        transports: [new winston.transports.Stream({ stream: caught })],
      }),
    );
    for (const level of ['warn', 'verbose', 'fatal', 'silly', 'info', 'error']) log.log(level, level);
    expect(caught.json.map(({ message, level }) => [message, level])).to.deep.equal([
      ['warn', 'warning'],
      ['verbose', 'debug'],
      ['fatal', 'crit'],
      ['silly', 'debug'],
      ['info', 'info'],
      ['error', 'error'],
    ]);
  });

  it('R27 a line below every level is not read', () => {
    const log = correlate(
      winston.createLogger({
        format: { transform: (info) => info },
        transports: [new winston.transports.Stream({ stream: new LineCatcher() })],
      }),
    );
    let reads = 0;
    const trap = Object.defineProperty({}, 'password', { get: () => ++reads, enumerable: true });
    log.log({ level: 'debug', message: 'no', nested: trap });
    expect(reads).to.equal(0);
    log.log({ level: 'info', message: 'yes', nested: trap });
    expect(reads).to.equal(1);
  });
});
