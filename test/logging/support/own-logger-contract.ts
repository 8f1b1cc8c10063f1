import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import winston, { type Logger, type LoggerOptions } from 'winston';
import { SECRET, type Kind, type OwnLoggerWay, type RunningWay } from './own-logger-ways.js';
import { Kept } from './kept-lines.js';
import { useStats } from './stats-since.js';
import { stderrOf } from './stderr-catcher.js';

type Line = Record<string | symbol, unknown>;

const { combine, errors, json, timestamp } = winston.format;

function kindOf({ message, event }: Line): Kind {
  if (event !== undefined) return 'event';
  return message === 'from ctx.logger' ? 'ctx.logger' : message === 'injected' ? 'injected' : 'nest';
}

/** Lines that were written by the flow, by a node, and so on. */
function ofKind(kept: Kept, kind: Kind): Line[] {
  return kept.lines.filter((line) => kindOf(line) === kind);
}

function ownLogger(options: LoggerOptions = {}): { logger: Logger; kept: Kept } {
  const kept = new Kept();
  return { logger: winston.createLogger({ level: 'debug', transports: [kept], ...options }), kept };
}

/** Every event a run can have with this work: success, error, retry, failure, timeout. */
const EVENTS = ['node_start', 'node_success', 'node_error', 'node_retry', 'node_failed', 'node_timeout'];
const PAYLOADS = ['fine', 'retry', 'fail', 'late'];
const CODES = ['fine', 'retry', 'NODE_EXCEPTION', 'NODE_TIMEOUT'];

