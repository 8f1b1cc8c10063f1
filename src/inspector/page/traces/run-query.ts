import { linkTo } from '../client/route.js';

/** What is searched for, as it stands in the address. Times are milliseconds since the epoch. */
export type RunQuery = Readonly<Record<string, string>>;

/** Filters with a field for text. */
export const FIELDS = [
  { name: 'id', title: 'Trace id begins with', isCode: true },
  { name: 'text', title: 'Failure says', isCode: false },
  { name: 'tenant', title: 'Tenant', isCode: false },
  { name: 'node', title: 'Failed at node', isCode: false },
  { name: 'code', title: 'Error code', isCode: true },
  { name: 'label', title: 'Label (name:value)', isCode: false },
  { name: 'minMs', title: 'Took at least (ms)', isCode: false },
] as const;

const NAMES = ['flow', 'status', ...FIELDS.map(({ name }) => name), 'from', 'to'];

/** The filters of an address; what it has besides them is not ours. */
export function queryOf(search: URLSearchParams): RunQuery {
  const pairs = NAMES.map((name) => [name, search.get(name) ?? ''] as const);
  return Object.fromEntries(pairs.filter(([, value]) => value !== ''));
}

export function linkOf(query: RunQuery): string {
  return linkTo('traces', [], query);
}

/** As the server wants it. */
export function asked({ from = '', to = '', ...rest }: RunQuery): Record<string, string> {
  return { ...rest, fromMs: from, toMs: to };
}

/** The value of a field for date and time, which has no time zone; empty when there is none. */
export function localTime(ms: string | undefined): string {
  if (ms === undefined || ms === '' || Number.isNaN(Number(ms))) return '';
  const time = new Date(Number(ms));
  time.setMinutes(time.getMinutes() - time.getTimezoneOffset());
  return time.toISOString().slice(0, 19);
}

/** Back again. */
export function timeOf(local: string): string {
  const ms = new Date(local).getTime();
  return Number.isNaN(ms) ? '' : String(ms);
}
