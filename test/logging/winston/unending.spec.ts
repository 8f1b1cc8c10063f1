import { expect } from 'chai';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import winston, { type Logger } from 'winston';
import { FlowLogger } from '#src/index.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { line, node } from '../../support/nodes.js';
import { useLineCatcher } from '../../support/use-logging.js';
import { runProgram } from '../support/child-program.js';
import { Kept } from '../support/kept-lines.js';
import { useRealFlows } from '../support/real-flows.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const work = node('Work', (payload: unknown, ctx) => {
  ctx.logger.info('from ctx.logger');
  getLogger('library').info('from a library');
  return payload;
});

const ENDS: Record<string, (logger: Logger) => unknown> = {
  'end()': (logger) => logger.end(),
  'end(callback)': (logger) => logger.end(() => {}),
  'destroy()': (logger) => logger.destroy(),
  'destroy(error)': (logger) => logger.destroy(new Error('gone')),
  'close()': (logger) => logger.close(),
  'clear()': (logger) => logger.clear(),
  'the end of a stream that is piped to it': (logger) => {
    const source = new PassThrough({ objectMode: true });
    source.pipe(logger);
    source.end({ level: 'debug', message: 'piped' });
  },
  'silent = true on a child': (logger) => logger === getLogger() || Object.assign(logger, { silent: true }),
};
const LOGGERS: Record<string, () => Logger> = {
  'the logger itself': () => getLogger(),
  'a named one': () => getLogger('x'),
  'a child': () => getLogger('x').child({ request: 1 }),
};

describe("everybody's logger", () => {
  const flows = useRealFlows();
  const caught = useLineCatcher();
  const folder = temporaryFolder();

  /** What a flow writes: two lines of its node, three events. */
  async function messages(): Promise<unknown[]> {
    caught.clear();
    const flow = await flows.run(line(work), { declared: { middlewares: [FlowLogger] } });
    await flow.call(1);
    await flow.stop();
    return caught.json.map(({ message }) => message);
  }
  const ALL = ['trace_start', 'from ctx.logger', 'from a library', 'node_success', 'trace_end'];

  for (const [what, end] of Object.entries(ENDS)) {
    for (const [which, logger] of Object.entries(LOGGERS)) {
      it(`R23 is not ended by ${what} of ${which}`, async () => {
        configureLogging({ structured: true, destination: caught });
        end(logger());
        await turn();
        expect(await messages()).to.deep.equal(ALL);
        configureLogging({ structured: true, destination: caught });
        expect(await messages()).to.deep.equal(ALL);
      });
    }
  }

  it('R23 nor are the transports that others have added to it, by whatever is done to a child', async () => {
    const added = new Kept();
    configureLogging({ destination: 'none' });
    getLogger().add(added);
    for (const what of ['end()', 'destroy()', 'close()', 'clear()']) {
      ENDS[what]!(getLogger('x'));
      await turn();
      getLogger('y').info(what);
    }
    expect(added.lines.map(({ message }) => message)).to.deep.equal(['end()', 'destroy()', 'close()', 'clear()']);
    getLogger().close().info('closed');
    expect(added.lines.at(-1)).to.include({ message: 'closed' });
    getLogger().clear().info('cleared');
    expect(added.lines.at(-1)).to.include({ message: 'closed' });
  });

  it('R29 whoever waits for the end that they asked for hears of it, once the lines are in the file', async () => {
    const file = folder.path('end.log');
    configureLogging({ structured: true, destination: { file } });
    const finished = once(getLogger('x'), 'finish');
    for (let n = 0; n < 100; n++) getLogger().info('line');
    getLogger('x').end({ level: 'info', message: 'the last one' });
    await finished;
    expect(readFileSync(file, 'utf8').trim().split('\n')).to.have.lengthOf(101);
    await new Promise<void>((resolve) => {
      getLogger().end(resolve);
    });
    const closed = once(getLogger(), 'close');
    getLogger().destroy();
    await closed;
  });

  const harm: Record<string, (logger: Logger) => unknown> = {
    'configure()': (logger) => logger.configure({ level: 'error', format: winston.format.simple(), silent: true }),
    'silent = true': (logger) => (logger.silent = true),
    'another format': (logger) => (logger.format = winston.format.simple()),
    'other levels': (logger) => (logger.levels = winston.config.syslog.levels),
    'another write': (logger) => (logger.write = () => true),
    'another log and info': (logger) => Object.assign(logger, { log: () => logger, info: () => logger }),
  };
  for (const [what, hurt] of Object.entries(harm)) {
    it(`R23 configureLogging heals what was done to it: ${what}`, async () => {
      configureLogging({ structured: true, destination: caught });
      hurt(getLogger());
      await turn();
      configureLogging({ structured: true, destination: caught });
      expect(await messages()).to.deep.equal(ALL);
    });
  }

  it('R23 lines reach their destination although its stream was ended or destroyed past its methods', async () => {
    for (const how of ['end', 'destroy']) {
      const { code, stdout, stderr } = await runProgram(
        `const { Transform } = (await import('node:module')).createRequire(${JSON.stringify(import.meta.url)})('readable-stream');
         configureLogging({ structured: true });
         const winston = (await import('winston')).default;
         getLogger().add(new winston.transports.Stream({ stream: process.stderr }));
         Transform.prototype.${how}.call(getLogger());
         await new Promise((resolve) => { setImmediate(resolve); });
         for (let n = 0; n < 3; n++) getLogger().info('line');
         await shutdownLogging();`,
      );
      expect({ how, code, stderr }).to.deep.equal({ how, code: 0, stderr: '' });
      expect(stdout.trim().split('\n')).to.have.lengthOf(3);
    }
  });

  it('R23 is silent while it is told to be', async () => {
    configureLogging({ structured: true, destination: caught });
    getLogger().silent = true;
    expect(await messages()).to.deep.equal([]);
    getLogger().silent = false;
    expect(await messages()).to.deep.equal(ALL);
  });

  it('R25 it knows the levels of other scales, by method, by name and as its own level', () => {
    configureLogging({ structured: true, destination: caught, level: 'notice' as never });
    const log = getLogger();
    for (const level of ['emerg', 'alert', 'crit', 'warning', 'notice', 'help', 'data'] as const) log[level]('method');
    log.prompt('below').input('below');
    for (const level of ['warning', 'fatal', 'notice', 'trace', 'unheard of']) log.log(level, level);
    expect(caught.json.map(({ level }) => level).join(' ')).to.equal(
      'error error error warn info info info warn error info error',
    );
    log.level = 'warning';
    expect([log.level, log.isLevelEnabled('crit'), log.isLevelEnabled('notice')]).to.deep.equal(['warn', true, false]);
    expect(log.isLevelEnabled('unheard of')).to.equal(false);
  });
});