/** What a logger of the user's can rely on, whichever way it is given to a flow. */
export function describeOwnLogger(way: OwnLoggerWay): void {
  const stats = useStats();
  let running: RunningWay;

  async function start(logger: Logger): Promise<void> {
    running = await way.run(logger);
  }

  /** Calls the flow in each way that it can end; none of them may end otherwise than without a logger. */
  async function callAll(): Promise<void> {
    const codes: unknown[] = [];
    for (const payload of PAYLOADS) codes.push(await running.call(payload, `t-${payload}`));
    expect(codes).to.deep.equal(CODES);
    await turn();
  }

  async function linesOf(logger: Logger): Promise<void> {
    await start(logger);
    await callAll();
  }

  afterEach(() => running.stop());

  /** Lines of each kind that comes this way, all of them with the fields. */
  function expectFields(kept: Kept, fields: Line): void {
    for (const kind of way.kinds) {
      const lines = ofKind(kept, kind);
      expect(lines, kind).not.to.have.lengthOf(0);
      for (const line of lines) expect(line, kind).to.include(fields);
    }
  }

  it('R23c R26 defaultMeta is on every line, and does not win over the ids', async () => {
    const { logger, kept } = ownLogger({ defaultMeta: { service: 'orders', trace_id: 'default', tenant: 'default' } });
    await start(logger);
    await running.call('fine', 't-1');
    expectFields(kept, { service: 'orders' });
    const inRun = kept.lines.filter((line) => kindOf(line) !== 'nest');
    expect(inRun.every((line) => line['trace_id'] === 't-1')).to.equal(true);
    logger.defaultMeta = { service: 'changed' };
    kept.lines.length = 0;
    await running.call('fine', 't-2');
    expectFields(kept, { service: 'changed' });
  });

  it('R23c R26 the fields of child loggers are on every line, and do not win over the ids', async () => {
    const { logger, kept } = ownLogger({ defaultMeta: { service: 'orders' } });
    await linesOf(logger.child({ request: 'r-1', trace_id: 'child' }).child({ step: 2 }));
    expectFields(kept, { request: 'r-1', step: 2, service: 'orders' });
    const inRun = kept.lines.filter((line) => kindOf(line) !== 'nest');
    expect(inRun.every((line) => /^t-\w+$/.test(String(line['trace_id'])))).to.equal(true);
  });

  const scales: readonly (readonly [string, Record<string, number>, Record<string, string>])[] = [
    ["npm's", winston.config.npm.levels, { node_start: 'debug', node_success: 'info', node_timeout: 'warn' }],
    ["syslog's", winston.config.syslog.levels, { node_start: 'debug', node_success: 'info', node_timeout: 'warning' }],
    ["cli's", winston.config.cli.levels, { node_start: 'debug', node_success: 'info', node_timeout: 'warn' }],
    [
      'fatal, error, warning, info',
      { fatal: 0, error: 1, warning: 2, info: 3 },
      { node_start: 'info', node_success: 'info', node_timeout: 'warning', node_failed: 'error' },
    ],
    [
      'high, medium, low',
      { high: 0, medium: 1, low: 2 },
      { node_start: 'low', node_success: 'medium', node_timeout: 'medium', node_failed: 'high' },
    ],
  ];
  for (const [name, levels, expected] of scales) {
    it(`R23c R25 a logger with levels of its own gets every line, at the nearest of them: ${name}`, async () => {
      const { logger, kept } = ownLogger({ levels, level: Object.keys(levels).at(-1)! });
      // What has no method `info` cannot be injected into a node that calls it.
      Object.assign(logger, { info: (message: string, meta: object) => logger.log('info', message, meta) });
      await linesOf(logger);
      const byType: Record<string, unknown> = {};
      for (const { message, level } of kept.lines) byType[String(message)] = level;
      expect(Object.keys(byType)).to.include.members(EVENTS);
      expect(byType).to.include(expected);
      expect(kept.lines.every(({ level }) => Object.hasOwn(levels, level as string))).to.equal(true);
      for (const kind of way.kinds) expect(ofKind(kept, kind), kind).not.to.have.lengthOf(0);
    });
  }

  it('R23c R24 a silent logger or transport gets nothing, and every line again once it is not silent', async () => {
    const { logger, kept } = ownLogger({ silent: true });
    const other = Object.assign(new Kept(), { silent: true });
    logger.add(other);
    await linesOf(logger);
    expect(kept.lines).to.deep.equal([]);
    logger.silent = false;
    await callAll();
    expect(ofKind(kept, 'event')).not.to.deep.equal([]);
    expect(other.lines).to.deep.equal([]);
    logger.remove(other);
    kept.lines.length = 0;
    kept.silent = true;
    await callAll();
    expect(kept.lines).to.deep.equal([]);
    kept.silent = false;
    await callAll();
    for (const kind of way.kinds.filter((each) => each !== 'nest'))
      expect(ofKind(kept, kind), kind).not.to.have.lengthOf(0);
  });

  const formats = {
    'without errors()': combine(timestamp(), json()),
    'with errors()': combine(errors({ stack: true }), timestamp(), json()),
    'with errors() for each transport': undefined,
  };
  for (const [name, format] of Object.entries(formats)) {
    it(`R23c an error keeps message and stack in a format ${name}`, async () => {
      const { logger, kept } = ownLogger(format === undefined ? {} : { format });
      if (format === undefined) kept.format = combine(errors({ stack: true }), json());
      await linesOf(logger);
      const failed = kept.lines.find((line) => line['message'] === 'node_error')!;
      expect(failed['error']).to.include({ type: 'TypeError', message: 'refused: token=[Redacted]' });
      expect(String((failed['error'] as Line)['stack'])).to.contain('own-logger-ways');
      expect(JSON.parse(kept.text.split('\n').at(-1)!)).to.include({ message: kept.lines.at(-1)!['message'] });
    });
  }

  it('R23c R27 secrets are hidden, in whatever is on the line', async () => {
    const { logger, kept } = ownLogger({ defaultMeta: { apiKey: SECRET } });
    await linesOf(logger.child({ headers: { cookie: SECRET } }));
    expect(kept.lines.length).to.be.greaterThan(10);
    expect(JSON.stringify(kept.lines) + kept.text)
      .to.contain('[Redacted]')
      .and.not.contain(SECRET);
  });

  it('R23c each of several transports gets what its level says', async () => {
    const [errorsOnly, second] = [new Kept({ level: 'error' }), new Kept()];
    const { logger, kept } = ownLogger({ level: 'info' });
    logger.add(errorsOnly).add(second);
    await linesOf(logger);
    expect(kept.lines.map(({ message }) => message)).to.deep.equal(second.lines.map(({ message }) => message));
    expect(errorsOnly.lines.map(({ level }) => level)).to.include('error');
    expect(new Set(errorsOnly.lines.map(({ level }) => level))).to.deep.equal(new Set(['error']));
    expect(ofKind(kept, 'event').some(({ message }) => message === 'node_start')).to.equal(false);
  });

  it('R23c another level of the logger or of a transport counts from the next line on', async () => {
    const { logger, kept } = ownLogger({ level: 'error' });
    await start(logger);
    const started = (): number => kept.lines.filter(({ message }) => message === 'node_start').length / 2;
    await running.call('fine', 't-1');
    expect(started()).to.equal(0);
    logger.level = 'debug';
    await running.call('fine', 't-2');
    expect(started()).to.equal(1);
    logger.level = 'error';
    await running.call('fine', 't-3');
    expect(started()).to.equal(1);
    kept.level = 'debug';
    await running.call('fine', 't-4');
    expect(started()).to.equal(2);
  });

  const ends: Record<string, (logger: Logger) => unknown> = {
    'close()': (logger) => logger.close(),
    'end()': (logger) => logger.end(),
    'clear()': (logger) => logger.clear(),
    'destroy()': (logger) => logger.destroy(),
  };
  for (const [name, end] of Object.entries(ends)) {
    it(`R23c R29 a logger after ${name} holds nobody up: said once, and its lines are counted`, async () => {
      const { logger, kept } = ownLogger();
      await start(logger);
      await running.call('fine', 't-1');
      const before = kept.lines.length;
      end(logger);
      const said = await stderrOf(async () => {
        await callAll();
        await callAll();
      });
      expect(said).to.match(/^penguiflow: the winston logger of \S+ was closed; its lines are lost[^\n]*\n$/);
      expect(kept.lines).to.have.lengthOf(before);
      expect(stats().dropped).to.be.greaterThan(10);
    });
  }

  it('R23c R24 a closed logger that gets a transport again has every line again', async () => {
    const { logger, kept } = ownLogger();
    await start(logger);
    logger.close();
    await stderrOf(callAll);
    expect(ofKind(kept, 'event')).to.deep.equal([]);
    logger.add(kept);
    await callAll();
    expect(ofKind(kept, 'event')).not.to.deep.equal([]);
  });

  const broken = (): never => {
    throw new RangeError('broken');
  };
  const throwing: Record<string, (logger: Logger) => void> = {
    'its format': (logger) => void (logger.format = { transform: broken }),
    'one of its transports': (logger) => void logger.add(Object.assign(new Kept(), { log: broken })),
    'the format of a transport': (logger) =>
      void logger.add(Object.assign(new Kept(), { format: { transform: broken } })),
    'a transport, with a promise': (logger) =>
      void logger.add(Object.assign(new Kept(), { log: () => Promise.reject(new RangeError('broken')) })),
    'its write': (logger) => void (logger.write = broken as never),
  };
  for (const [name, breakIt] of Object.entries(throwing)) {
    it(`R23c R21 a logger that throws fails nobody: ${name}. The others get all lines, and it is said once`, async () => {
      const { logger, kept } = ownLogger();
      breakIt(logger);
      const said = await stderrOf(async () => {
        await start(logger);
        for (let n = 0; n < 5; n++) await callAll();
      });
      expect(said).to.match(/^penguiflow: the winston logger of \S+ failed: RangeError: broken[^\n]*\n$/);
      expect(stats().failed).to.be.greaterThan(50);
      if (name.includes('transport'))
        expect(
          ofKind(kept, 'event').filter((line) => line['message'] === 'node_success' && line['node_name'] === 'Wait'),
        ).to.have.lengthOf(10);
    });
  }

  it('R23c R21 an error that a transport emits ends nothing', async () => {
    const { logger, kept } = ownLogger();
    await start(logger);
    const said = await stderrOf(async () => {
      kept.emit('error', new Error('connection lost'));
      await callAll();
    });
    expect(said).to.contain('failed: Error: connection lost');
    expect(ofKind(kept, 'event')).not.to.deep.equal([]);
  });
}
