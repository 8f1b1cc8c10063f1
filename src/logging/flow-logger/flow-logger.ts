import 'reflect-metadata';
import type { Logger } from 'winston';
import type { FlowEvent } from '../../events/flow-event.js';
import { type FlowEventType, FLOW_EVENT_TYPES } from '../../events/flow-event-type.js';
import type { FlowSubscription } from '../../events/flow-listener.js';
import type { LogLevel } from '../../ports/flow-log.js';
import { isThenable } from '../../message/is-thenable.js';
import packages from '../../packages/packages.cjs';
import { FieldList, fieldName } from '../lines/field-list.js';
import { BurstLimit } from './burst-limit.js';
import { FlightRecorder } from './flight-recorder.js';
import { FlowLineLevels } from './flow-line-levels.js';
import { checkFlowLoggerOptions, type FlowLoggerOptions } from './flow-logger-options.js';
import { namedLogger } from '../winston/bound-logger.js';
import { loggingHub, ROOT_NAME } from '../winston/logging-hub.js';
import { DEFAULT_PAYLOAD_CHARS, payloadField } from './payload-field.js';
import { isSampled } from './sampling.js';
import { streamOwner } from '../winston/stream-owner.js';
import { processWide } from '../scope/process-wide.js';
import { EVENT_LOGGER, FLOW_LOGGER_OPTIONS } from './tokens.js';
import { endsBadly } from './ends-badly.js';
import { WinstonFlowLog } from '../winston/winston-flow-log.js';

/** A line of a trace that was not sampled. */
interface RecordedLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly timeMs: number;
  readonly fields: FieldList;
}

