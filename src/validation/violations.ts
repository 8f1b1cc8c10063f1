/** One place of a payload and what is wrong there. */
export interface Violation {
  /** `items[2].price`; empty for the payload itself. */
  readonly path: string;
  /** Messages by the name of the constraint; never with a value of the payload in them. */
  readonly constraints: Readonly<Record<string, string>>;
}

/** A payload with a million bad elements must not make an error of that size. */
const MOST_LISTED = 50;

/** Collects what is wrong with one payload. */
export class Violations {
  readonly listed: Violation[] = [];
  count = 0;
  /** What to do, where that is known. */
  hint: string | undefined;

  add(path: string, constraints: Violation['constraints'], hint?: string): void {
    this.count++;
    this.hint ??= hint;
    if (this.listed.length < MOST_LISTED) this.listed.push({ path, constraints });
  }

  addAll(others: Violations): void {
    for (const { path, constraints } of others.listed) this.add(path, constraints);
    this.count += others.count - others.listed.length;
    this.hint ??= others.hint;
  }
}
