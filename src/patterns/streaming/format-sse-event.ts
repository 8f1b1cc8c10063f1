import { FlowError } from '../../errors/flow-error.js';
import { describeValue, invalidOption, rejectUnknownOptions } from '../../errors/option-error.js';
import type { StreamChunk } from '../../message/stream-chunk.js';
import { chunkToWsJson, jsonOf } from './chunk-to-ws-json.js';

/** Options of {@link formatSseEvent}. */
export interface SseEventOptions {
  /** Type of the event; `addEventListener` of the browser knows it by this name. @defaultValue `chunk`, and `done` for the last */
  readonly eventName?: string;
  /** What the browser sends as `Last-Event-ID` when it connects again; false for none. @defaultValue `seq` of the chunk */
  readonly id?: string | false;
  /**
   * `text` writes the text as it is, and then, if there is any, the meta as a line of JSON, like the original. Line breaks of
   * all kinds arrive as `\n`. `json` writes what {@link chunkToWsJson} gives: one line from which everything can be read back.
   * @defaultValue 'text'
   */
  readonly data?: 'text' | 'json';
  /** How long the browser waits before it connects again, in seconds. @defaultValue as the browser likes */
  readonly retryS?: number;
}

const OWNER = 'formatSseEvent()';
const OPTIONS = ['eventName', 'id', 'data', 'retryS'] as const;
/** What ends a line of an event stream. */
const LINE_END = /\r\n|\n|\r/;

/**
 * A chunk as a server-sent event, the blank line after it included (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * Send it under `content-type: text/event-stream`, in UTF-8.
 *
 * @throws FlowError `INVALID_OPTION` for a name or id that would break the event, `INVALID_MESSAGE` for a meta that is not JSON-ready
 * @example
 * ```ts
 * for await (const piece of flow.stream(question)) {
 *   if (piece instanceof StreamChunk) response.write(formatSseEvent(piece));
 * }
 * ```
 */
export function formatSseEvent(chunk: StreamChunk, options: SseEventOptions = {}): string {
  rejectUnknownOptions(options, OPTIONS, OWNER);
  const { eventName = chunk.done ? 'done' : 'chunk', id = String(chunk.seq), data = 'text', retryS } = options;
  if (eventName === '') throw invalidOption('eventName', OWNER, 'a non-empty string', eventName);
  if (data !== 'text' && data !== 'json') throw invalidOption('data', OWNER, "'text' or 'json'", data);
  const lines = [`event: ${oneLine('eventName', eventName)}`];
  if (id !== false) lines.push(`id: ${oneLine('id', id)}`);
  for (const line of data === 'json' ? [chunkToWsJson(chunk)] : textLines(chunk)) lines.push(`data: ${line}`);
  if (retryS !== undefined) lines.push(`retry: ${retryMs(retryS)}`);
  return `${lines.join('\n')}\n\n`;
}

function textLines(chunk: StreamChunk): readonly string[] {
  if (typeof chunk.text !== 'string') {
    throw new FlowError('INVALID_MESSAGE', {
      message: `Expected \`text\` of a StreamChunk to be a string, got ${describeValue(chunk.text)}`,
    });
  }
  const lines = chunk.text.split(LINE_END);
  return Object.keys(chunk.meta).length === 0 ? lines : [...lines, jsonOf(chunk.meta)];
}

/** A line break would end the field; a reader ignores an id with NUL in it, and takes the last one instead. */
function oneLine(option: string, value: unknown): string {
  if (typeof value === 'string' && !/[\r\n\0]/.test(value)) return value;
  throw invalidOption(option, OWNER, 'a string without line breaks and NUL', value);
}

/** Readers take digits only. */
function retryMs(retryS: number): number {
  const ms = Math.round(retryS * 1000);
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw invalidOption('retryS', OWNER, '>= 0', retryS);
}
