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
/** Where a scale begins and ends whose first and last names say nothing, but others do. */
const FIRST = SEVERITIES['error']!;
const LAST = SEVERITIES['debug']!;

/**
 * The level of a scale that comes nearest to one it may not have: `warning` for `warn` on syslog's. Of two that are equally
 * near, the more severe. Names that say nothing are as severe as their place between those that do, or on the whole scale, makes them.
 *
 * @param levels - ranks by name, the most severe lowest, as winston has them
 * @returns undefined when `asked` is a name that nobody knows, or the scale is empty
 */
export function nearestLevel(levels: Readonly<Record<string, number>>, asked: string): string | undefined {
  if (Object.hasOwn(levels, asked)) return asked;
  const severity = severityOf(asked);
  if (severity === undefined) return undefined;
  const names = Object.keys(levels).sort((one, other) => levels[one]! - levels[other]!);
  if (names.every((name) => severityOf(name) === undefined)) return names[placeOf(severity, names.length)];
  const severities = severitiesOf(names);
  let nearest = 0;
  for (const [index, each] of severities.entries())
    if (Math.abs(each - severity) < Math.abs(severities[nearest]! - severity)) nearest = index;
  return names[nearest];
}

function severityOf(name: string): number | undefined {
  return Object.hasOwn(SEVERITIES, name) ? SEVERITIES[name] : undefined;
}

/** `error` comes first, `debug` last, and the others are spread between them. */
function placeOf(severity: number, count: number): number {
  const place = OWN.findLastIndex((name) => SEVERITIES[name]! <= severity);
  return Math.round((Math.max(0, place) / (OWN.length - 1)) * (count - 1));
}

/** How severe the names of a scale are, in its order, one of which is known: the others are spread evenly between those that are. */
function severitiesOf(names: readonly string[]): readonly number[] {
  const known = names.map(severityOf);
  const last = names.length - 1;
  const isKnown = (severity: number | undefined): boolean => severity !== undefined;
  const [first, final] = [known.findIndex(isKnown), known.findLastIndex(isKnown)];
  // What stands before the first name that is known is more severe than that, and what stands behind the last one less.
  known[0] ??= Math.min(FIRST, known[first]! - 1);
  known[last] ??= Math.max(LAST, known[final]!);
  return known.map((severity, index) => {
    if (severity !== undefined) return severity;
    const before = known.findLastIndex((each, at) => at < index && isKnown(each));
    const behind = known.findIndex((each, at) => at > index && isKnown(each));
    return known[before]! + ((known[behind]! - known[before]!) * (index - before)) / (behind - before);
  });
}
