import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import winston from 'winston';
import { FLOW_LOGGER_OPTIONS, FlowError, LOGGER, type NodeContext } from '#src/index.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import type { FlowLoggerOptions } from '#src/logging/flow-logger/flow-logger-options.js';
import type { LoggingOptions } from '#src/logging/sinks/logging-config.js';
import { redactFormat } from '#src/logging/winston/redact-format.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { line, node, pass } from '../support/nodes.js';
import { codeOf } from '../support/settling.js';
import { LineCatcher, plainWinston } from '../support/line-catcher.js';
import { useRealFlows, type RealFlowOptions } from './support/real-flows.js';
import { SlowTransport } from './support/slow-transport.js';
import { temporaryFolder } from './support/temporary-folder.js';

/** Part of every secret below; no sink may ever see it. */
const SECRET = 'hunter2';
const SECRETS = [
  'password=hunter2',
  'Authorization: Bearer hunter2hunter2',
  'postgres://app:hunter2@db.example:5432/orders',
  'https://example.test/hook?api_key=hunter2&page=1',
  '{"clientSecret": "hunter2"}',
  '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----',
];

class PaymentError extends Error {
  readonly credentials = { apiKey: 'hunter2' };
  readonly request = { url: 'https://u:hunter2@pay.example', headers: { cookie: 'sid=hunter2' } };
}

/** A node that fails in the way that the payload's number says; its payload is full of secrets. */
const leaky = node(
  'Leaky',
  (payload: unknown, ctx: NodeContext) => {
    const { n } = payload as { readonly n: number };
    const text = SECRETS[n % SECRETS.length]!;
    ctx.logger.info(`calling with ${text}`, { headers: { cookie: text }, nested: [{ token: 'hunter2' }], text });
    const cause = new TypeError(`no answer: ${text}`, { cause: { password: 'hunter2', text } });
    switch (n % 4) {
      case 0:
        throw new Error(`refused: ${text}`, { cause });
      case 1:
        throw Object.assign(new PaymentError(text), { stack: `PaymentError: ${text}\n    at ${text}` });
      case 2:
        throw new FlowError('NODE_EXCEPTION', { message: text, cause, metadata: { password: 'hunter2', text } });
      default:
        // oxlint-disable-next-line typescript/only-throw-error -- nodes throw anything
        throw { password: 'hunter2', text };
    }
  },
  { maxRetries: 1, backoffBaseS: 0 },
);

const failingMiddleware = (): never => {
  throw new PaymentError(`listener: ${SECRETS[0]}`);
};

describe('redaction of a whole flow', () => {
  const flows = useRealFlows();
  const folder = temporaryFolder();

  afterEach(() => shutdownLogging());

  /** Everything that can go wrong, goes wrong; gives how many traces failed. */
  async function run(options: RealFlowOptions = {}, logger: FlowLoggerOptions = {}): Promise<void> {
    const flow = await flows.run(line(pass('Before'), leaky), {
      ...options,
      declared: { middlewares: [FlowLogger, failingMiddleware] },
      made: {
        ...options.made,
        providers: [...(options.made?.providers ?? []), { token: FLOW_LOGGER_OPTIONS, useValue: logger }],
      },
    });
    for (let n = 0; n < 12; n++) {
      expect(await codeOf(flow.call({ n, password: 'hunter2', text: SECRETS[n % SECRETS.length] }))).to.equal(
        'NODE_EXCEPTION',
      );
    }
    // Nobody waits for this one, so the flow logs its failure itself.
    await flow.emit({ n: 0 });
    await flow.stop({ drainS: 5 });
  }

  const formats: readonly LoggingOptions[] = [
    { structured: true, format: 'flat' },
    { structured: true, format: 'penguiflow' },
    { structured: true, format: 'otel' },
    { structured: false },
  ];
  for (const options of formats) {
    for (const payloads of [false, true, { maxChars: 40 }]) {
      const how = `${options.format ?? 'human-readable'}, payloads ${JSON.stringify(payloads)}`;
      it(`R27 no secret of a node's errors, lines or payloads is in any line: ${how}`, async () => {
        const caught = new LineCatcher();
        const slow = new SlowTransport(10);
        const file = folder.path(`redacted-${options.format}-${JSON.stringify(payloads).length}.log`);
        configureLogging({
          ...options,
          level: 'debug',
          destination: { file },
          transports: [slow, new winston.transports.Stream({ stream: caught })],
        });
        await run({}, { payloads });
        const text = readFileSync(file, 'utf8');
        expect(text).to.match(/node_failed|failed after/);
        expect(text).to.contain('refused: ').and.contain('middleware_error');
        expect(text).to.contain('[Redacted]').and.not.contain(SECRET);
        expect(slow.lines.join('\n')).to.match(/node_failed|failed after/);
        expect(slow.lines.join('\n')).to.not.contain(SECRET);
        expect(caught.text).to.match(/node_failed|failed after/);
        expect(caught.text).to.not.contain(SECRET);
        // A line stays a line, whatever is in it: three of them per attempt that fails, and so on.
        // In lines for people a retry is told with the attempt, and the place of a failure stands below it.
        const lines = text.split('\n').filter((one) => one !== '' && !one.startsWith('               at '));
        expect(lines).to.have.length(slow.lines.filter((one) => !/attempt \d follows in/.test(one)).length);
      });
    }
  }

  it('R27 R28 nor in what the flight recorder writes out', async () => {
    const caught = new LineCatcher();
    configureLogging({ level: 'debug', structured: true, destination: caught });
    await run({}, { payloads: true, recordTraces: 10, sample: { node_start: 0, node_success: 0, node_error: 0 } });
    expect(caught.text).to.contain('"recorded":true').and.not.contain(SECRET);
  });

  describe("with a user's own winston logger bound", () => {
    beforeEach(() => configureLogging({ destination: 'none' }));

    it('R27 what the library writes to it is redacted: events, ctx.logger, the lines of the runtime', async () => {
      const { logger, caught } = plainWinston();
      await run({ made: { providers: [{ token: LOGGER, useValue: logger }] } }, { payloads: true });
      expect(caught.text).to.contain('node_failed').and.contain('calling with').and.contain('middleware_error');
      expect(caught.text).to.contain('[Redacted]').and.not.contain(SECRET);
    });

    it('R27 what a program writes to a logger that has nothing to do with flows needs redactFormat()', () => {
      const { logger, caught } = plainWinston();
      logger.info(SECRETS[0]!, { password: SECRET });
      expect(caught.text).to.contain(SECRET);
      const redacted = new LineCatcher();
      logger.configure({
        format: winston.format.combine(redactFormat(), winston.format.json()),
        transports: [new winston.transports.Stream({ stream: redacted })],
      });
      logger.info(SECRETS[0]!, { password: SECRET });
      logger.child({ token: SECRET }).info('child');
      expect(redacted.lines).to.have.length(2);
      expect(redacted.text).not.to.contain(SECRET);
    });

    it('R27 redact: false hides nothing there either', async () => {
      configureLogging({ destination: 'none', redact: false });
      const { logger, caught } = plainWinston();
      await run({ made: { providers: [{ token: LOGGER, useValue: logger }] } });
      expect(caught.text).to.contain(SECRET);
    });
  });
});
