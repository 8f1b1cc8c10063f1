import { isInvalidInput } from '../../errors/invalid-input.js';
import type { FlowEvent } from '../../events/flow-event.js';
import type { FlowEventType } from '../../events/flow-event-type.js';
import type { LogLevel } from '../../ports/flow-log.js';
import { DEFAULT_FLOW_LEVELS, type FlowLoggerOptions } from './flow-logger-options.js';

/** Level of a line, or `off` for no line. */
type LineLevel = LogLevel | 'off';

/** The level of each event's line, by the options of `FlowLogger`. What a user gave a level has that one, whatever it tells. */
export class FlowLineLevels {
  readonly #byType: Readonly<Record<FlowEventType, LineLevel>>;
  readonly #given: Readonly<Partial<Record<FlowEventType, unknown>>>;
  readonly #retry: LineLevel;
  /** Whether the end of each run tells of what came in and was invalid, where a warning is seen. */
  readonly #tellsRejected: boolean;

  constructor({ levels = {}, retryLevel, sample }: FlowLoggerOptions) {
    this.#byType = { ...DEFAULT_FLOW_LEVELS, ...levels };
    this.#given = levels;
    this.#retry = retryLevel ?? levels.node_error ?? 'warn';
    const { trace_end: end = 'warn' } = levels;
    this.#tellsRejected = (end === 'warn' || end === 'error') && (sample?.trace_end ?? 1) === 1;
  }

  of(event: FlowEvent): LineLevel {
    const { eventType, extra } = event;
    if (eventType === 'node_error' && extra['will_retry'] === true) return this.#retry;
    if (this.#given[eventType] !== undefined) return this.#byType[eventType];
    switch (eventType) {
      case 'node_error':
        return this.#tellsRejected && isInvalidInput(event.error) ? 'debug' : this.#byType.node_error;
      case 'node_failed':
        return this.#tellsRejected && isInvalidInput(event.error) ? 'debug' : this.#failedLevel(event);
      case 'trace_start':
        return extra['kind'] === 'playbook' ? 'debug' : this.#byType.trace_start;
      case 'trace_end':
        return endLevel(extra);
      case 'dependency_error':
        return extra['outcome'] === 'cancelled' ? 'debug' : this.#byType.dependency_error;
      case 'dependency_state':
        return extra['state'] === 'open' ? 'warn' : this.#byType.dependency_state;
      default:
        return this.#byType[eventType];
    }
  }

  /** The levels that lines of that type may have; none when there are no lines. */
  ofType(type: FlowEventType): readonly LogLevel[] {
    return this.#levelsOf(type).filter((level) => level !== 'off');
  }

  #levelsOf(type: FlowEventType): readonly LineLevel[] {
    const own = this.#byType[type];
    const varied = this.#given[type] === undefined ? VARIED_LEVELS[type] : undefined;
    return [own, ...(varied ?? []), ...(type === 'node_error' ? [this.#retry] : [])];
  }

  /** Whoever called a playbook decides what its failure means, and who came too late was told to be there in time. */
  #failedLevel({ extra, errorPayload }: FlowEvent): LineLevel {
    return extra['parent_run'] !== undefined || errorPayload?.code === 'DEADLINE_EXCEEDED'
      ? 'warn'
      : this.#byType.node_failed;
  }
}

/** What lines of a type may have instead of its level, by what they tell. */
const VARIED_LEVELS: Readonly<Partial<Record<FlowEventType, readonly LogLevel[]>>> = {
  node_error: ['debug'],
  node_failed: ['warn', 'debug'],
  dependency_error: ['debug'],
  dependency_state: ['warn'],
  trace_start: ['debug'],
  trace_end: ['warn', 'debug'],
};

/** Whoever called a playbook decides what its failure means. */
function endLevel({ kind, status }: FlowEvent['extra']): LineLevel {
  if (status === 'cancelled') return 'info';
  if (status !== 'succeeded') return 'warn';
  return kind === 'playbook' ? 'debug' : 'info';
}
