import { durationText } from '../logging/lines/human/duration-text.js';
import { oneLine } from '../logging/lines/human/human-text.js';
import type { Paint } from './paint.js';

/** The last day that `Date` knows, and one that has a year of four digits. */
const MAX_DATE_MS = Date.UTC(9999, 11, 31);
const UNKNOWN_TIME = '????-??-?? ??:??:??.???';

const MARKS: Readonly<Record<string, readonly [mark: string, brush: keyof Paint]>> = {
  succeeded: ['✓', 'green'],
  running: ['▶', 'blue'],
  failed: ['✗', 'red'],
  rejected: ['✗', 'red'],
  deadline: ['◔', 'red'],
  interrupted: ['!', 'red'],
  cancelled: ['⊘', 'yellow'],
  stopped: ['⊘', 'yellow'],
};

/** A status with a glyph and a colour: neither is all that tells it from others. */
export function statusText(status: string, paint: Paint): string {
  const [mark, brush] = (Object.hasOwn(MARKS, status) ? MARKS[status] : undefined) ?? ['·', 'dim'];
  return paint[brush](`${mark} ${oneLine(status)}`);
}

/** A time where it is read, with its day. */
export function timeText(ms: number): string {
  const zoneMs = new Date(ms).getTimezoneOffset() * 60_000;
  // No date is so far away.
  if (!(Math.abs(ms - zoneMs) <= MAX_DATE_MS)) return UNKNOWN_TIME;
  const local = new Date(ms - zoneMs).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 23)}`;
}

/** A duration between two times that are known to the millisecond. */
export function tookText(ms: number): string {
  return ms < 1 ? '<1 ms' : durationText(ms);
}
