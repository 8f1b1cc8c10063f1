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

  constructor({ levels, retryLevel }: FlowLoggerOptions) {
    this.#byType = { ...DEFAULT_FLOW_LEVELS, ...levels };
    this.#retry = retryLevel ?? levels?.node_error ?? 'warn';
  }

  of({ eventType, extra }: FlowEvent): LineLevel {
    return eventType === 'node_error' && extra['will_retry'] === true ? this.#retry : this.#byType[eventType];
  }

  /** The levels that lines of that type may have; none when there are no lines. */
  ofType(type: FlowEventType): readonly LogLevel[] {
    const levels = type === 'node_error' ? [this.#byType.node_error, this.#retry] : [this.#byType[type]];
    return levels.filter((level) => level !== 'off');
  }
}
