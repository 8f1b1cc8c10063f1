// What a log line costs, against bare winston in the same run. Usage: npm run build && node bench/logging.mjs [lines] [rounds]
// Every variant writes the same fifteen fields to a stream that throws them away; rounds of all variants take turns, so
// that a busy machine hits them alike. Figures are medians of the rounds, ratios are medians of the ratios per round.
// Correlation through a whole flow is in correlation.mjs, because each of its modes needs a process of its own.
import 'reflect-metadata';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import winston from 'winston';

// All of it from the modules that the bundle is made of, because some are internal.
const src = new URL('../dist/src/', import.meta.url).href;
const { FlowEvent } = await import(`${src}events/flow-event.js`);
const { configureLogging } = await import(`${src}logging/configure-logging.js`);
const { activeCorrelation } = await import(`${src}logging/scope/correlation-scope.js`);
const { correlate } = await import(`${src}logging/winston/correlate.js`);
const { FlowLogger } = await import(`${src}logging/flow-logger/flow-logger.js`);
const { getLogger } = await import(`${src}logging/winston/get-logger.js`);
const { loggingHub } = await import(`${src}logging/winston/logging-hub.js`);
const { loggingStats } = await import(`${src}logging/shutdown-logging.js`);
const { WinstonFlowLog } = await import(`${src}logging/winston/winston-flow-log.js`);

const { flowEvents, TRACE } = await import('../dist/bench/log-events.js');

const LINES = Number(process.argv[2] ?? 20_000);
const ROUNDS = Number(process.argv[3] ?? 11);

let bytes = 0;
const nowhere = () =>
  new Writable({
    decodeStrings: false,
    write(chunk, _encoding, callback) {
      bytes += chunk.length;
      callback();
    },
  });

const successes = flowEvents(FlowEvent, 'node_success');
const starts = flowEvents(FlowEvent, 'node_start');
const failures = flowEvents(FlowEvent, 'node_retry', {
  extra: {
    sleep_s: 0.5,
    exception: 'Error: the service said 503',
    request: { url: 'https://api.example.test/orders?page=2', headers: { accept: 'application/json' } },
  },
});
const payloads = successes.map((one) => one.toPayload());

const bare = winston.createLogger({
  format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  transports: [new winston.transports.Stream({ stream: nowhere() })],
});

const stream = nowhere();
const reserved = {
  trace_id: TRACE,
  flow_name: 'Orders',
  node_name: 'Price',
  node_id: 'price-1',
  tenant: 'acme',
  attempt: 0,
};
const setUp = (options) => configureLogging({ destination: stream, structured: true, level: 'info', ...options });
const flowLines = (events, options) => (count) => {
  const logger = new FlowLogger(undefined, options);
  for (let n = 0; n < count; n++) logger.on(events[n % 1000]);
};
const call = (logger) => (count) => {
  for (let n = 0; n < count; n++) logger.info('node_success', payloads[n % 1000]);
};

const variants = [
  ['bare winston, timestamp() + json()', () => {}, call(bare)],
  ['FlowLogger, flat', () => setUp({ format: 'flat' }), flowLines(successes)],
  ['FlowLogger, penguiflow', () => setUp({ format: 'penguiflow' }), flowLines(successes)],
  ['FlowLogger, otel', () => setUp({ format: 'otel' }), flowLines(successes)],
  ['FlowLogger, for people', () => setUp({ structured: false }), flowLines(successes)],
  ['FlowLogger, flat, redact: false', () => setUp({ redact: false }), flowLines(successes)],
  ['FlowLogger, retries with nested extras', () => setUp(), flowLines(failures)],
  [
    'FlowLogger, unsampled, recorded',
    () => setUp(),
    flowLines(successes, { sample: { node_success: 0 }, recordTraces: 100 }),
  ],
  ['FlowLogger, unsampled', () => setUp(), flowLines(successes, { sample: { node_success: 0 } })],
  [
    'FlowLogger, flat, and winston transport',
    () => setUp({ transports: [new winston.transports.Stream({ stream: nowhere() })] }),
    flowLines(successes),
  ],
  ['getLogger().info, same fields', () => setUp(), call(getLogger('bench'))],
  [
    'getLogger().info inside an attempt',
    () => setUp(),
    (count) => activeCorrelation().run(reserved, () => call(getLogger('bench'))(count)),
  ],
  [
    'ctx.logger.info, two fields',
    () => setUp(),
    (count) => {
      const log = new WinstonFlowLog(loggingHub.logger('bench'));
      for (let n = 0; n < count; n++) log.write('info', 'priced', { sku: 'a-1', quantity: n }, reserved);
    },
  ],
];

