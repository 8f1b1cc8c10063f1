import 'reflect-metadata';
import { inject, injectable } from 'tsyringe';
import type { Logger } from 'winston';
import type { FlowEvent } from '../events/flow-event.js';
import type { FlowEventType } from '../events/flow-event-type.js';
import { FLOW_EVENT_TYPES } from '../events/flow-event-type.js';
import type { FlowSubscription } from '../events/flow-listener.js';
import type { LogFields, LogLevel } from '../ports/flow-log.js';
import { FlightRecorder } from './flight-recorder.js';
import {
  checkFlowLoggerOptions,
  DEFAULT_FLOW_LEVELS,
  type FlowLineLevel,
  type FlowLoggerOptions,
} from './flow-logger-options.js';
import { loggingHub, ROOT_NAME } from './logging-hub.js';
import { isSampled } from './sampling.js';
import { streamOwner } from './stream-owner.js';
import { EVENT_LOGGER, FLOW_LOGGER_OPTIONS } from './tokens.js';
import { WinstonFlowLog } from './winston-flow-log.js';

/** A line of a trace that was not sampled. */
interface RecordedLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly payload: LogFields;
}

const DEFAULT_RECORD_LINES = 100;
/** Types that end a trace badly, whatever their `extra` says. */
const FAILURES: ReadonlySet<FlowEventType> = new Set([
  'node_failed',
  'deadline_skip',
  'trace_cancel_start',
  'node_trace_cancelled',
]);
/** Types that do unless a retry follows. */
const ATTEMPT_FAILURES: ReadonlySet<FlowEventType> = new Set(['node_error', 'node_timeout']);
/** The event each destination logged last: two loggers on one destination still give one line. */
const lastEvents = new WeakMap<object, FlowEvent>();

/**
 * Writes one line for each event of a flow: the message is the event type, the fields are the event's payload.
 * A line about a failure carries the error with its message, stack and causes.
 *
 * Add it to `middlewares`; it writes to the winston logger bound to `LOGGER`, else to `penguiflow.flow`.
 *
 * @example
 * ```ts
 * @Flow({ middlewares: [FlowLogger] })
 * class Orders {…}
 *
 * createFlow(Orders, { providers: [{ token: FLOW_LOGGER_OPTIONS, useValue: { levels: { node_start: 'off' } } }] });
 * ```
 */
@injectable()
export class FlowLogger {
  /** Where the lines go: two with the same one never double a line. */
  readonly identity: object;
  readonly #log: WinstonFlowLog;
  readonly #options: FlowLoggerOptions;
  readonly #levels: Readonly<Record<FlowEventType, FlowLineLevel>>;
  readonly #retryLevel: FlowLineLevel;
  readonly #recorder: FlightRecorder<RecordedLine> | undefined;

  /** @throws FlowError `INVALID_OPTION` */
  constructor(
    @inject(EVENT_LOGGER, { isOptional: true }) logger?: Logger,
    @inject(FLOW_LOGGER_OPTIONS, { isOptional: true }) options: FlowLoggerOptions = {},
  ) {
    this.#options = checkFlowLoggerOptions(options);
    this.#levels = { ...DEFAULT_FLOW_LEVELS, ...options.levels };
    this.#retryLevel = options.retryLevel ?? options.levels?.node_error ?? 'warn';
    const { recordTraces = 0, recordLines = DEFAULT_RECORD_LINES } = options;
    this.#recorder = recordTraces > 0 ? new FlightRecorder(recordTraces, recordLines) : undefined;
    const chosen = logger ?? loggingHub.logger(`${ROOT_NAME}.flow`);
    this.#log = new WinstonFlowLog(chosen);
    this.identity = streamOwner(chosen);
  }

  /** What the event bus needs to know. */
  subscription(): FlowSubscription {
    return {
      name: 'FlowLogger',
      types: FLOW_EVENT_TYPES.filter((type) => this.#wants(type)),
      listener: (event) => this.on(event),
      identity: this.identity,
      silent: () => this.#log.silent,
    };
  }

  /** Logs an event. */
  on(event: FlowEvent): void {
    const { eventType } = event;
    const level = this.#levelOf(event);
    if (this.#options.onLatency !== undefined) this.#tellLatency(event);
    if (this.#recorder !== undefined && event.traceId !== null && isFailure(event))
      this.#playBack(this.#recorder, event.traceId);
    if (level === 'off' || !this.#log.isLevelEnabled(level) || lastEvents.get(this.identity) === event) return;
    lastEvents.set(this.identity, event);
    const rate = this.#options.sample?.[eventType] ?? 1;
    if (!isSampled(event.traceId, rate) && !this.#isWantedAnyway(event, level)) return;
    const payload = event.toPayload();
    this.#log.writeLine({
      level,
      message: eventType,
      sources: event.error === undefined ? [payload] : [{ error: event.error }, payload],
    });
  }

  #wants(type: FlowEventType): boolean {
    if (this.#levels[type] !== 'off' || (type === 'node_error' && this.#retryLevel !== 'off')) return true;
    if (this.#options.onLatency !== undefined && (type === 'node_success' || type === 'node_error')) return true;
    return this.#recorder !== undefined && (FAILURES.has(type) || ATTEMPT_FAILURES.has(type));
  }

  #levelOf(event: FlowEvent): FlowLineLevel {
    return event.eventType === 'node_error' && event.extra['will_retry'] === true
      ? this.#retryLevel
      : this.#levels[event.eventType];
  }

  /** Keeps an unsampled line; true when its trace has failed already, so that the line is written at once. */
  #isWantedAnyway(event: FlowEvent, level: LogLevel): boolean {
    if (this.#recorder === undefined || event.traceId === null) return false;
    const payload = event.error === undefined ? event.toPayload() : { ...event.toPayload(), error: event.error };
    const clean = loggingHub.sanitizer.value(payload) as LogFields;
    return !this.#recorder.record(event.traceId, { level, message: event.eventType, payload: clean });
  }

  #playBack(recorder: FlightRecorder<RecordedLine>, traceId: string): void {
    const { lines, lost } = recorder.fail(traceId);
    for (const [index, { level, message, payload }] of lines.entries()) {
      const mark = index === 0 && lost > 0 ? { recorded: true, recorded_lost: lost } : { recorded: true };
      this.#log.writeLine({ level, message, sources: [mark, payload], timeMs: Number(payload['ts']) * 1000 });
    }
  }

  #tellLatency(event: FlowEvent): void {
    const { eventType, latencyMs } = event;
    if ((eventType !== 'node_success' && eventType !== 'node_error') || latencyMs === null) return;
    try {
      this.#options.onLatency?.(eventType, latencyMs, event);
    } catch (error) {
      const fields = { event: eventType, node_name: event.nodeName, trace_id: event.traceId };
      this.#log.writeLine({ level: 'error', message: 'onLatency failed', sources: [fields, { error }] });
    }
  }
}

function isFailure(event: FlowEvent): boolean {
  return FAILURES.has(event.eventType) || (ATTEMPT_FAILURES.has(event.eventType) && event.extra['will_retry'] !== true);
}
