import type { RunCounter, RunQuery } from '../queries.js';
import { STATUSES } from './codes.js';
import { HOUR_S } from './hours.js';
import { NAME, type FindId } from './names.js';
import type { SqlValue } from './sql-value.js';

/** Whether the counters know how many runs match. */
export function onlyCounters(query: RunQuery): boolean {
  const { tenant, traceId, replayOf, label, node, code, minMs, tracePrefix, text, fromS, toS } = query;
  if ((tracePrefix ?? '') !== '' || (text ?? '') !== '') return false;
  const others = [tenant, traceId, replayOf, label, node, code, minMs];
  const wholeHours = [fromS ?? 0, toS ?? 0].every((timeS) => timeS % HOUR_S === 0);
  return wholeHours && others.every((filter) => filter === undefined);
}

/** What is not named anywhere matches nothing. */
export function counterFilter(
  findId: FindId,
  { flow, status, fromS, toS }: Pick<RunQuery, 'flow' | 'status' | 'fromS' | 'toS'>,
): { readonly where: string; readonly values: SqlValue[] } {
  const terms: [sql: string, value: SqlValue][] = [];
  if (flow !== undefined) terms.push(['flow = ?', findId(NAME, flow) ?? -1]);
  if (status !== undefined) terms.push(['status = ?', STATUSES.find(status) ?? -1]);
  // Hours are whole numbers, and a time need not be one.
  if (fromS !== undefined) terms.push([`hour > ?`, Math.floor(fromS - HOUR_S)]);
  if (toS !== undefined) terms.push(['hour < ?', Math.ceil(toS)]);
  return { where: ['true', ...terms.map(([sql]) => sql)].join(' and '), values: terms.map(([, value]) => value) };
}

/** By hour, flow and status. */
export function compareCounters(a: RunCounter, b: RunCounter): number {
  return a.hourS - b.hourS || compareTexts(a.flow, b.flow) || compareTexts(a.status, b.status);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
