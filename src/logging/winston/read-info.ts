import type { LineInfo } from '../sinks/log-sink.js';
import type { Sanitizer } from '../redact/sanitizer.js';
import { readCall, readEntry, type CallSite } from './call-site.js';
import { LIBRARY_LINE, type LibraryLine } from './library-line.js';
import { CALL, DEFAULTS } from './winston-root.js';

/** What a logger of the library's was given: a call, an object that was written to its stream, or a line of the library. */
export function readInfo(info: LineInfo, sanitizer: Sanitizer): CallSite {
  const line = info[LIBRARY_LINE] as LibraryLine | undefined;
  if (line !== undefined) return { message: line.message, sources: [...line.sources, ...sourcesAround(info)] };
  const call = info[CALL] as unknown[] | undefined;
  if (call === undefined) return readEntry(info, sanitizer);
  const site = readCall(call, sanitizer);
  site.sources.push(...sourcesAround(info));
  return site;
}

/** The fields of child loggers, then winston's own default fields. */
function sourcesAround(info: LineInfo): object[] {
  const { level: _level, message: _message, ...ofChild } = info;
  const defaults = info[DEFAULTS] as object | null | undefined;
  return defaults ? [ofChild, defaults] : [ofChild];
}