const pino = await import('pino').then(
  ({ pino }) => pino,
  () => undefined,
);
if (pino === undefined) {
  console.log('pino is not installed here, so its lines are missing below');
} else {
  // The same fields on the same kind of stream; the bare one checks and hides nothing.
  const plain = pino({ timestamp: pino.stdTimeFunctions.isoTime, base: undefined }, nowhere());
  const redacting = pino(
    {
      timestamp: pino.stdTimeFunctions.isoTime,
      base: undefined,
      redact: ['password', 'token', '*.password', '*.token'],
    },
    nowhere(),
  );
  const pinoCall = (logger) => (count) => {
    for (let n = 0; n < count; n++) logger.info(payloads[n % 1000], 'node_success');
  };
  variants.push(['pino', () => {}, pinoCall(plain)]);
  variants.push(['pino, redact: four paths', () => {}, pinoCall(redacting)]);
}

const correlated = correlate(
  winston.createLogger({
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Stream({ stream: nowhere() })],
  }),
);
variants.push([
  'correlate(bare winston), in an attempt',
  () => {},
  (count) => activeCorrelation().run(reserved, () => call(correlated)(count)),
]);

variants.push([
  'FlowLogger, payloads: true',
  () => setUp(),
  flowLines(flowEvents(FlowEvent, 'node_success', { payload: { order: 'a-1', lines: [{ sku: 'x', n: 2 }] } }), {
    payloads: true,
  }),
]);

const disabled = [
  ['FlowLogger, disabled level', flowLines(starts)],
  [
    'WinstonFlowLog.isLevelEnabled',
    (count) => {
      const log = new WinstonFlowLog();
      for (let n = 0; n < count; n++) if (log.isLevelEnabled('debug')) bytes++;
    },
  ],
  [
    "isLevelEnabled, user's winston logger",
    (count) => {
      const log = new WinstonFlowLog(bare);
      for (let n = 0; n < count; n++) if (log.isLevelEnabled('debug')) bytes++;
    },
  ],
  [
    'getLogger().debug',
    (count) => {
      const log = getLogger('bench');
      for (let n = 0; n < count; n++) log.debug('off', payloads[n % 1000]);
    },
  ],
  [
    'bare winston .debug',
    (count) => {
      for (let n = 0; n < count; n++) bare.debug('off', payloads[n % 1000]);
    },
  ],
];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function nsPerLine(run, lines) {
  await turn();
  const start = process.hrtime.bigint();
  run(lines);
  await turn(); // write callbacks belong to the cost of a line
  return Number(process.hrtime.bigint() - start) / lines;
}

const times = variants.map(() => []);
for (let round = -2; round < ROUNDS; round++) {
  for (const [index, [, prepare, run]] of variants.entries()) {
    prepare();
    const ns = await nsPerLine(run, LINES);
    if (round >= 0) times[index].push(ns);
  }
}
console.log(`node ${process.version}, ${LINES} lines, ${ROUNDS} rounds`);
for (const [index, [name]] of variants.entries()) {
  const ratio = median(times[index].map((ns, round) => ns / times[0][round]));
  console.log(
    `${name.padEnd(42)} ${(median(times[index]) / 1000).toFixed(2).padStart(7)} us/line  ${ratio.toFixed(2)} of bare`,
  );
}

setUp();
for (const [name, run] of disabled) {
  const ns = [];
  for (let round = -2; round < ROUNDS; round++) {
    const one = await nsPerLine(run, LINES * 10);
    if (round >= 0) ns.push(one);
  }
  console.log(`${name.padEnd(42)} ${median(ns).toFixed(1).padStart(7)} ns/call`);
}
const { dropped, failed } = loggingStats();
if (dropped + failed > 0 || bytes === 0)
  throw new RangeError(`the bench lost lines: ${dropped} dropped, ${failed} failed`);
