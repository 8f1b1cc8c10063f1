import { CommandFailure } from './command-failure.js';
import { EXIT } from './exit-codes.js';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const YEAR = /\b\d{4}\b/;
const AGO = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A time, as `15m` (ago), `2026-11-22T16:47` or any other form that `Date` reads, in milliseconds since the epoch. */
export function parseTime(text: string, option: string, nowMs: number): number {
  const ago = AGO.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * UNIT_MS[ago[2]!]!;
  // Without a year `Date` makes a day of 2001 of it: `yesterday 3` is one.
  const timeMs = /^\d+$/.test(text) || !YEAR.test(text) ? Number.NaN : Date.parse(text);
  if (Number.isNaN(timeMs)) {
    throw invalidValue(option, 'how long ago, as 15m, 2h or 1d, or a time, as 2026-11-22T16:47', text);
  }
  return timeMs;
}

/** A duration in milliseconds, as `500ms`, `2s`, `1h`. */
export function parseDuration(text: string, option: string): number {
  const [, number, unit] = AGO.exec(text) ?? [];
  if (number === undefined) throw invalidValue(option, 'a duration, as 500ms, 2s or 30d', text);
  return Number(number) * UNIT_MS[unit!]!;
}

export function parsePattern(text: string, option: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw invalidValue(option, 'a regular expression', text);
  }
}

export function parseCount(text: string, option: string, most = Number.MAX_SAFE_INTEGER): number {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > most) {
    throw invalidValue(
      option,
      most < Number.MAX_SAFE_INTEGER ? `a number from 1 to ${most}` : 'a number from 1 on',
      text,
    );
  }
  return number;
}

export function parsePort(text: string, option: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 65_536;
  if (port > 65_535) throw invalidValue(option, 'a port, from 0 to 65535', text);
  return port;
}

export function invalidValue(option: string, expected: string, got: string): CommandFailure {
  return new CommandFailure(EXIT.usage, `Expected ${option} to be ${expected}, got ${JSON.stringify(got)}`);
}
