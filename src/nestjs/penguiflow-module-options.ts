import type { Logger } from 'winston';
import type { FlowLoggerOptions, FlowRecorder, InterceptorRef, LoggingOptions, MiddlewareRef } from '../index.js';
import type { ModuleInspectorOptions } from './http/module-inspector.js';
import { invalidOption, OptionCheck, rejectUnknownOptions } from './option-check.js';

/** What `drainS` and `graceS` are where nobody says it. */
export const DRAIN_S = 10;
export const GRACE_S = 5;

/** Options of `PenguiFlowModule.forRoot`. */
export interface PenguiFlowModuleOptions {
  /** How long open requests, messages, jobs and work in the flows may go on after the shutdown began, in seconds. @defaultValue 10 */
  readonly drainS?: number;
  /** How long to wait, after that, for interrupted code to return, in seconds. @defaultValue 5 */
  readonly graceS?: number;
  /** Whether the flows run when the application has bootstrapped; else call `run()` yourself. @defaultValue true */
  readonly autoRun?: boolean;
  /** Longest start of each flow at bootstrap, in seconds: `startTimeoutS` of its `run()`. @defaultValue no limit */
  readonly startTimeoutS?: number;
  /** Messages at a time of each node where neither `@Node`, `@Flow` nor `forFeature` says it. @defaultValue 1 */
  readonly concurrency?: number;
  /** Observers of every flow of the application, besides those of `@Flow`. @defaultValue none */
  readonly middlewares?: readonly MiddlewareRef[];
  /** Services around every node of the application's flows, the outermost first. @defaultValue none */
  readonly interceptors?: readonly InterceptorRef[];
  /**
   * Records the runs of every flow of the application: a `FlowHistory` of `penguiflow/store`. It is closed when the flows have stopped.
   * @defaultValue none
   */
  readonly history?: FlowRecorder;
  /**
   * The inspector, for people: where it is mounted, and the options of `createInspector`. Needs a `token` of 32 characters or `authorize`.
   * Shows every flow of the application, and the runs of `history`.
   * @defaultValue none
   */
  readonly inspector?: ModuleInspectorOptions;
  /** The winston logger of the flows, of `@Inject(LOGGER)` and of NestJS's own lines. @defaultValue `getLogger()` */
  readonly logger?: Logger;
  /**
   * Sets the `penguiflow` logger up, as `configureLogging` does, and closes it when the application has shut down; of several
   * applications in one process, the last one.
   */
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
  'startTimeoutS',
  'concurrency',
  'middlewares',
  'interceptors',
  'history',
  'inspector',
  'logger',
  'logging',
  'flowLogger',
  'timeoutS',
  'timeoutHeader',
  'trustTraceHeaders',
] satisfies readonly (keyof PenguiFlowModuleOptions)[];

/** Options of `PenguiFlowModule.forFeature`. */
export interface FeatureOptions {
  /** Messages at a time of each node of these flows where neither `@Node` nor `@Flow` says it. @defaultValue that of `forRoot` */
  readonly concurrency?: number;
}

const CONCURRENCY = [
  (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1,
  'a whole number >= 1',
] as const;

/** @throws FlowError `INVALID_OPTION` */
export function checkFeatureOptions(options: FeatureOptions): void {
  const owner = 'PenguiFlowModule.forFeature()';
  rejectUnknownOptions(options, ['concurrency'], owner);
  new OptionCheck(options, owner).that('concurrency', ...CONCURRENCY);
}

const OWNER = 'PenguiFlowModule.forRoot()';

/** @throws FlowError `INVALID_OPTION` that names the option */
export function checkModuleOptions(options: PenguiFlowModuleOptions): void {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', OWNER, 'an object', options);
  rejectUnknownOptions(options, KNOWN, OWNER, ', and isGlobal beside them.');
  const check = new OptionCheck(options, OWNER);
  check.seconds('drainS', { zero: true });
  check.seconds('graceS', { zero: true });
  check.seconds('timeoutS');
  check.seconds('startTimeoutS');
  check.that('concurrency', ...CONCURRENCY);
  check.flag('autoRun');
  check.flag('trustTraceHeaders');
  check.list('middlewares');
  check.list('interceptors');
  check.that('history', isRecorder, 'a FlowHistory');
  check.that('inspector', hasPath, 'an object with a `path` that begins with / and names something');
  check.that(
    'logger',
    isWinstonLogger,
    'a winston logger (for pino, pinoTransport() among the transports of `logging`)',
  );
  check.object('logging', 'the options of configureLogging()');
  check.object('flowLogger', 'the options of FlowLogger');
  check.that('timeoutHeader', (name) => typeof name === 'string' && /^[\w-]+$/.test(name), 'the name of a header');
}

function hasPath(value: unknown): boolean {
  const path = (value as { readonly path?: unknown } | null)?.path;
  return typeof path === 'string' && /^(\/[\w.~-]+)+$/.test(path);
}

function isRecorder(value: unknown): boolean {
  return typeof (value as Partial<FlowRecorder> | null)?.record === 'function';
}

function isWinstonLogger(value: unknown): boolean {
  const given = value as Partial<Logger> | null;
  return typeof given?.write === 'function' && Array.isArray(given.transports);
}
