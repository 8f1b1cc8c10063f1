import type { FlowEvent } from '../../events/flow-event.js';
import type { FlowEventType } from '../../events/flow-event-type.js';
import type { LogLevel } from '../../ports/flow-log.js';
import { DEFAULT_FLOW_LEVELS, type FlowLoggerOptions } from './flow-logger-options.js';

/** Level of a line, or `off` for no line. */
type LineLevel = LogLevel | 'off';

/** The level of each event's line, by the options of `FlowLogger`. */
export class FlowLineLevels {
  readonly #byType: Readonly<Record<FlowEventType, LineLevel>>;
  readonly #retry: LineLevel;
  /** Whether beginnings and ends of runs have levels of their own, by what they tell. */
  readonly #tellsStarts: boolean;
  readonly #tellsEnds: boolean;
  /** Whether changes of breakers, and calls that nobody waited for any more, have. */
  readonly #tellsStates: boolean;
  readonly #tellsCalls: boolean;

  constructor({ levels, retryLevel }: FlowLoggerOptions) {
    this.#byType = { ...DEFAULT_FLOW_LEVELS, ...levels };
    this.#retry = retryLevel ?? levels?.node_error ?? 'warn';
    this.#tellsStarts = levels?.trace_start === undefined;
    this.#tellsEnds = levels?.trace_end === undefined;
    this.#tellsStates = levels?.dependency_state === undefined;
    this.#tellsCalls = levels?.dependency_error === undefined;
  }

  of({ eventType, extra }: FlowEvent): LineLevel {
    if (eventType === 'node_error' && extra['will_retry'] === true) return this.#retry;
    if (eventType === 'trace_start' && this.#tellsStarts && extra['kind'] === 'playbook') return 'debug';
    if (eventType === 'trace_end' && this.#tellsEnds) return endLevel(extra);
    if (eventType === 'dependency_state' && this.#tellsStates) return extra['state'] === 'open' ? 'warn' : 'info';
    if (eventType === 'dependency_error' && this.#tellsCalls && extra['outcome'] === 'cancelled') return 'debug';
    return this.#byType[eventType];
  }

  /** The levels that lines of that type may have; none when there are no lines. */
  ofType(type: FlowEventType): readonly LogLevel[] {
    return this.#levelsOf(type).filter((level) => level !== 'off');
  }

  #levelsOf(type: FlowEventType): readonly LineLevel[] {
    if (type === 'node_error') return [this.#byType.node_error, this.#retry];
    if (type === 'trace_start' && this.#tellsStarts) return ['info', 'debug'];
    if (type === 'trace_end' && this.#tellsEnds) return ['warn', 'info', 'debug'];
    if (type === 'dependency_state' && this.#tellsStates) return ['warn', 'info'];
    if (type === 'dependency_error' && this.#tellsCalls) return ['warn', 'debug'];
    return [this.#byType[type]];
  }
}

/** Whoever called a playbook decides what its failure means. */
function endLevel({ kind, status }: FlowEvent['extra']): LineLevel {
  if (status === 'cancelled') return 'info';
  if (status !== 'succeeded') return 'warn';
  return kind === 'playbook' ? 'debug' : 'info';
}
