import { Logger as NestLogger, ConsoleLogger } from '@nestjs/common';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { pino, type LoggerOptions } from 'pino';
import { configureLogging, FlowLogger, getLogger, loggingStats, pinoTransport, shutdownLogging } from '#src/index.js';
import { PenguiFlowLogger } from '#src/nestjs/index.js';
import { line, node } from '../../support/nodes.js';
import { thrownBy } from '../../support/thrown-by.js';
import { useLineCatcher } from '../../support/use-logging.js';
import { runProgram } from '../support/child-program.js';
import { useRealFlows } from '../support/real-flows.js';
import { useStats } from '../support/stats-since.js';
import { stderrOf } from '../support/stderr-catcher.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SECRET = 'Zq9xW7vLm2';

describe('pinoTransport', () => {
  const caught = useLineCatcher();
  const flows = useRealFlows();
  const stats = useStats();
  const folder = temporaryFolder();

  afterEach(() => {
    NestLogger.overrideLogger(new ConsoleLogger());
  });

  /** All lines go to a pino logger, and only there. */
  function toPino(options: LoggerOptions = {}): void {
    const logger = pino({ level: 'trace', ...options }, caught);
    configureLogging({ level: 'silly', destination: 'none', transports: [pinoTransport(logger)] });
  }

  it('R23c R26 R27 pino gets every line, with its ids, without secrets, and with what pino puts on its own', async () => {
    toPino({ base: { service: 'orders' } });
    NestLogger.overrideLogger(new PenguiFlowLogger());
    const work = node('Work', (payload: unknown, ctx) => {
      ctx.logger.info('from ctx.logger', { password: SECRET });
      getLogger('billing').warn('from a library', { trace_id: 'fake' });
      new NestLogger('Ctx').error(Object.assign(new Error(`token=${SECRET}`), { code: 'E1' }));
      return payload;
    });
    const flow = await flows.run(line(work), { declared: { middlewares: [FlowLogger] } });
    await flow.call(1, { traceId: 't-1', tenant: 'acme' });
    await flow.stop();
    const lines = caught.json;
    expect(lines.map(({ msg, level }) => [msg, level])).to.deep.equal([
      ['trace_start', 30],
      ['node_start', 20],
      ['from ctx.logger', 30],
      ['from a library', 40],
      ['token=[Redacted]', 50],
      ['node_success', 30],
      ['trace_end', 30],
    ]);
    for (const each of lines) expect(each).to.include({ trace_id: 't-1', tenant: 'acme', service: 'orders' });
    expect(lines[3]).to.include({ logger: 'penguiflow.billing', node_name: 'Work' });
    expect(lines[4]).to.include({ logger: 'penguiflow.nest', context: 'Ctx' });
    expect(lines[4]!['error']).to.include({ type: 'Error', message: 'token=[Redacted]', code: 'E1' });
    expect(caught.text).not.to.contain(SECRET);
  });

  it("R25 each line has the nearest of pino's levels, also of levels of its own", () => {
    const log = (): Record<string, unknown> => {
      caught.clear();
      for (const level of ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'] as const)
        getLogger()[level](level);
      new PenguiFlowLogger().fatal('fatal');
      return Object.fromEntries(caught.json.map(({ msg, level }) => [String(msg), level] as const));
    };
    toPino();
    const usual = { fatal: 60, error: 50, warn: 40, info: 30, http: 30, verbose: 20, debug: 20, silly: 10 };
    expect(log()).to.deep.equal(usual);
    toPino({ customLevels: { notice: 35, low: 5 }, level: 'low' });
    expect(log()).to.deep.equal(usual);
    toPino({ customLevels: { high: 90, medium: 50, small: 10 }, useOnlyCustomLevels: true, level: 'small' });
    expect(log()).to.include({ error: 90, fatal: 90, debug: 10 });
  });

  it('R25 the levels of both count', () => {
    toPino({ level: 'warn' });
    getLogger().info('no');
    getLogger().warn('yes');
    configureLogging({ level: 'error', destination: 'none', transports: [pinoTransport(pino({}, caught))] });
    getLogger().warn('no');
    getLogger().error('yes');
    expect(caught.json.map(({ msg }) => msg)).to.deep.equal(['yes', 'yes']);
  });

  it('R23 fields that are named like parts of its lines are kept under another name', () => {
    toPino();
    getLogger().info('text', { msg: 1, time: 2, level: 3, message: 4 });
    expect(caught.last).to.include({ msg: 'text', msg_: 1, time_: 2, level_: 3, message_: 4, level: 30 });
  });

  it('R29 shutdownLogging waits until what pino buffers is written, and leaves pino open', async () => {
    const file = folder.path('pino.log');
    const logger = pino(pino.destination({ dest: file, sync: false, minLength: 10_000, mkdir: true }));
    configureLogging({ destination: 'none', transports: [pinoTransport(logger)] });
    for (let n = 0; n < 1000; n++) getLogger().info('line', { n });
    expect(await shutdownLogging()).to.deep.equal({ dropped: 0, unflushed: [] });
    const written = (): unknown[] =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((text) => (JSON.parse(text) as { n: number }).n);
    expect(written()).to.deep.equal(Array.from({ length: 1000 }, (_, n) => n));
    configureLogging({ destination: 'none', transports: [pinoTransport(logger)] });
    getLogger().info('one more', { n: 1000 });
    await shutdownLogging();
    expect(written()).to.have.lengthOf(1001);
    expect(loggingStats().destinations[0]).to.include({ name: 'transport pino' });
  });

  it('R29 at process.exit() all lines are with pino, which writes them at once', async () => {
    const { stdout } = await runProgram(
      `const { pino } = await import('pino');
       const { pinoTransport } = await import('${new URL('../../../src/index.js', import.meta.url).href}');
       configureLogging({ destination: 'none', transports: [pinoTransport(pino())] });
       for (let n = 0; n < 500; n++) getLogger().info('line');
       process.exit(0);`,
    );
    expect(stdout.trim().split('\n')).to.have.lengthOf(500);
  });

  it('R21 a pino logger that throws fails nobody: said once, and its lines are counted', async () => {
    toPino({
      formatters: {
        log: () => {
          throw new RangeError('broken');
        },
      },
    });
    const said = await stderrOf(() => {
      for (let n = 0; n < 5; n++) getLogger().info('line');
    });
    expect(said).to.match(/^penguiflow: log destination transport pino failed[^\n]*broken[^\n]*\n$/);
    expect(stats()).to.include({ failed: 5, dropped: 5 });
  });

  it('R23 refuses what is no pino logger', () => {
    for (const logger of [undefined, {}, console, getLogger()])
      expect(thrownBy(() => pinoTransport(logger as never)).message).to.match(
        /^Expected `logger` of pinoTransport\(\) to be a pino logger, got /,
      );
  });
});
