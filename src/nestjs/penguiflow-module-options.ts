import type { Logger } from 'winston';
import {
  FlowError,
  type FlowLoggerOptions,
  type InterceptorRef,
  type LoggingOptions,
  type MiddlewareRef,
} from '../index.js';

/** Options of `PenguiFlowModule.forRoot`. */
export interface PenguiFlowModuleOptions {
  /** How long open requests and work in the flows may go on after the shutdown began, in seconds. @defaultValue 10 */
  readonly drainS?: number;
  /** How long to wait, after that, for interrupted code to return, in seconds. @defaultValue 5 */
  readonly graceS?: number;
  /** Whether the flows run when the application has bootstrapped; else call `run()` yourself. @defaultValue true */
  readonly autoRun?: boolean;
  /** Observers of every flow of the application, besides those of `@Flow`. @defaultValue none */
  readonly middlewares?: readonly MiddlewareRef[];
  /** Services around every node of the application's flows, the outermost first. @defaultValue none */
  readonly interceptors?: readonly InterceptorRef[];
  /** The winston logger of the flows, of `@Inject(LOGGER)` and of NestJS's own lines. @defaultValue `getLogger()` */
  readonly logger?: Logger;
  /** Sets the `penguiflow` logger up, as `configureLogging` does, and closes it when the application has shut down. */
  readonly logging?: LoggingOptions;
  /** Options of `FlowLogger`. @defaultValue its own */
  readonly flowLogger?: FlowLoggerOptions;
  /** Longest time of a flow call that `@CallFlow`, `@StreamFlow` or `@FlowRequest` makes, in seconds. @defaultValue none */
  readonly timeoutS?: number;
  /** Request header with which a client may ask for less time, in seconds (`'x-timeout-s'`). @defaultValue none */
  readonly timeoutHeader?: string;
  /** Whether `traceparent` and `x-request-id` of a request name its trace; turn it off at a public edge. @defaultValue true */
  readonly trustTraceHeaders?: boolean;
}

const KNOWN: readonly string[] = [
  'drainS',
  'graceS',
  'autoRun',
  'middlewares',
  'interceptors',
  'logger',
  'logging',
  'flowLogger',
  'timeoutS',
  'timeoutHeader',
  'trustTraceHeaders',
] satisfies readonly (keyof PenguiFlowModuleOptions)[];

const OWNER = 'PenguiFlowModule.forRoot()';

/** @throws FlowError `INVALID_OPTION` that names the option */
export function checkModuleOptions(options: PenguiFlowModuleOptions): void {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw invalid('options', 'an object', given);
  const unknownKey = Object.keys(given).find((key) => !KNOWN.includes(key));
  if (unknownKey !== undefined) {
    throw new FlowError('INVALID_OPTION', {
      message: `Unknown option \`${unknownKey}\` of ${OWNER}`,
      metadata: { option: unknownKey, owner: OWNER },
      hint: `Known options: ${KNOWN.join(', ')}, and isGlobal beside them.`,
    });
  }
  const {
    drainS,
    graceS,
    timeoutS,
    autoRun,
    trustTraceHeaders,
    middlewares,
    interceptors,
    logger,
    logging,
    flowLogger,
  } = options;
  checkThat(isSeconds(drainS, 0), 'drainS', '>= 0 seconds', drainS);
  checkThat(isSeconds(graceS, 0), 'graceS', '>= 0 seconds', graceS);
  checkThat(isSeconds(timeoutS, Number.MIN_VALUE), 'timeoutS', '> 0 seconds', timeoutS);
  checkThat(isFlag(autoRun), 'autoRun', 'true or false', autoRun);
  checkThat(isFlag(trustTraceHeaders), 'trustTraceHeaders', 'true or false', trustTraceHeaders);
  checkThat(middlewares === undefined || Array.isArray(middlewares), 'middlewares', 'an array', middlewares);
  checkThat(interceptors === undefined || Array.isArray(interceptors), 'interceptors', 'an array', interceptors);
  checkThat(logger === undefined || typeof logger.log === 'function', 'logger', 'a winston logger', logger);
  checkThat(isObjectOrLeftOut(logging), 'logging', 'the options of configureLogging()', logging);
  checkThat(isObjectOrLeftOut(flowLogger), 'flowLogger', 'the options of FlowLogger', flowLogger);
  const { timeoutHeader } = options;
  checkThat(
    timeoutHeader === undefined || (typeof timeoutHeader === 'string' && /^[\w-]+$/.test(timeoutHeader)),
    'timeoutHeader',
    'the name of a header',
    timeoutHeader,
  );
}

function checkThat(holds: boolean, option: string, expected: string, got: unknown): void {
  if (!holds) throw invalid(option, expected, got);
}

function invalid(option: string, expected: string, got: unknown): FlowError {
  const shown = typeof got === 'object' || typeof got === 'function' ? `a ${typeof got}` : JSON.stringify(got);
  return new FlowError('INVALID_OPTION', {
    message: `Expected \`${option}\` of ${OWNER} to be ${expected}, got ${shown ?? 'undefined'}`,
    metadata: { option, owner: OWNER },
  });
}

function isSeconds(value: unknown, least: number): boolean {
  return value === undefined || (typeof value === 'number' && value >= least);
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

function isObjectOrLeftOut(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null);
}
