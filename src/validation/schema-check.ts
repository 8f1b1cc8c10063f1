import { isThenable } from '../message/is-thenable.js';
import { Later } from '../message/later.js';
import type { SchemaIssue, StandardSchema } from '../ports/standard-schema.js';
import { joinPath } from './property-path.js';
import type { ShapeCheck } from './shape-check.js';
import { thrownKind, valueKind } from './value-kind.js';
import type { Violations } from './violations.js';

/** Longest name of a vendor that is shown. */
const LONGEST_VENDOR = 40;

/**
 * Checks payloads with a Standard Schema; what the schema makes of one goes on in its place. A schema that throws, or that
 * says neither what goes on nor what is wrong, is broken: nothing passes, and the violation says so.
 */
export class SchemaCheck implements ShapeCheck {
  readonly takesAnyObject = false;
  readonly name: string;
  readonly #schema: StandardSchema['~standard'];

  constructor(schema: StandardSchema) {
    this.#schema = schema['~standard'];
    const vendor: unknown = this.#schema.vendor;
    this.name = typeof vendor === 'string' ? `${vendor.slice(0, LONGEST_VENDOR)} schema` : 'schema';
  }

  claims(): boolean {
    return false;
  }

  check(value: unknown, path: string, violations: Violations): unknown {
    try {
      const answer: unknown = this.#schema.validate(value);
      if (!isThenable(answer)) return this.#read(answer, value, path, violations);
      return Later.of(answer, (late) => this.#readLate(late, value, path, violations));
    } catch (error) {
      // What is thrown for one payload is thrown for it again.
      return this.#broken(`threw ${thrownKind(error)}`, value, path, violations);
    }
  }

  #readLate(answer: unknown, value: unknown, path: string, violations: Violations): unknown {
    try {
      return this.#read(answer, value, path, violations);
    } catch (error) {
      return this.#broken(`threw ${thrownKind(error)}`, value, path, violations);
    }
  }

  #read(answer: unknown, value: unknown, path: string, violations: Violations): unknown {
    if ((typeof answer !== 'object' && typeof answer !== 'function') || answer === null) {
      return this.#broken(`answered with ${valueKind(answer)}`, value, path, violations);
    }
    const { issues } = answer as { readonly issues?: unknown };
    if (issues !== undefined) {
      if (!Array.isArray(issues)) {
        return this.#broken(`answered with \`issues\` that are ${valueKind(issues)}`, value, path, violations);
      }
      addIssues(issues, path, violations);
      return value;
    }
    if ('value' in answer) return answer.value;
    return this.#broken('answered without `value` and `issues`', value, path, violations);
  }

  #broken(what: string, value: unknown, path: string, violations: Violations): unknown {
    violations.addBrokenSchema(path, `cannot be checked: the ${this.name} ${what}`);
    return value;
  }
}

/** A list without any is a refusal all the same. */
function addIssues(issues: readonly unknown[], path: string, violations: Violations): void {
  if (issues.length === 0) violations.add(path, { schema: 'must satisfy the schema' });
  for (const [index, given] of issues.entries()) {
    if (violations.isFull) {
      violations.count += issues.length - index;
      return;
    }
    const issue = (typeof given === 'object' && given !== null ? given : {}) as RicherIssue;
    const name = nameOf(issue);
    const where = keysOf(issue).reduce<string>((sofar, key) => joinPath(sofar, key), path);
    violations.add(where, { [name]: messageOf(issue, name) });
  }
}

function keysOf({ path }: RicherIssue): readonly PropertyKey[] {
  return Array.isArray(path) ? path.map(keyOf) : [];
}

function keyOf(part: unknown): PropertyKey {
  const key: unknown = typeof part === 'object' && part !== null && 'key' in part ? part.key : part;
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'symbol' ? key : valueKind(key);
}

/** What the libraries tell beyond the standard: `code` in zod and arktype, `type` in valibot; `expected` in all of them. */
type RicherIssue = Partial<SchemaIssue> & {
  readonly code?: unknown;
  readonly type?: unknown;
  readonly expected?: unknown;
};

function nameOf({ code, type }: RicherIssue): string {
  for (const name of [code, type]) if (typeof name === 'string' && /^[a-z]\w{0,39}$/i.test(name)) return name;
  return 'schema';
}

/** The issue's own message is left out: nothing tells whether it quotes the value (valibot's do, custom ones may). */
function messageOf({ expected }: RicherIssue, name: string): string {
  if (typeof expected === 'string' && expected !== '' && expected.length <= 100) return `must be ${expected}`;
  return name === 'schema' ? 'must satisfy the schema' : `must satisfy ${name}`;
}
