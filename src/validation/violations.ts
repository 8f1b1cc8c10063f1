/** One place of a payload and what is wrong there. */
export interface Violation {
  /** `items[2].price`; empty for the payload itself. */
  readonly path: string;
  /** Messages by the name of the constraint; never with a value of the payload in them. */
  readonly constraints: Readonly<Record<string, string>>;
}

const BROKEN_SCHEMA_HINT =
  'Mend the schema: `validate` has to answer with `{ value }`, with `{ issues }`, or with a promise of one of them, and must not throw.';

/** A payload with a million bad elements must not make an error of that size. */
const MOST_LISTED = 50;

/** Collects what is wrong with one payload. */
export class Violations {
  readonly listed: Violation[] = [];
  count = 0;
  /** What to do, where that is known. */
  hint: string | undefined;
  /** Whether something is wrong with a schema, and not with the payload. */
  isSchemaBroken = false;

  add(path: string, constraints: Violation['constraints'], hint?: string): void {
    this.hint ??= hint;
    this.addWith(path, () => constraints);
  }

  /** @param constraints - only asked for where it is listed */
  addWith(path: string, constraints: () => Violation['constraints']): void {
    this.count++;
    if (!this.isFull) this.listed.push({ path, constraints: constraints() });
  }

  /** Whether what comes now is only counted. */
  get isFull(): boolean {
    return this.listed.length >= MOST_LISTED;
  }

  addBrokenSchema(path: string, what: string): void {
    this.isSchemaBroken = true;
    this.add(path, { brokenSchema: what }, BROKEN_SCHEMA_HINT);
  }

  addAll(others: Violations): void {
    this.isSchemaBroken ||= others.isSchemaBroken;
    for (const { path, constraints } of others.listed) this.add(path, constraints);
    this.count += others.count - others.listed.length;
    this.hint ??= others.hint;
  }
}
