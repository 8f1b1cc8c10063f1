import { durationText } from '../logging/lines/human/duration-text.js';
import type { Paint } from './paint.js';

const MARKS: Readonly<Record<string, readonly [mark: string, brush: keyof Paint]>> = {
  succeeded: ['✓', 'green'],
  running: ['▶', 'blue'],
  failed: ['✗', 'red'],
  rejected: ['✗', 'red'],
  deadline: ['◔', 'red'],
  interrupted: ['!', 'red'],
  handed_over: ['⇢', 'yellow'],
  cancelled: ['⊘', 'yellow'],
  stopped: ['⊘', 'yellow'],
};

/** A status with a glyph and a colour: neither is all that tells it from others. */
export function statusText(status: string, paint: Paint): string {
  const [mark, brush] = MARKS[status] ?? ['·', 'dim'];
  return paint[brush](`${mark} ${status}`);
}

/** A time where it is read, with its day. */
export function timeText(ms: number): string {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 23)}`;
}

/** A duration between two times that are known to the millisecond. */
export function tookText(ms: number): string {
  return ms < 1 ? '<1 ms' : durationText(ms);
}
