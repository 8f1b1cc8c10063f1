const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const DAY = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const WHOLE = new Intl.NumberFormat('en');

/** `12:03:07`, in the reader's time zone. */
export function clock(ms: number): string {
  return CLOCK.format(ms);
}

/** `12:03:07.042`. */
export function preciseClock(ms: number): string {
  return `${CLOCK.format(ms)}.${String(Math.floor(ms) % 1_000).padStart(3, '0')}`;
}

/** `12:03:07` of today, else with its day before it. */
export function moment(ms: number, nowMs = Date.now()): string {
  const day = DAY.format(ms);
  return day === DAY.format(nowMs) ? clock(ms) : `${day} ${clock(ms)}`;
}

/** With its day, always: for tooltips. */
export function fullMoment(ms: number): string {
  return `${DAY.format(ms)} ${preciseClock(ms)}`;
}

/** `0.42 ms`, `7.9 ms`, `128 ms`, `3.60 s`, `2 min 5 s`, `1 h 2 min`, `3 d 4 h`. */
export function duration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1) return `${ms === 0 ? '0' : ms.toFixed(2)} ms`;
  if (ms < 99.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${(ms / 1_000).toFixed(ms < 9_995 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  return pair(Math.floor(minutes / 1_440), 'd', Math.floor((minutes % 1_440) / 60), 'h');
}

/** `1,234,567`. */
export function whole(value: number): string {
  return WHOLE.format(value);
}

/** At most five characters: `64`, `1.2k`, `34k`, `5.6M`. */
export function compact(value: number): string {
  if (value < 1_000) return String(Math.round(value));
  for (const [size, letter] of [
    [1e3, 'k'],
    [1e6, 'M'],
    [1e9, 'G'],
  ] as const) {
    const scaled = value / size;
    if (scaled < 9.95) return `${scaled.toFixed(1)}${letter}`;
    if (scaled < 999.5) return `${Math.round(scaled)}${letter}`;
  }
  return `${Math.round(value / 1e12)}T`;
}

/** `54/s`, `0.3/s`; a dash while it is not known. */
export function perSecond(rate: number | null): string {
  if (rate === null) return '–';
  if (rate === 0) return '0/s';
  return rate < 9.95 ? `${rate.toFixed(1)}/s` : `${compact(rate)}/s`;
}

/** `812 B`, `4.2 kB`, `31 MB`. */
export function bytes(value: number): string {
  if (value < 1_000) return `${value} B`;
  const text = compact(value);
  return `${text.slice(0, -1)} ${text.slice(-1)}B`;
}

/** `1 run`, `3 runs`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** An id that is longer than its place, without its middle. */
export function shortId(id: string, longest = 17): string {
  return id.length <= longest ? id : `${id.slice(0, longest - 7)}…${id.slice(-6)}`;
}

function pair(first: number, one: string, second: number, other: string): string {
  return second === 0 ? `${first} ${one}` : `${first} ${one} ${second} ${other}`;
}
