/** An event as the browser dispatches it. */
interface SseEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** What a reader knows after a whole stream. */
export interface SseReading {
  readonly events: readonly SseEvent[];
  readonly retryMs: number | undefined;
}

/**
 * Reads an event stream, step by step as the standard says ("9.2.6 Interpreting an event stream",
 * https://html.spec.whatwg.org/multipage/server-sent-events.html). Shares no code with the writer on purpose.
 */
export function readSse(stream: string): SseReading {
  const events: SseEvent[] = [];
  let data = '';
  let type = '';
  let lastEventId = '';
  let retryMs: number | undefined;
  const lines = (stream.startsWith('\uFEFF') ? stream.slice(1) : stream).split(/\r\n|\n|\r/);
  // What follows the last line end is not a line.
  for (const line of lines.slice(0, -1)) {
    if (line === '') {
      if (data !== '') events.push({ type: type === '' ? 'message' : type, data: data.slice(0, -1), lastEventId });
      data = '';
      type = '';
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon === -1 ? line : line.slice(0, colon);
    const rest = colon === -1 ? '' : line.slice(colon + 1);
    const value = rest.startsWith(' ') ? rest.slice(1) : rest;
    if (field === 'event') type = value;
    else if (field === 'data') data += `${value}\n`;
    else if (field === 'id' && !value.includes('\0')) lastEventId = value;
    else if (field === 'retry' && /^[0-9]+$/.test(value)) retryMs = Number(value);
  }
  return { events, retryMs };
}
