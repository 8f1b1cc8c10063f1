import type { RunQuery, StoredStatus } from '../../store/index.js';
import { refused, type Answer } from '../answer.js';
import type { RunSearch } from '../api.js';

const STATUSES: readonly StoredStatus[] = [
  ...(['running', 'succeeded', 'failed', 'deadline', 'cancelled', 'stopped', 'rejected', 'interrupted'] as const),
  'handed_over',
];
const PARAMETERS: readonly (keyof RunSearch)[] = [
  ...(['flow', 'status', 'tenant', 'id', 'label', 'node', 'code'] as const),
  ...(['fromMs', 'toMs', 'minMs', 'text', 'cursor', 'limit'] as const),
];
const MAX_LIMIT = 500;

/** The query of a search, or what is wrong with it. What is empty counts as left out. */
export function readRunSearch(parameters: URLSearchParams): RunQuery | Answer {
  for (const [name] of parameters) {
    if (!PARAMETERS.includes(name as keyof RunSearch)) return invalid(name, `one of ${PARAMETERS.join(', ')}`);
  }
  const text = (name: keyof RunSearch): string | undefined => parameters.get(name) || undefined;
  const numbers = new Map<string, number | undefined>();
  for (const name of ['fromMs', 'toMs', 'minMs', 'limit'] as const) {
    const given = text(name);
    const number = given === undefined ? undefined : Number(given);
    if (number !== undefined && !(number >= 0 && number < 2 ** 53)) return invalid(name, 'a number >= 0');
    numbers.set(name, number);
  }
  const status = text('status');
  if (status !== undefined && !STATUSES.includes(status as StoredStatus)) return invalid('status', STATUSES.join(', '));
  const label = text('label');
  const colon = label?.indexOf(':') ?? -1;
  if (label !== undefined && colon < 1) return invalid('label', '`name:value`');
  const limit = numbers.get('limit');
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT))
    return invalid('limit', `a whole number from 1 to ${MAX_LIMIT}`);
  return {
    flow: text('flow'),
    status: status as StoredStatus | undefined,
    tenant: text('tenant'),
    tracePrefix: text('id'),
    label: label === undefined ? undefined : { name: label.slice(0, colon), value: label.slice(colon + 1) },
    node: text('node'),
    code: text('code'),
    fromS: secondsOf(numbers.get('fromMs')),
    toS: secondsOf(numbers.get('toMs')),
    minMs: numbers.get('minMs'),
    text: text('text'),
    cursor: text('cursor'),
    limit,
  };
}

/** Whether counters by flow, status and hour know how many runs there are of it. */
export function hasCounters({ fromS, toS, ...query }: RunQuery): boolean {
  const isHour = (seconds: number | undefined): boolean => seconds === undefined || seconds % 3_600 === 0;
  const { flow: _flow, status: _status, cursor: _cursor, limit: _limit, ...others } = query;
  return isHour(fromS) && isHour(toS) && Object.values(others).every((each) => each === undefined);
}

function secondsOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function invalid(name: string, expected: string): Answer {
  return refused(400, 'INVALID_OPTION', `Expected \`${name.slice(0, 40)}\` of the search to be ${expected}`);
}
