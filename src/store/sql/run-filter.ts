import type { RunQuery } from '../queries.js';
import { storedText } from '../stored-text.js';
import { STATUSES, SUCCEEDED } from './codes.js';
import { DEFAULT_TENANT, NAME, TENANT, type FindId } from './names.js';
import type { SqlTerm, SqlValue } from './sql-value.js';

/** By what a range of runs begins; then comes their start. Each has an index, in this order: what finds least comes first. */
export type LeadKind =
  | 'trace'
  | 'replay'
  | 'prefix'
  | 'label'
  | 'code'
  | 'node'
  | 'failed'
  | 'status'
  | 'tenant'
  | 'flow'
  | 'all';

/** A query as a range of one index, and what is left to look at in it. Runs are `r`, labels `l`. */
export interface RunFilter {
  readonly lead: LeadKind;
  /** Of the index, times included. */
  readonly range: readonly SqlTerm[];
  readonly rest: readonly SqlTerm[];
}

/** What databases say differently. */
export interface FilterDialect {
  /** The table of labels. */
  readonly labels: string;
  /** The range of an index of trace ids in which those are that begin with a text, and perhaps a few more. */
  prefixRange(prefix: string): SqlTerm;
  /** Whether `r.error_message` has a text in it, A to Z like a to z. */
  contains(text: string): SqlTerm;
}

/**
 * Undefined: it names what was never stored, so no run matches.
 * @param isRare - few trace ids begin as the query says
 */
export function filterOf(
  query: RunQuery,
  findId: FindId,
  dialect: FilterDialect,
  isRare: boolean,
): RunFilter | undefined {
  const found = [...termsOf(query, findId, dialect.labels), ...searchTerms(query, dialect, isRare)];
  if (found.some(([, term]) => term === undefined)) return undefined;
  const terms = found as readonly (readonly [LeadKind | undefined, SqlTerm])[];
  const lead = LEADS.map((kind) => terms.find(([each]) => each === kind)).find((term) => term !== undefined);
  // Their labels have the start as well, so that the order comes from their index.
  const started = lead?.[0] === 'label' ? 'l.started' : 'r.started';
  const range = lead?.[0] === 'label' ? labelRange(lead[1]) : (lead?.[1] ?? []);
  return {
    lead: lead?.[0] ?? 'all',
    range: [range, timesOf(query, started)].flat(),
    rest: terms.filter((each) => each !== lead).map(([, term]) => term),
  };
}

/** What finds least first. */
const LEADS: readonly LeadKind[] = [
  'trace',
  'replay',
  'prefix',
  'label',
  'code',
  'node',
  'failed',
  'status',
  'tenant',
  'flow',
];

type Found = readonly [lead: LeadKind | undefined, term: SqlTerm | undefined];

function termsOf(query: RunQuery, findId: FindId, labels: string): Found[] {
  const { traceId, replayOf, label, code, node, status, tenant, flow, minMs } = query;
  const name = (text: string): number | undefined => findId(NAME, text);
  const found: Found[] = [];
  if (traceId !== undefined) found.push(['trace', equals('r.trace_id', storedText(traceId))]);
  if (replayOf !== undefined) found.push(['replay', equals('r.replay_of', replayOf)]);
  if (label !== undefined) found.push(['label', labelled(labels, name(label.name), label.value)]);
  if (code !== undefined) found.push(['code', equals('r.error_code', name(code))]);
  if (node !== undefined) found.push(['node', equals('r.error_node', name(node))]);
  if (status !== undefined) found.push(statusTerm(STATUSES.find(status)));
  if (tenant !== undefined) found.push(tenantTerm(findId(TENANT, tenant)));
  if (flow !== undefined) found.push(['flow', equals('r.flow', name(flow))]);
  if (minMs !== undefined) found.push([undefined, { sql: 'r.ended - r.started >= ?', values: [minMs] }]);
  return found;
}

/** What is written by hand into a search field. */
function searchTerms({ tracePrefix = '', text = '' }: RunQuery, dialect: FilterDialect, isRare: boolean): Found[] {
  const found: Found[] = [];
  if (tracePrefix !== '') {
    const prefix = storedText(tracePrefix);
    if (isRare) found.push(['prefix', dialect.prefixRange(prefix)]);
    found.push([undefined, { sql: 'substr(r.trace_id, 1, ?) = ?', values: [Array.from(prefix).length, prefix] }]);
  }
  if (text !== '') {
    found.push(['failed', { sql: 'r.error_code is not null', values: [] }]);
    found.push([undefined, dialect.contains(storedText(text))]);
  }
  return found;
}

function equals(column: string, value: SqlValue | undefined): SqlTerm | undefined {
  return value === undefined ? undefined : { sql: `${column} = ?`, values: [value] };
}

/** Most runs succeeded: they are in no index by status. */
function statusTerm(status: number | undefined): Found {
  const term = equals('r.status', status);
  if (term === undefined || status === SUCCEEDED) return [undefined, term];
  // An index of some rows is used only where its term is said again.
  return ['status', { ...term, sql: `${term.sql} and r.status <> ${SUCCEEDED}` }];
}

function tenantTerm(tenant: number | undefined): Found {
  const term = equals('r.tenant', tenant);
  if (term === undefined || tenant === DEFAULT_TENANT.id) return [undefined, term];
  return ['tenant', { ...term, sql: `${term.sql} and r.tenant <> ${DEFAULT_TENANT.id}` }];
}

function labelled(labels: string, name: number | undefined, value: string): SqlTerm | undefined {
  if (name === undefined) return undefined;
  const sql = `exists (select 1 from ${labels} x where x.run_id = r.run_id and x.name = ? and x.value = ?)`;
  return { sql, values: [name, storedText(value)] };
}

function labelRange({ values }: SqlTerm): SqlTerm {
  return { sql: 'l.name = ? and l.value = ?', values };
}

function timesOf({ fromS, toS }: RunQuery, started: string): SqlTerm[] {
  const from = fromS === undefined ? [] : [{ sql: `${started} >= ?`, values: [fromS * 1_000] }];
  return toS === undefined ? from : [...from, { sql: `${started} < ?`, values: [toS * 1_000] }];
}
