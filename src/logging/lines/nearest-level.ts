/**
 * How severe a level of that name is, the most severe first: the names of winston's npm, syslog and cli scales, and those of
 * other loggers.
 */
const SEVERITIES: Readonly<Record<string, number>> = {
  emerg: 0,
  panic: 0,
  alert: 1,
  crit: 2,
  critical: 2,
  fatal: 2,
  err: 3,
  error: 3,
  severe: 3,
  warn: 4,
  warning: 4,
  notice: 5.5,
  help: 5.5,
  data: 5.9,
  info: 6,
  information: 6,
  http: 7,
  prompt: 7.5,
  verbose: 7.9,
  debug: 8.9,
  trace: 10.5,
  input: 10.9,
  silly: 11,
};

/** The four levels of the library, for scales whose names say nothing. */
const OWN: readonly string[] = ['error', 'warn', 'info', 'debug'];

/**
 * The level of a scale that comes nearest to one it may not have: `warning` for `warn` on syslog's. Of two that are equally
 * near, the more severe. On a scale of unknown names, the one in the same place.
 *
 * @param levels - ranks by name, the most severe lowest, as winston has them
 * @returns undefined when `asked` is a name that nobody knows, or the scale is empty
 */
export function nearestLevel(levels: Readonly<Record<string, number>>, asked: string): string | undefined {
  if (Object.hasOwn(levels, asked)) return asked;
  const severity = severityOf(asked);
  if (severity === undefined) return undefined;
  const names = Object.keys(levels).sort((one, other) => levels[one]! - levels[other]!);
  const known = names.filter((name) => severityOf(name) !== undefined);
  if (known.length === 0) return names[placeOf(severity, names.length)];
  return known.reduce((best, name) => (distance(name, severity) < distance(best, severity) ? name : best));
}

function severityOf(name: string): number | undefined {
  return Object.hasOwn(SEVERITIES, name) ? SEVERITIES[name] : undefined;
}

function distance(name: string, severity: number): number {
  return Math.abs(SEVERITIES[name]! - severity);
}

/** `error` comes first, `debug` last, and the others are spread between them. */
function placeOf(severity: number, count: number): number {
  const place = OWN.findLastIndex((name) => SEVERITIES[name]! <= severity);
  return Math.round((Math.max(0, place) / (OWN.length - 1)) * (count - 1));
}
