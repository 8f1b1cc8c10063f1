import { FlowError, type FlowErrorCode } from '../../index.js';

/** Classes of SQLSTATE that say a row can never be stored: data, constraints, limits of the server. */
const REFUSALS: ReadonlySet<string> = new Set(['22', '23', '54']);

/** And those that say a table or a right is not there. */
const UNSUPPORTED: ReadonlySet<string> = new Set(['42', '3F']);

export const SCHEMA_FIX =
  "Run `penguiflow store migrate`, or open the store once with `migrate: 'auto'`, as a role that may create tables, and grant the role of the program usage of the schema and all on its tables.";

/** Five characters that say what is wrong; undefined when it is not Postgres that speaks. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code, severity } = Object(error) as { readonly code?: unknown; readonly severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : undefined;
}

/** What the server says of a value that it does not take. */
export function isRefusal(error: unknown): boolean {
  return REFUSALS.has(sqlStateOf(error)?.slice(0, 2) ?? '');
}

/** What hangs together with a schema and is wrong. */
export function schemaError(
  code: FlowErrorCode,
  schema: string,
  why: string,
  init: { readonly metadata?: object; readonly cause?: unknown; readonly hint?: string } = {},
): FlowError {
  const { metadata, cause, hint } = init;
  return new FlowError(code, {
    message: `The history in the schema ${JSON.stringify(schema)} of Postgres cannot be used: ${why}`,
    metadata: { schema, ...metadata },
    cause,
    hint,
  });
}

/** What Postgres or its driver says, as an error of ours; ours stay as they are. */
export function fromPostgres(error: unknown, schema: string): unknown {
  if (FlowError.is(error)) return error;
  const sqlState = sqlStateOf(error);
  const metadata = sqlState === undefined ? {} : { sqlState };
  if (UNSUPPORTED.has(sqlState?.slice(0, 2) ?? '')) {
    return schemaError('STORE_SCHEMA_UNSUPPORTED', schema, textOf(error), { metadata, cause: error, hint: SCHEMA_FIX });
  }
  return schemaError('STORE_UNAVAILABLE', schema, textOf(error), { metadata, cause: error });
}

/** Several addresses that were tried are one error without words of its own. */
export function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(textOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
