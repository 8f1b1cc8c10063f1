/** A duration as people read it, with three digits: `412 µs`, `3.21 ms`, `10.0 s`, `2.50 min`. */
export function durationText(ms: number): string {
  if (ms >= 99_950) return `${threeDigits(ms / 60_000)} min`;
  if (ms >= 999.5) return `${threeDigits(ms / 1_000)} s`;
  if (ms >= 0.9995) return `${threeDigits(ms)} ms`;
  return `${threeDigits(ms * 1_000)} µs`;
}

function threeDigits(value: number): string {
  if (!(value > 0)) return '0';
  if (value >= 99.95) return `${Math.round(value)}`;
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}
