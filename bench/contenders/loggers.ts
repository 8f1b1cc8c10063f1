import 'reflect-metadata';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

import { configureLogging, FlowEvent, FlowLogger, shutdownLogging } from 'penguiflow';
import { pino } from 'pino';
import winston from 'winston';

import { flowEvents } from '../log-events.js';

/** A logger at work. */
export interface OpenLogger {
  /** Logs so many lines of fifteen fields. */
  log(count: number): void;
  /** Logs so many events whose level is off. */
  skip(count: number): void;
  /** Resolves when everything is written. */
  close(): Promise<unknown>;
}

export interface LoggerContender {
  readonly about: string;
  open(destination: Writable | string): OpenLogger;
}

const successes = flowEvents(FlowEvent, 'node_success');
const starts = flowEvents(FlowEvent, 'node_start');
const payloads = successes.map((event) => event.toPayload());
type Payload = (typeof payloads)[number];

function times(run: (n: number) => void): (count: number) => void {
  return (count) => {
    for (let n = 0; n < count; n++) run(n % 1000);
  };
}

function flowLogger(): Pick<OpenLogger, 'log' | 'skip'> {
  const logger = new FlowLogger();
  return {
    log: times((n) => logger.on(successes[n] as (typeof successes)[number])),
    skip: times((n) => logger.on(starts[n] as (typeof starts)[number])),
  };
}

function transportTo(destination: Writable | string): winston.transport {
  return typeof destination === 'string'
    ? new winston.transports.File({ filename: destination })
    : new winston.transports.Stream({ stream: destination });
}

function finished(stream: winston.transport): Promise<void> {
  return new Promise((resolve) => {
    stream.once('finish', resolve);
  });
}

/** With room for every line that is logged faster than a file takes it: the others have no bound at all. */
const CONFIG = { format: 'flat', level: 'info', bufferChars: 2 ** 28 } as const;

/** Waits for the stream that writes, which is not the one that is given the lines. */
function pinoTo(destination: Writable | string, sync: boolean): OpenLogger {
  const target = typeof destination === 'string' ? pino.destination({ dest: destination, sync }) : destination;
  const logger = pino({ timestamp: pino.stdTimeFunctions.isoTime, base: null }, target);
  return {
    log: times((n) => logger.info(payloads[n] as Payload, 'node_success')),
    skip: times((n) => logger.debug(payloads[n] as Payload, 'node_start')),
    close: () =>
      new Promise<void>((resolve) => {
        if (target instanceof Writable) resolve();
        else {
          target.once('close', resolve);
          target.end();
        }
      }),
  };
}

/** The rows of W6. */
export const LOGGERS: Readonly<Record<string, LoggerContender>> = {
  FlowLogger: {
    about: 'format flat, hides secrets, built-in destination (a winston transport that is told the line)',
    open(destination) {
      configureLogging({
        ...CONFIG,
        destination: typeof destination === 'string' ? { file: destination } : destination,
      });
      return { ...flowLogger(), close: () => shutdownLogging({ timeoutS: 60 }) };
    },
  },
  'FlowLogger, winston’s transport': {
    about: 'the same through winston’s own Stream or File transport and nothing else',
    open(destination) {
      const transport = transportTo(destination);
      configureLogging({ ...CONFIG, destination: 'none', transports: [transport] });
      return {
        ...flowLogger(),
        async close() {
          const done = finished(transport);
          await shutdownLogging({ timeoutS: 60 });
          await done;
        },
      };
    },
  },
  winston: {
    about: 'bare, timestamp() and json(), its own Stream or File transport; hides nothing',
    open(destination) {
      const transport = transportTo(destination);
      const { combine, timestamp, json } = winston.format;
      const logger = winston.createLogger({ format: combine(timestamp(), json()), transports: [transport] });
      return {
        log: times((n) => logger.info('node_success', payloads[n])),
        skip: times((n) => logger.debug('node_start', payloads[n])),
        async close() {
          // Ending it with lines in its own buffer makes it write to an ended transport.
          while (logger.writableLength + logger.readableLength !== 0) await turn();
          const done = finished(transport);
          logger.end();
          await done;
        },
      };
    },
  },
  pino: {
    about: 'isoTime, pino.destination(file) as it comes: every line is a synchronous write; hides nothing',
    open: (destination) => pinoTo(destination, true),
  },
  'pino, sync: false': {
    about: 'the same with an asynchronous destination',
    open: (destination) => pinoTo(destination, false),
  },
};
