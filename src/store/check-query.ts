import type { ForgetRequest } from './flow-store.js';
import type { LineQuery, RunQuery, RunRef, StatsQuery } from './queries.js';
import type { StoredRun } from './rows.js';
import { STATUSES } from './sql/codes.js';
import { checkKnown, invalidStoreOption } from './store-options.js';

/** Says what is wrong with a value that is given. */
type Check = (option: string, owner: string, value: unknown) => void;
type Checks<Query> = { readonly [Field in keyof Required<Query>]: Check };
/** Of a union, the fields of all of its members. */
type FieldsOf<Query> = { readonly [Field in Query extends unknown ? keyof Query : never]?: unknown };

const text = kindOf('a text', (value) => typeof value === 'string');
const number = kindOf('a number', Number.isFinite);
const wholeNumber = kindOf('a whole number', Number.isSafeInteger);
const flag = kindOf('true or false', (value) => typeof value === 'boolean');
/** Their bounds are checked where they are read. */
const count = number;
const status = kindOf(`one of ${STATUSES.words.join(', ')}`, (value) => STATUSES.words.includes(value as never));
const label: Check = (option, owner, value) => {
  checkFields(value, { name: text, value: text }, `\`${option}\` of ${owner}`);
  for (const field of ['name', 'value'] as const) text(field, `\`${option}\` of ${owner}`, (value as never)[field]);
};

const RUN_QUERY: Checks<RunQuery> = {
  ...{ flow: text, status, tenant: text, traceId: text, tracePrefix: text, label, node: text, code: text, text },
  ...{
    replayOf: wholeNumber,
    fromS: number,
    toS: number,
    minMs: number,
    cursor: text,
    limit: count,
    count: flag,
    maxScanned: count,
  },
};
const LINE_QUERY: Checks<LineQuery> = { runId: wholeNumber, cursor: text, limit: count };
const STATS_QUERY: Checks<StatsQuery> = { flow: text, fromS: number, toS: number };
const FORGET: Checks<FieldsOf<ForgetRequest>> = { traceId: text, tenant: text };
const BY_TRACE: Checks<FieldsOf<Extract<RunRef, { readonly traceId: string }>>> = {
  ...{ traceId: text, tenant: text, startedMs: number },
};
const any: Check = () => {};
/** A run as it was read names itself. */
const BY_ID: Checks<StoredRun> = {
  ...{ runId: wholeNumber, flow: any, traceId: any, tenant: any, kind: any, status: any, startedMs: any, endedMs: any },
  ...{ attempts: any, retries: any, errorCode: any, errorNode: any, errorMessage: any, plan: any, parentRun: any },
  ...{ rootRun: any, replayOf: any, rowsLeftOut: any, part: any, pinned: any },
};

/** @throws FlowError `INVALID_OPTION` */
export function checkRunQuery(query: RunQuery | undefined, owner = 'the query of list()'): void {
  if (query !== undefined) checkFields(query, RUN_QUERY, owner);
}

/** @throws FlowError `INVALID_OPTION` */
export function checkRunRef(ref: RunRef, owner = 'what run() looks for'): void {
  if (Object.hasOwn(Object(ref) as object, 'runId')) {
    checkFields(ref, BY_ID, owner);
    wholeNumber('runId', owner, (ref as { runId?: unknown }).runId);
    return;
  }
  checkFields(ref, BY_TRACE, owner);
  if (!Object.hasOwn(ref, 'traceId')) throw invalidStoreOption('traceId', owner, 'given, or `runId`', undefined);
  text('traceId', owner, (ref as { traceId?: unknown }).traceId);
}

/** @throws FlowError `INVALID_OPTION` */
export function checkLineQuery(query: LineQuery): void {
  const owner = 'the query of logs()';
  checkFields(query, LINE_QUERY, owner);
  wholeNumber('runId', owner, query.runId);
}

/** @throws FlowError `INVALID_OPTION` */
export function checkStatsQuery(query: StatsQuery | undefined): void {
  if (query !== undefined) checkFields(query, STATS_QUERY, 'the query of stats()');
}

/**
 * What says less than it seems to would delete more than was meant.
 * @throws FlowError `INVALID_OPTION`
 */
export function checkForget(request: ForgetRequest): void {
  const owner = 'forget()';
  checkFields(request, FORGET, owner);
  const { traceId, tenant } = request as { readonly traceId?: unknown; readonly tenant?: unknown };
  if (Object.hasOwn(request, 'traceId')) text('traceId', owner, traceId);
  else if (tenant === undefined) throw invalidStoreOption('traceId', owner, 'given, or `tenant`', traceId);
}

/** @throws FlowError `INVALID_OPTION` */
export function checkPin(runId: number, pinned: boolean): void {
  wholeNumber('runId', 'pin()', runId);
  flag('pinned', 'pin()', pinned);
}

/** @throws FlowError `INVALID_OPTION` */
function checkFields(query: unknown, checks: Readonly<Record<string, Check>>, owner: string): void {
  checkKnown(query, Object.keys(checks), owner);
  for (const [field, value] of Object.entries(query as object)) {
    if (value !== undefined) checks[field]!(field, owner, value);
  }
}

function kindOf(expected: string, isOne: (value: unknown) => boolean): Check {
  return (option, owner, value) => {
    if (!isOne(value)) throw invalidStoreOption(option, owner, expected, value);
  };
}
