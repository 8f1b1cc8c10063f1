import type { LogRecord } from '../../logging/lines/log-record.js';
import { LEVEL_RANKS, npmLevel } from '../../logging/lines/logging-level.js';
import { parsePattern, parseTime } from '../option-values.js';

/** Which lines to show: all that is given must hold. */
export interface LineFilterOptions {
  readonly trace?: string;
  readonly node?: string;
  readonly flow?: string;
  readonly level?: string;
  readonly tenant?: string;
  readonly event?: string;
  readonly since?: string;
  readonly grep?: string;
}

type Test = (record: LogRecord) => boolean;

/** Lines show the end of an id, which is enough to name it by. */
const LEAST_OF_ID = 4;
const PLAIN = /^[\w.:-]+$/;

/** Chooses lines. */
export class LineFilter {
  readonly #tests: readonly Test[];
  readonly #needle: string | undefined;
  readonly #pattern: RegExp | undefined;
  /** One type of event was asked for, so that its lines are not told with those of another. */
  readonly isOfEvent: boolean;

  constructor(options: LineFilterOptions, nowMs: number) {
    this.#tests = testsOf(options, nowMs);
    this.isOfEvent = options.event !== undefined;
    // Other characters may be written as escapes.
    this.#needle = options.trace !== undefined && PLAIN.test(options.trace) ? options.trace : undefined;
    this.#pattern = options.grep === undefined ? undefined : parsePattern(options.grep, '--grep');
  }

  /** The library's own lines only: others have nothing to be chosen by. */
  get isOfFields(): boolean {
    return this.#tests.length > 0;
  }

  /** False for a line that need not be read at all. */
  mayTake(line: string): boolean {
    if (this.#needle !== undefined && !line.includes(this.#needle)) return false;
    return this.#pattern?.test(line) !== false;
  }

  takes(record: LogRecord): boolean {
    for (const test of this.#tests) if (!test(record)) return false;
    return true;
  }
}

/** Whether an id is the one that was named by it, its beginning or its end. */
function isNamed(id: unknown, name: string): boolean {
  if (typeof id !== 'string') return false;
  return id === name || id.startsWith(name) || (name.length >= LEAST_OF_ID && id.endsWith(name));
}

function testsOf(options: LineFilterOptions, nowMs: number): Test[] {
  const { trace, node, flow, level, tenant, event, since } = options;
  const tests: Test[] = [];
  if (level !== undefined) {
    const lowest = LEVEL_RANKS[npmLevel(level) as keyof typeof LEVEL_RANKS];
    tests.push((record) => LEVEL_RANKS[record.level] <= lowest);
  }
  if (since !== undefined) {
    const fromMs = parseTime(since, '--since', nowMs);
    tests.push((record) => record.timeMs >= fromMs);
  }
  if (trace !== undefined) tests.push(({ fields }) => isNamed(fields.get('trace_id'), trace));
  if (flow !== undefined) tests.push(({ fields }) => fields.get('flow_name') === flow);
  if (tenant !== undefined) tests.push(({ fields }) => fields.get('tenant') === tenant);
  if (event !== undefined) tests.push(({ fields }) => fields.get('event') === event);
  if (node !== undefined) {
    tests.push(({ fields }) => {
      const name = fields.get('node_name');
      return name === node || `${String(fields.get('flow_name'))}.${String(name)}` === node;
    });
  }
  return tests;
}
