import { ConsoleLogger, HttpException, Logger } from '@nestjs/common';
import { expect } from 'chai';
import { runInNewContext } from 'node:vm';
import winston from 'winston';
import { configureLogging, correlate, FlowError, withLogFields } from '#src/index.js';
import { PenguiFlowLogger } from '#src/nestjs/index.js';
import { fields, inAttempt } from '../logging/support/in-attempt.js';
import { LineCatcher } from '../support/line-catcher.js';
import { useLogging } from '../support/use-logging.js';

class CreateOrder {
  readonly #note = 'private';

  constructor(
    readonly sku: string,
    readonly lines: readonly number[],
  ) {}

  get note(): string {
    return this.#note;
  }
}

class Money {
  constructor(readonly cents: bigint) {}

  toJSON(): unknown {
    return { amount: Number(this.cents) / 100, currency: 'EUR' };
  }
}

/** What database drivers throw. */
class QueryFailed extends Error {
  override readonly name = 'QueryFailed';
  readonly code = '23505';
  readonly detail = 'Key (id)=(7) already exists.';
  readonly query = 'INSERT INTO orders VALUES ($1)';
  readonly driverError = { severity: 'ERROR', table: 'orders' };
}

const failure = (): Error =>
  new QueryFailed('duplicate key', { cause: Object.assign(new Error('io'), { code: 'EIO' }) });
const several = (): AggregateError =>
  new AggregateError([new TypeError('one'), Object.assign(new Error('two'), { code: 'E2' })], 'all failed');

type Line = Record<string, unknown>;
type Call = (to: PenguiFlowLogger) => void;

/** The loggers that NestJS's lines may go to: everybody's, and ones of the program's own. */
const TO: Record<string, (caught: LineCatcher) => PenguiFlowLogger> = {
  "the library's logger": () => new PenguiFlowLogger(),
  'a winston logger': (caught) => new PenguiFlowLogger(plain(caught)),
  'a winston logger that is not redacted': (caught) =>
    new PenguiFlowLogger(correlate(plain(caught), { redact: false })),
};

function plain(stream: LineCatcher): winston.Logger {
  const transports = [new winston.transports.Stream({ stream })];
  return winston.createLogger({ level: 'silly', format: winston.format.json(), transports });
}

