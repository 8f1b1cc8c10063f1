import { Writable } from 'node:stream';

/** Longest message and fields of a line that is kept, in characters. */
export const MAX_MESSAGE = 2_000;
const MAX_FIELDS = 4_000;

/** Levels of lines, the most severe first. */
export const LINE_LEVELS: readonly string[] = ['error', 'warn', 'info', 'debug'];

/** What is no field of a line, but said elsewhere in its row, or in that of its run. */
const OWN: ReadonlySet<string> = new Set([
  ...['level', 'message', 'timestamp', 'logger', 'trace_id', 'tenant', 'flow_name', 'node_name', 'node_id', 'run'],
]);

/** A line on its way through winston. */
export interface LineInfo {
  readonly level: string;
  readonly message: unknown;
  readonly [key: string]: unknown;
}

/** A winston transport: a stream of lines with a level. */
export interface LineTransport extends Writable {
  level: string;
  readonly name: string;
  log(info: LineInfo, next: () => void): void;
}

/**
 * A transport that hands lines over.
 * @param level - the lowest that is wanted; a line whose level nobody knows is handed over, too
 */
export function lineTransport(name: string, level: string, keep: (info: LineInfo) => void): LineTransport {
  const lowest = LINE_LEVELS.indexOf(level);
  const log = (info: LineInfo, next: () => void): void => {
    if (LINE_LEVELS.indexOf(info.level) <= lowest) keep(info);
    next();
  };
  const write = (info: LineInfo, _encoding: string, next: () => void): void => log(info, next);
  return Object.assign(new Writable({ objectMode: true, write }), { name, level, log });
}

/**
 * The fields of a line as JSON, without what has a place of its own; undefined when there are none.
 * @param shown - hides what should not be seen, where the line has not been through that
 */
export function fieldsText(
  info: LineInfo,
  shown: (fields: object) => unknown = (fields) => fields,
): string | undefined {
  const fields = Object.entries(info).filter(([name]) => !OWN.has(name));
  if (fields.length === 0) return undefined;
  try {
    const text = JSON.stringify(shown(Object.fromEntries(fields))) ?? 'null';
    return text.length <= MAX_FIELDS ? text : JSON.stringify({ left_out: `${text.length} characters` });
  } catch {
    return JSON.stringify({ left_out: 'what is no JSON' });
  }
}
