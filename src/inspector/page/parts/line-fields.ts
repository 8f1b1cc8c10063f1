import type { LineView } from '../../api-live.js';

/** What each line of a flow has, and says nothing beside its time and its message. */
const QUIET: ReadonlySet<string> = new Set(['ts', 'timestamp']);

/** The fields of a line for people: first what went wrong, then `name=value`. The tooltip has them as they are. */
export function fieldsSaid({ message, fields }: LineView): string {
  if (fields === null) return '';
  const read = parsed(fields);
  if (read === undefined) return fields;
  const { error, ...rest } = read;
  const said = Object.entries(rest)
    .filter(([name, value]) => value !== null && !QUIET.has(name) && !(name === 'event' && value === message))
    .map(([name, value]) => `${name}=${valueSaid(value)}`);
  return [...(error === undefined || error === null ? [] : [errorSaid(error)]), ...said].join(' ');
}

function parsed(fields: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const read: unknown = JSON.parse(fields);
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function errorSaid(error: unknown): string {
  if (typeof error !== 'object' || error === null) return `error=${valueSaid(error)}`;
  const { type, message } = error as Record<string, unknown>;
  if (typeof message !== 'string') return `error=${valueSaid(error)}`;
  return typeof type === 'string' && !message.startsWith(`${type}:`) ? `${type}: ${message}` : message;
}

function valueSaid(value: unknown): string {
  if (typeof value === 'string') return value === '' || /[\s="]/.test(value) ? JSON.stringify(value) : value;
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  return JSON.stringify(value);
}
