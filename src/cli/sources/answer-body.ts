import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';

/** An inspector's answers are far smaller: whoever says more is none, or has gone wrong. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** A snapshot has 1 MB at most. */
const MAX_EVENT_CHARS = 8 * 1024 * 1024;
/** Snapshots come each second: who says nothing for so long has stopped. */
const SILENCE_MS = 10_000;
const BLANK_LINE = /\r?\n\r?\n/;

/** One event of `api/stream`. */
export interface StreamedEvent {
  readonly event: string;
  readonly data: unknown;
}

/** An answer as JSON. @throws SyntaxError for what is none, CommandFailure for what does not end */
export async function jsonOf({ body }: Response): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_BODY_BYTES) throw new CommandFailure(EXIT.unreachable, 'This answer is longer than any');
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return JSON.parse(text + decoder.decode()) as unknown;
}

/** The server-sent events of an answer. @throws SyntaxError for what is none, CommandFailure for one that does not end, TimeoutError when nothing comes for too long */
export async function* eventsOf({ body }: Response, silenceMs = SILENCE_MS): AsyncGenerator<StreamedEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of withoutSilence((body ?? []) as AsyncIterable<Uint8Array>, silenceMs)) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split(BLANK_LINE);
    text = blocks.pop() ?? '';
    if (text.length > MAX_EVENT_CHARS) throw new CommandFailure(EXIT.unreachable, 'This event is longer than any');
    for (const block of blocks) yield* eventIn(block);
  }
}

async function* withoutSilence(chunks: AsyncIterable<Uint8Array>, silenceMs: number): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new DOMException('nothing comes', 'TimeoutError')), silenceMs);
      });
      const next = iterator.next();
      // It may fail when nobody waits for it any more.
      next.catch(() => undefined);
      const piece = await Promise.race([next, silence]).finally(() => clearTimeout(timer));
      isOver = piece.done === true;
      if (piece.done === true) return;
      yield piece.value;
    }
  } finally {
    // Not waited for: it ends when the connection does.
    if (!isOver) void iterator.return?.()?.catch(() => undefined);
  }
}

function* eventIn(block: string): Generator<StreamedEvent> {
  let event = 'message';
  let data = '';
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith('event:')) event = line.slice(6).trim();
    else if (line.startsWith('data:')) data += line.slice(5).trimStart();
  }
  if (data !== '') yield { event, data: JSON.parse(data) as unknown };
}
