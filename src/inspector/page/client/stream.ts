import { effect } from '@preact/signals';
import type { ActionTaken, FlowPicture, Hello } from '../../api.js';
import type { LiveLines, LiveSnapshot } from '../../api-live.js';
import { get, Refused, request } from './api.js';
import { EventReader, type SentEvent } from './event-reader.js';
import { connection, hello, lastAction, pictures, snapshot, takeLines, takeSnapshot } from './live.js';
import { refusedToken, token } from './session.js';
import { tailLevel } from './tail-level.js';

/** A snapshot comes each second: after this long without anything the process is gone, whatever the connection says. */
const SILENCE_MS = 10_000;
const FIRST_WAIT_MS = 1_000;
/** Of a stream that was in order; they come once a second. */
const ENOUGH_EVENTS = 2;
const LONGEST_WAIT_MS = 15_000;

let running: AbortController | undefined;
let lastEventId: string | undefined;

/** Keeps a stream open, another one whenever the token or what the live tail wants changes. */
export function keepStream(): void {
  effect(() => {
    running?.abort();
    running = undefined;
    if (refusedToken.value !== undefined) return;
    running = new AbortController();
    void streamUntil(running.signal, token.value, tailLevel.value);
  });
}

/** Tries at once, as when the tab is looked at again. */
export function hurry(): void {
  if (connection.peek().state === 'lost') wake?.();
}

let wake: (() => void) | undefined;

async function streamUntil(stop: AbortSignal, _token: string, lines: string): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  while (!stop.aborted) {
    try {
      // The first answer says whether we may.
      await describe(stop);
      let events = 0;
      await readStream(stop, lines, () => {
        waitMs = FIRST_WAIT_MS;
        events++;
      });
      // It ended in order, as it does where callers are asked again from time to time: the next try says whether anything is wrong.
      if (events >= ENOUGH_EVENTS) continue;
      lose(stop, undefined);
    } catch (error) {
      // That there is no answer is said already; what a refusal says is worth reading.
      lose(stop, error instanceof Refused && error.status !== 0 ? error.message : undefined);
      if (error instanceof Refused && error.status === 401) return;
    }
    await pause(waitMs * (0.75 + Math.random() / 2), stop);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** Asks what seldom changes while the process lives: flows may come later, or in the place of others. */
async function describe(signal: AbortSignal, isOld = false): Promise<void> {
  const isKnown = hello.peek() !== undefined && pictures.peek() !== undefined;
  if (isKnown && connection.peek().state === 'live' && !isOld) return;
  const [said, graphs] = await Promise.all([
    get<Hello>('hello', {}, signal),
    get<readonly FlowPicture[]>('flows', {}, signal),
  ]);
  hello.value = said;
  pictures.value = graphs;
}

/** Whether the flows of the last snapshot are not those of the pictures. */
function hasOtherFlows(): boolean {
  return (snapshot.peek()?.flows ?? []).some(({ name, nodes }) => {
    const known = pictures.peek()?.find((picture) => picture.name === name)?.nodes;
    // Where a snapshot would be too long it comes without nodes.
    if (known === undefined || nodes.length === 0) return known === undefined;
    return known.length !== nodes.length || nodes.some((node) => !known.some((each) => each.name === node.name));
  });
}

async function readStream(stop: AbortSignal, lines: string, onEvent: () => void): Promise<void> {
  const own = new AbortController();
  const giveUp = (): void => own.abort();
  stop.addEventListener('abort', giveUp);
  let silence = setTimeout(giveUp, SILENCE_MS);
  try {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
    const query = lines === '' ? '' : `?lines=${encodeURIComponent(lines)}`;
    const response = await request(`api/stream${query}`, { headers, signal: own.signal, cache: 'no-store' });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const events = new EventReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(giveUp, SILENCE_MS);
      for (const event of events.take(value)) {
        take(event);
        onEvent();
      }
      if (hello.peek() === undefined || hasOtherFlows()) await describe(stop, true);
    }
  } catch (error) {
    if (own.signal.aborted && !stop.aborted) throw new Refused(0, 'SILENT', 'Nothing was heard.');
    throw error;
  } finally {
    clearTimeout(silence);
    stop.removeEventListener('abort', giveUp);
  }
}

function take({ event, data, id }: SentEvent): void {
  if (id !== undefined) lastEventId = id;
  if (event === 'snapshot') {
    takeSnapshot(JSON.parse(data) as LiveSnapshot);
    connection.value = { state: 'live', heardMs: Date.now(), why: undefined };
  } else if (event === 'lines') {
    const { lines, leftOut } = JSON.parse(data) as LiveLines;
    takeLines(lines, leftOut);
  } else if (event === 'action') {
    lastAction.value = JSON.parse(data) as ActionTaken;
  }
}

function lose(stop: AbortSignal, why: string | undefined): void {
  if (stop.aborted) return;
  connection.value = { state: 'lost', heardMs: connection.peek().heardMs, why };
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
    stop.addEventListener('abort', () => wake?.(), { once: true });
  });
}
