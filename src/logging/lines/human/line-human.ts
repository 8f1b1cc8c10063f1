import type { FlowEventType } from '../../../events/flow-event-type.js';
import { isErrorFields } from '../exception-text.js';
import type { LineFormat, LogRecord } from '../log-record.js';
import type { WinstonLevel } from '../logging-level.js';
import { localClock } from '../timestamp.js';
import { eventTypeOf, eventWords, type EventWords } from './event-words.js';
import { oneLine, pairText, placeOf } from './human-text.js';

/** Fields that the line has a place for, and those that only repeat it. */
const SAID: ReadonlySet<string> = new Set(['flow_name', 'node_name', 'node_id', 'tenant', 'trace_id']);
/** Fields of a line inside a node that are not said unless asked for. */
const OF_ATTEMPT: ReadonlySet<string> = new Set(['attempt', 'otel_trace_id', 'otel_span_id']);
/** Fields of an event that are said without being asked for. */
const ALWAYS: ReadonlySet<string> = new Set(['payload', 'recorded', 'recorded_lost', 'starts_left_out']);
const DEFAULT_TENANT = 'default';
const SHORT_ID = 8;
const LONGEST_ID = 24;
const HEX_ID = /^[\da-f]{32}$/;
/** A reason is not cut to less. */
const SHORTEST_REASON = 24;

const COLOURS: Readonly<Record<WinstonLevel, number>> = {
  error: 31,
  warn: 33,
  info: 32,
  http: 36,
  verbose: 36,
  debug: 34,
  silly: 90,
};

/** What {@link humanLine} shows. */
export interface HumanLineOptions {
  /** All fields as `key=value`, or none; undefined: those that a caller gave. */
  readonly includeExtras: boolean | undefined;
  /** Colour the level and dim the rest, for a terminal. */
  readonly colours: boolean;
  /** Whole ids instead of their ends. */
  readonly fullIds: boolean;
  /** Characters that a line should fit into. */
  readonly columns: number;
}

/**
 * A line for people: `time LEVEL place text[: reason]  [key=value …]  [tenant] id`, as
 * `16:47:54.123 INFO  Orders.Price  done in 3.21 ms  acme a1b2c3d4`.
 */
export function humanLine(options: HumanLineOptions): LineFormat {
  return (record) => {
    const type = eventTypeOf(record);
    const words: EventWords = type === undefined ? { text: record.message } : eventWords(type, record.fields);
    const place = placeText(record);
    const pairs = pairsText(record, type, options);
    const owner = ownerText(record, options);
    const next = words.next ?? '';
    const tail = `${pairs === '' ? '' : `  ${pairs}`}${owner === '' ? '' : `  ${owner}`}`;
    const level = record.level.toUpperCase().padEnd(5);
    const head = `${localClock(record.timeMs)} ${level} ${place}  ${oneLine(words.text)}`;
    const reason = reasonText(words.reason, options.columns - head.length - next.length - tail.length);
    const below = belowText(record, type);
    if (!options.colours) return `${head}${reason}${next}${tail}${below}`;
    const coloured = head.replace(level, `\u001b[${COLOURS[record.level]}m${level}\u001b[39m`);
    return `${coloured}${reason}${next}${tail === '' ? '' : `\u001b[2m${tail}\u001b[22m`}${below}`;
  };
}

/** Whether a line for people tells of an event together with another one. */
export function isFolded(record: LogRecord): boolean {
  return eventTypeOf(record) === 'node_retry';
}

/** `Orders.Price`, `Orders`, or the name of the logger of what belongs to no flow. */
function placeText({ fields, logger }: LogRecord): string {
  const [flow, node] = [fields.get('flow_name'), fields.get('node_name')];
  if (typeof flow !== 'string') return oneLine(logger);
  return oneLine(typeof node === 'string' ? `${flow}.${node}` : flow);
}

/** `acme a1b2c3d4`: whose it is, and which trace. */
function ownerText({ fields }: LogRecord, { fullIds }: HumanLineOptions): string {
  const [tenant, id] = [fields.get('tenant'), fields.get('trace_id')];
  const parts: string[] = [];
  if (typeof tenant === 'string' && tenant !== DEFAULT_TENANT) parts.push(oneLine(tenant));
  if (typeof id === 'string') parts.push(oneLine(fullIds ? id : shortId(id)));
  return parts.join(' ');
}

/** The end of an id tells it from others. */
function shortId(id: string): string {
  if (HEX_ID.test(id)) return id.slice(-SHORT_ID);
  return id.length > LONGEST_ID ? `…${id.slice(1 - LONGEST_ID)}` : id;
}

function pairsText(record: LogRecord, type: FlowEventType | undefined, { includeExtras }: HumanLineOptions): string {
  if (includeExtras === false) return '';
  const { names, values } = record.fields;
  const pairs: string[] = [];
  for (let index = 0; index < names.length; index++) {
    const { name, isFixed } = names[index]!;
    const value = values[index];
    if (value === null || value === undefined || (isFixed && includeExtras !== true)) continue;
    if (isShown(record, type, name, includeExtras === true)) pairs.push(pairText(name, value));
  }
  return pairs.join(' ');
}

function isShown({ fields }: LogRecord, type: FlowEventType | undefined, name: string, all: boolean): boolean {
  if (SAID.has(name)) return false;
  if (type !== undefined) return all ? name !== 'event' : ALWAYS.has(name);
  return all || !OF_ATTEMPT.has(name) || typeof fields.get('flow_name') !== 'string';
}

function reasonText(reason: string | undefined, room: number): string {
  if (reason === undefined) return '';
  const text = oneLine(reason);
  const most = Math.max(SHORTEST_REASON, room - 2);
  return `: ${text.length > most ? `${text.slice(0, most - 1)}…` : text}`;
}

/** Where what failed for good was thrown, below the line. */
function belowText({ fields }: LogRecord, type: FlowEventType | undefined): string {
  if (type !== 'node_failed') return '';
  const error = fields.get('error');
  const place = isErrorFields(error) ? placeOf(error) : undefined;
  return place === undefined ? '' : `\n               at ${oneLine(place)}`;
}