for (const [to, make] of Object.entries(TO)) {
  describe(`PenguiFlowLogger, to ${to}`, () => {
    const caught = useLogging({ level: 'silly' });
    let logger: PenguiFlowLogger;

    beforeEach(() => {
      logger = make(caught);
    });
    afterEach(() => {
      Logger.overrideLogger(new ConsoleLogger());
    });

    /** The only line of a call. */
    function lineOf(call: Call): Line {
      caught.clear();
      call(logger);
      expect(caught.json).to.have.lengthOf(1);
      return caught.last;
    }

    const order = new CreateOrder('krill', [1, 2]);
    const shown: readonly (readonly [string, Call, Line])[] = [
      ['a DTO', (log) => log.log(order), { message: '', sku: 'krill', lines: [1, 2] }],
      ['a DTO with a context', (log) => log.log(order, 'Ctx'), { sku: 'krill', lines: [1, 2], context: 'Ctx' }],
      [
        'a DTO behind a text',
        (log) => log.log('created', order, 'Ctx'),
        { message: 'created', sku: 'krill', context: 'Ctx' },
      ],
      ['what has a toJSON', (log) => log.log('paid', new Money(1999n)), { amount: 19.99, currency: 'EUR' }],
      ['an array', (log) => log.warn([1, { sku: 'krill' }], 'Ctx'), { value: [1, { sku: 'krill' }], context: 'Ctx' }],
      [
        'an array behind a text',
        (log) => log.log('skus', ['a', 'b'], 'Ctx'),
        { message: 'skus', args: [['a', 'b']], context: 'Ctx' },
      ],
      ['DTOs in an array', (log) => log.log([order]), { value: [{ sku: 'krill', lines: [1, 2] }] }],
      ['a DTO within an object', (log) => log.log({ order }), { order: { sku: 'krill', lines: [1, 2] } }],
      ['nothing', (log) => log.log(undefined), { message: 'undefined' }],
      ['a lazy object', (log) => log.debug(() => ({ sku: 'krill' })), { sku: 'krill', level: 'debug' }],
    ];
    for (const [what, call, expected] of shown) {
      it(`R23d prints the content of ${what}`, () => {
        const line = lineOf(call);
        for (const [key, value] of Object.entries(expected)) expect(line[key], key).to.deep.equal(value);
      });
    }

    const errors: readonly (readonly [string, (error: Error) => Call])[] = [
      ['as the message', (error) => (log) => log.error(error, 'Ctx')],
      ['with its stack, as NestJS reports it', (error) => (log) => log.error(error, error.stack, 'Ctx')],
      ['behind a text', (error) => (log) => log.error('failed', error, 'Ctx')],
      ['under `error`', (error) => (log) => log.warn('failed', { error }, 'Ctx')],
      ["under pino's `err`", (error) => (log) => log.error({ err: error }, 'failed', 'Ctx')],
      ['of a fatal line', (error) => (log) => log.fatal(error, 'Ctx')],
    ];
    for (const [where, callOf] of errors) {
      it(`R23d R27 an error keeps code, fields of the driver and causes: ${where}`, () => {
        const line = lineOf(callOf(failure()));
        expect(line).to.include({ context: 'Ctx' });
        const error = line['error'] as Line;
        expect(error).to.include({ type: 'QueryFailed', message: 'duplicate key', code: '23505' });
        expect(error['detail']).to.equal('Key (id)=(7) already exists.');
        expect(error['driverError']).to.deep.equal({ severity: 'ERROR', table: 'orders' });
        expect(error['stack']).to.contain('nest-log-values');
        expect(error['cause']).to.include({ message: 'io', code: 'EIO' });
      });
    }

    it('R23d R27 the errors of an AggregateError are there, each with what it has', () => {
      const { error } = lineOf((log) => log.error(several())) as { error: Line };
      const [one, two] = error['errors'] as Line[];
      expect(one).to.include({ type: 'TypeError', message: 'one' });
      expect(two).to.include({ message: 'two', code: 'E2' });
    });

    it('R27 further errors are there as well, an error that holds itself once', () => {
      const [first, second] = [failure(), new Error('second')];
      first.cause = first;
      const line = lineOf((log) => log.error('failed', first, second, 'Ctx'));
      expect((line['error'] as Line)['cause']).to.equal('[Circular]');
      expect((line['args'] as Line[])[0]).to.include({ message: 'second' });
    });

    it('R27 so does an error of another realm', () => {
      const foreign = runInNewContext("Object.assign(new TypeError('foreign'), { code: 'E1' })") as Error;
      for (const call of [(log) => log.error(foreign), (log) => log.log('hi', foreign)] satisfies Call[])
        expect(lineOf(call)['error']).to.include({ type: 'TypeError', message: 'foreign', code: 'E1' });
    });

    it('R27 an HttpException keeps its status, a FlowError its ids', () => {
      const http = lineOf((log) => log.error(new HttpException({ reason: 'sold out' }, 409)));
      expect(http['error']).to.include({ type: 'HttpException', status: 409 });
      const traceId = '4111111111111111';
      const flow = lineOf((log) => log.error(new FlowError('NODE_TIMEOUT', { message: 'late', traceId })));
      expect(flow['error']).to.include({ code: 'NODE_TIMEOUT' });
    });

    const pino: readonly (readonly [string, Call, Line])[] = [
      ['error({ err }, text)', (log) => log.error({ err: failure() }, 'text'), { message: 'text', context: undefined }],
      [
        'error({ err, sku }, text)',
        (log) => log.error({ err: failure(), sku: 1 }, 'text'),
        { message: 'text', sku: 1 },
      ],
      ['warn({ err }, a text)', (log) => log.warn({ err: failure() }, 'no room'), { message: 'no room' }],
      [
        'warn({ err }, context)',
        (log) => log.warn({ err: failure() }, 'Ctx'),
        { message: 'duplicate key', context: 'Ctx' },
      ],
      [
        'log({ sku }, text, context)',
        (log) => log.log({ sku: 1 }, 'text', 'Ctx'),
        { message: 'text', sku: 1, context: 'Ctx' },
      ],
      ['error({ err })', (log) => log.error({ err: failure() }), { message: 'duplicate key' }],
      [
        'new Logger(context).error({ err }, text)',
        () => new Logger('Ctx').error({ err: failure() }, 'text'),
        { message: 'text', context: 'Ctx' },
      ],
      [
        'new Logger(context).error({ err })',
        () => new Logger('Ctx').error({ err: failure() }),
        { message: 'duplicate key', context: 'Ctx' },
      ],
      [
        'new Logger(context).warn({ err })',
        () => new Logger('Ctx').warn({ err: failure() }),
        { message: 'duplicate key', context: 'Ctx' },
      ],
      ['error({ err: text })', (log) => log.error({ err: 'odd' }, 'Ctx'), { err: 'odd', context: 'Ctx' }],
    ];
    for (const [name, call, expected] of pino) {
      it(`R23d reads calls in the way of pino: ${name}`, () => {
        Logger.overrideLogger(logger);
        const line = lineOf(call);
        for (const [key, value] of Object.entries(expected)) expect(line[key], key).to.equal(value);
        if (!('err' in expected)) {
          expect(line).not.to.have.property('err');
          if (!name.startsWith('log')) expect(line['error']).to.include({ type: 'QueryFailed', code: '23505' });
        }
      });
    }

    it('R23d R26 a trace_id of the call does not replace the one of the request or of the attempt', () => {
      const call: Call = (log) => log.log('hi', { trace_id: 'fake', node_name: 'fake' }, 'Ctx');
      expect(withLogFields({ trace_id: 'request-1' }, () => lineOf(call))).to.include({ trace_id: 'request-1' });
      expect(inAttempt(() => lineOf(call))).to.include(fields);
      expect(lineOf(call)).to.include({ trace_id: 'fake' });
    });

    it('R23d setLogLevels says which lines are written, as with the logger of NestJS', () => {
      const written = (): string[] => {
        caught.clear();
        for (const level of ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const) logger[level](level);
        return caught.json.map(({ message }) => String(message));
      };
      const theirs = new ConsoleLogger();
      for (const levels of [['log'], ['warn', 'debug'], ['fatal'], [], ['verbose'], ['error', 'verbose']] as const) {
        logger.setLogLevels(levels);
        theirs.setLogLevels([...levels]);
        const all = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const;
        expect(written(), levels.join()).to.deep.equal(all.filter((level) => theirs.isLevelEnabled(level)));
      }
      Logger.overrideLogger(logger);
      Logger.overrideLogger(['warn']);
      expect(written()).to.deep.equal(['warn', 'error', 'fatal']);
    });

    it('R23d R21 values that throw when they are read fail nobody, and the rest of the line is there', () => {
      const bad = (): never => {
        throw new RangeError('no');
      };
      const getter = Object.defineProperty({ sku: 1 }, 'price', { get: bad, enumerable: true });
      expect(lineOf((log) => log.log('hi', getter))).to.include({ sku: 1, price: '[threw RangeError]' });
      expect(lineOf((log) => log.log(getter))).to.include({ sku: 1 });
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      const values: unknown[] = [
        proxy,
        new Proxy({}, { ownKeys: bad, has: bad, get: bad, getPrototypeOf: bad }),
        { toJSON: bad },
        Object.defineProperty(new Error('odd'), 'message', { get: bad }),
        Object.defineProperty(new Error('odd'), 'cause', { get: bad }),
        bad,
      ];
      // What is not redacted goes to winston's own format as it is, which refuses proxies.
      for (const value of to.endsWith('not redacted') ? values.slice(2) : values) {
        expect(lineOf((log) => log.log(value))).to.include({ level: 'info' });
        expect(lineOf((log) => log.error('hi', value, 'Ctx'))).to.include({ message: 'hi', context: 'Ctx' });
      }
    });
  });
}

describe('PenguiFlowLogger and secrets', () => {
  const caught = useLogging({ level: 'silly' });

  it('R23d R27 hides what stands behind the name of a secret, in the last argument, too', () => {
    const logger = new PenguiFlowLogger();
    logger.log('password:', 'hunter2');
    logger.log('token:', 'hunter2', 'Ctx');
    logger.error({ err: Object.assign(new Error('token=hunter2'), { password: 'hunter2' }) }, 'api_key=hunter2');
    logger.warn([{ password: 'hunter2' }]);
    expect(caught.lines).to.have.lengthOf(4);
    expect(caught.text).to.contain('[Redacted]').and.not.contain('hunter2');
    logger.log('order:', 'Ctx');
    expect(caught.last).to.include({ message: 'order:', context: 'Ctx' });
    configureLogging({ structured: true, destination: caught, redact: false });
    logger.log('password:', 'hunter2');
    expect(caught.last).to.include({ context: 'hunter2' });
  });
});
