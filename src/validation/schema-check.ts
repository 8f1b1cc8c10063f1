import type { SchemaIssue, SchemaResult, StandardSchema } from '../ports/standard-schema.js';
import { andThen } from '../message/is-thenable.js';
import { joinPath } from './property-path.js';
import type { ShapeCheck } from './shape-check.js';
import { thrownKind } from './value-kind.js';
import type { Violations } from './violations.js';

/** Checks payloads with a Standard Schema; what the schema makes of one goes on in its place. */
export class SchemaCheck implements ShapeCheck {
  readonly takesAnyObject = false;
  readonly #schema: StandardSchema['~standard'];

  constructor(schema: StandardSchema) {
    this.#schema = schema['~standard'];
  }

  get name(): string {
    return `${this.#schema.vendor} schema`;
  }

  claims(): boolean {
    return false;
  }

  check(value: unknown, path: string, violations: Violations): unknown {
    let result: SchemaResult<unknown> | Promise<SchemaResult<unknown>>;
    try {
      result = this.#schema.validate(value);
    } catch (error) {
      // What is thrown for one payload is thrown for it again: as good as a violation.
      violations.add(path, { schema: `cannot be checked: the schema threw ${thrownKind(error)}` });
      return value;
    }
    return andThen(result, (settled) => report(settled as SchemaResult<unknown>, value, path, violations));
  }
}

function report(result: SchemaResult<unknown>, value: unknown, path: string, violations: Violations): unknown {
  if (result.issues === undefined) return result.value;
  for (const issue of result.issues) {
    const where = (issue.path ?? []).reduce<string>((sofar, part) => joinPath(sofar, keyOf(part)), path);
    const name = nameOf(issue);
    violations.add(where, { [name]: messageOf(issue, name) });
  }
  return value;
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): PropertyKey {
  return typeof part === 'object' ? part.key : part;
}

/** What the libraries tell beyond the standard: `code` in zod and arktype, `type` in valibot; `expected` in all of them. */
type RicherIssue = SchemaIssue & { readonly code?: unknown; readonly type?: unknown; readonly expected?: unknown };

function nameOf({ code, type }: RicherIssue): string {
  for (const name of [code, type]) if (typeof name === 'string' && /^[a-z]\w{0,39}$/i.test(name)) return name;
  return 'schema';
}

/** The issue's own message is left out: nothing tells whether it quotes the value (valibot's do, custom ones may). */
function messageOf({ expected }: RicherIssue, name: string): string {
  if (typeof expected === 'string' && expected !== '' && expected.length <= 100) return `must be ${expected}`;
  return name === 'schema' ? 'must satisfy the schema' : `must satisfy ${name}`;
}
