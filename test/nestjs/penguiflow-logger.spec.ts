import { ConsoleLogger, Logger } from '@nestjs/common';
import { expect } from 'chai';
import { configureLogging, withLogFields } from '#src/index.js';
import { PenguiFlowLogger } from '#src/nestjs/index.js';
import { LineCatcher, plainWinston } from '../support/line-catcher.js';
import { useLogging } from '../support/use-logging.js';

/** A line without what changes from run to run. */
function short(line: Record<string, unknown>): Record<string, unknown> {
  const { timestamp: _, logger: __, error, ...rest } = line;
  if (error === undefined) return rest;
  const { stack, ...facts } = error as Record<string, unknown>;
  return { ...rest, error: facts, stack: typeof stack === 'string' && stack.includes('\n') };
}

describe('PenguiFlowLogger', () => {
  const caught = useLogging({ level: 'silly' });
  let logger: PenguiFlowLogger;

  beforeEach(() => {
    logger = new PenguiFlowLogger();
  });
  afterEach(() => {
    Logger.overrideLogger(new ConsoleLogger());
  });

  const boom = new TypeError('boom', { cause: new RangeError('deep') });
  const error = { type: 'TypeError', message: 'boom' };
  const ofBoom = { ...error, cause: { type: 'RangeError', message: 'deep' } };
  const stack = boom.stack!;

  const calls: ReadonlyArray<[name: string, call: (to: PenguiFlowLogger) => void, expected: Record<string, unknown>]> =
    [
      ['log(message, context)', (to) => to.log('hi', 'Ctx'), { level: 'info', message: 'hi', context: 'Ctx' }],
      ['log(message)', (to) => to.log('hi'), { level: 'info', message: 'hi' }],
      [
        'log(message, object, context)',
        (to) => to.log('hi', { sku: 1 }, 'Ctx'),
        { level: 'info', message: 'hi', sku: 1, context: 'Ctx' },
      ],
      [
        'log(object, context)',
        (to) => to.log({ sku: 1 }, 'Ctx'),
        { level: 'info', message: '', sku: 1, context: 'Ctx' },
      ],
      [
        'log(object with a message)',
        (to) => to.log({ message: 'hi', sku: 1 }),
        { level: 'info', message: 'hi', sku: 1 },
      ],
      [
        'log(several messages, context)',
        (to) => to.log('a', 'b', 3, 'Ctx'),
        { level: 'info', message: 'a', args: ['b', 3], context: 'Ctx' },
      ],
      ['log(number)', (to) => to.log(7, 'Ctx'), { level: 'info', message: '7', context: 'Ctx' }],
      ['log(class)', (to) => to.log(LineCatcher), { level: 'info', message: 'LineCatcher' }],
      ['log(function)', (to) => to.log(() => 'lazy'), { level: 'info', message: 'lazy' }],
      ['warn', (to) => to.warn('hi', 'Ctx'), { level: 'warn', message: 'hi', context: 'Ctx' }],
      ['debug', (to) => to.debug('hi', 'Ctx'), { level: 'debug', message: 'hi', context: 'Ctx' }],
      ['verbose', (to) => to.verbose('hi', 'Ctx'), { level: 'verbose', message: 'hi', context: 'Ctx' }],
      ['fatal', (to) => to.fatal('hi', 'Ctx'), { level: 'error', message: 'hi', fatal: true, context: 'Ctx' }],
      ['error(message, context)', (to) => to.error('no', 'Ctx'), { level: 'error', message: 'no', context: 'Ctx' }],
      ['error(message, stack)', (to) => to.error('no', stack), { level: 'error', message: 'no', error, stack: true }],
      [
        'error(message, stack, context)',
        (to) => to.error('no', stack, 'Ctx'),
        { level: 'error', message: 'no', error, stack: true, context: 'Ctx' },
      ],
      [
        'error(message, context, stack), as NestJS 12 allows',
        (to) => to.error('no', 'Ctx', stack),
        { level: 'error', message: 'no', error, stack: true, context: 'Ctx' },
      ],
      [
        'error(message, undefined, context)',
        (to) => to.error('no', undefined, 'Ctx'),
        { level: 'error', message: 'no', context: 'Ctx' },
      ],
      ['error(error)', (to) => to.error(boom), { level: 'error', message: 'boom', error: ofBoom, stack: true }],
      [
        'error(error, stack, context), as NestJS reports exceptions',
        (to) => to.error(boom, stack, 'Ctx'),
        { level: 'error', message: 'boom', error: ofBoom, stack: true, context: 'Ctx' },
      ],
      [
        'error(message, error, context)',
        (to) => to.error('no', boom, 'Ctx'),
        { level: 'error', message: 'no', error: ofBoom, stack: true, context: 'Ctx' },
      ],
      [
        'new Logger(context).error(error)',
        () => new Logger('Ctx').error(boom),
        { level: 'error', message: 'boom', error: ofBoom, stack: true, context: 'Ctx' },
      ],
      [
        'new Logger(context).log(message, object)',
        () => new Logger('Ctx').log('hi', { a: 1 }),
        { level: 'info', message: 'hi', a: 1, context: 'Ctx' },
      ],
    ];
  for (const [name, call, expected] of calls) {
    it(`reads ${name}`, () => {
      Logger.overrideLogger(logger);
      call(logger);
      expect(caught.json).to.have.length(1);
      const line = caught.last;
      if (line['error'] !== undefined) {
        const cause = (line['error'] as Record<string, Record<string, unknown>>)['cause'];
        if (cause !== undefined) delete cause['stack'];
      }
      expect(short(line)).to.deep.equal(expected);
    });
  }

  it('lines that were buffered before come through it, in order', () => {
    Logger.attachBuffer();
    new Logger('Early').log('first');
    new Logger('Early').warn('second');
    expect(caught.lines).to.have.length(0);
    Logger.overrideLogger(logger);
    Logger.flush();
    expect(caught.json.map(({ message }) => message)).to.deep.equal(['first', 'second']);
    expect(caught.last['logger']).to.equal('penguiflow.nest');
  });

  it('hides secrets, and keeps a line one line', () => {
    logger.log('logged in\nfor real', { password: 'hunter2' }, 'Ctx');
    expect(caught.text).to.not.include('hunter2');
    expect(caught.lines).to.have.length(1);
  });

  it("takes another winston logger, whose lines carry the request's trace id too", () => {
    const { logger: winston, caught: theirs } = plainWinston();
    const own = new PenguiFlowLogger(winston);
    withLogFields({ trace_id: 't-1' }, () => own.error('no', boom, { level: 'high', message: 'x' }, 'Ctx'));
    expect(theirs.last).to.include({ level: 'error', message: 'no', context: 'Ctx', trace_id: 't-1', level_: 'high' });
    expect(theirs.last['error']).to.include({ type: 'TypeError', message: 'boom' });
  });

  it('a disabled level costs no reading', () => {
    configureLogging({ level: 'warn', structured: true, destination: caught });
    logger.log(() => expect.fail('it was read'));
    expect(caught.lines).to.have.length(0);
  });
});