const DEFAULT_RECORD_LINES = 100;
/** The beginning and the end of a run, or of a part of one. */
const RUN_EVENTS: ReadonlySet<FlowEventType> = new Set(['trace_start', 'trace_end', 'part_start', 'part_end']);
const RECORDED = fieldName('recorded');
const RECORDED_LOST = fieldName('recorded_lost');
/** The event each destination logged last: two loggers on one destination still give one line. */
const lastEvents = processWide('last-events', () => new WeakMap<object, FlowEvent>());

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
  readonly #levels: FlowLineLevels;
  readonly #recorder: FlightRecorder<RecordedLine> | undefined;
  /** Most characters of a payload; undefined for no payloads. */
  readonly #starts: BurstLimit | undefined;
  readonly #payloadChars: number | undefined;
  #latencyFailures = 0;

  /** @throws FlowError `INVALID_OPTION` */
  constructor(logger?: Logger, options: FlowLoggerOptions = {}) {
    this.#options = checkFlowLoggerOptions(options);
    this.#levels = new FlowLineLevels(options);
    const { recordTraces = 0, recordLines = DEFAULT_RECORD_LINES } = options;
    this.#recorder = recordTraces > 0 ? new FlightRecorder(recordTraces, recordLines) : undefined;
    this.#payloadChars = payloadCharsOf(options);
    this.#starts = options.maxStartsPerS === undefined ? undefined : new BurstLimit(options.maxStartsPerS);
    const chosen = logger === undefined ? loggingHub.logger(`${ROOT_NAME}.flow`) : namedLogger('EVENT_LOGGER', logger);
    this.#log = new WinstonFlowLog(chosen);
    this.identity = streamOwner(chosen);
  }

  /** What the event bus needs to know. */
  subscription(): FlowSubscription {
    return {
      name: 'FlowLogger',
      types: FLOW_EVENT_TYPES.filter((type) => this.#needs(type) || this.#levels.ofType(type).length !== 0),
      listener: (event) => this.on(event),
      wants: (type) => this.#needs(type) || this.#levels.ofType(type).some((level) => this.#log.mayEnable(level)),
      onInterestChange: (changed) => this.#log.onLevelChange(changed),
      identity: this.identity,
      silent: () => this.#log.silent,
      flush: () => this.#log.flush(),
    };
  }

  /** Logs an event. */
  on(event: FlowEvent): void {
    const { eventType } = event;
    const level = this.#levels.of(event);
    if (this.#options.onLatency !== undefined) this.#tellLatency(event);
    const recorder = event.traceId === null ? undefined : this.#recorder;
    if (recorder === undefined) {
      this.#writeLine(event, level);
      return;
    }
    const trace = traceKey(event);
    if (eventType === 'trace_start' || eventType === 'part_start') recorder.begin(trace);
    if (endsBadly(event) || this.#isSlow(event)) this.#playBack(recorder, trace);
    this.#writeLine(event, level);
    if (eventType === 'trace_end' || eventType === 'part_end') recorder.end(trace);
  }

  #writeLine(event: FlowEvent, level: LogLevel | 'off'): void {
    const { eventType, ts } = event;
    if (level === 'off' || !this.#log.isLevelEnabled(level) || lastEvents.get(this.identity) === event) return;
    lastEvents.set(this.identity, event);
    const rate = this.#options.sample?.[eventType] ?? 1;
    if (!isSampled(event, rate) && !this.#isWantedAnyway(event, level)) return;
    const starts = eventType === 'node_start' ? this.#starts : undefined;
    if (starts?.passes(ts) === false) return;
    const { sources, reserved } = this.#sourcesOf(event, starts?.takeHeldBack());
    this.#log.writeLine({ level, message: eventType, sources, reserved });
  }

  #isSlow({ eventType, latencyMs }: FlowEvent): boolean {
    const { recordSlowMs } = this.#options;
    return (
      recordSlowMs !== undefined && eventType === 'node_success' && latencyMs !== null && latencyMs >= recordSlowMs
    );
  }

  /** Whether it needs events of that type for more than their line. */
  #needs(type: FlowEventType): boolean {
    if (this.#options.onLatency !== undefined && (type === 'node_success' || type === 'node_error')) return true;
    if (this.#recorder === undefined) return false;
    if (RUN_EVENTS.has(type)) return true;
    return type === 'node_success' && this.#options.recordSlowMs !== undefined;
  }

  /** Keeps an unsampled line; true when its trace has failed already, so that the line is written at once. */
  #isWantedAnyway(event: FlowEvent, level: LogLevel): boolean {
    if (this.#recorder === undefined || event.traceId === null) return false;
    const fields = this.#log.cleanFields(this.#sourcesOf(event));
    return !this.#recorder.record(traceKey(event), {
      level,
      message: event.eventType,
      timeMs: event.ts * 1000,
      fields,
    });
  }

  /** The fields of the event's line; where they have a key in common, the first one wins. */
  #sourcesOf(event: FlowEvent, leftOut = 0): { readonly sources: readonly object[]; readonly reserved: object } {
    const sources: object[] = event.error === undefined ? [] : [{ error: event.error }];
    if (leftOut > 0) sources.push({ starts_left_out: leftOut });
    const reserved = event.toPayload();
    sources.push(reserved);
    if (this.#payloadChars !== undefined && event.payload !== undefined)
      sources.push({ payload: payloadField(event.payload, loggingHub.sanitizer, this.#payloadChars) });
    return { sources, reserved };
  }

  #playBack(recorder: FlightRecorder<RecordedLine>, trace: string): void {
    const { lines, lost } = recorder.fail(trace);
    for (const [index, { level, message, timeMs, fields }] of lines.entries()) {
      const marked = new FieldList();
      marked.add(RECORDED, true);
      if (index === 0 && lost > 0) marked.add(RECORDED_LOST, lost);
      for (const [at, name] of fields.names.entries()) marked.add(name, fields.values[at]);
      this.#log.writeClean({ level, message, timeMs, fields: marked });
    }
  }

  #tellLatency(event: FlowEvent): void {
    const { eventType, latencyMs } = event;
    if ((eventType !== 'node_success' && eventType !== 'node_error') || latencyMs === null) return;
    try {
      // It may be an async function, whatever its type says.
      const result: unknown = this.#options.onLatency?.(eventType, latencyMs, event);
      if (isThenable(result)) result.then(undefined, (error: unknown) => this.#latencyFailed(event, error));
    } catch (error) {
      this.#latencyFailed(event, error);
    }
  }

  /** The first failure is said, then the tenth, the hundredth …: whoever measures may be down for long. */
  #latencyFailed({ nodeName, nodeId, traceId }: FlowEvent, error: unknown): void {
    const failures = ++this.#latencyFailures;
    if (!Number.isInteger(Math.log10(failures))) return;
    const fields = { event: LATENCY_FAILED, node_name: nodeName, node_id: nodeId, trace_id: traceId, failures };
    this.#log.writeLine({ level: 'error', message: LATENCY_FAILED, sources: [fields, { error }], reserved: fields });
  }
}

/** Traces of two tenants may have one id. */
function traceKey({ tenant, traceId }: FlowEvent): string {
  return `${tenant} ${traceId}`;
}

/** As in PenguiFlow for Python. */
const LATENCY_FAILED = 'log_flow_events_latency_callback_error';

function payloadCharsOf({ payloads }: FlowLoggerOptions): number | undefined {
  if (payloads === undefined || payloads === false) return undefined;
  return (payloads === true ? undefined : payloads.maxChars) ?? DEFAULT_PAYLOAD_CHARS;
}

/** Where tsyringe is installed, its containers build the class, too. */
function injectable(): (target: typeof FlowLogger) => void {
  return (target) => {
    const { tsyringe } = packages;
    if (tsyringe === undefined) return;
    tsyringe.inject(EVENT_LOGGER, { isOptional: true })(target, undefined, 0);
    tsyringe.inject(FLOW_LOGGER_OPTIONS, { isOptional: true })(target, undefined, 1);
    tsyringe.injectable()(target as never);
  };
}
