import type { Verdict } from '../policy/verdict.js';

/** One row of the report. */
export class Finding {
  constructor(
    readonly name: string,
    readonly version: string | null,
    /** Relative to the project; also the trace id of the package's lines in the log. */
    readonly location: string,
    readonly licence: string | null,
    readonly verdict: Verdict | 'unreadable',
    /** Why that is the verdict. */
    readonly reason: string,
    /** Where the licence is known from. */
    readonly evidence: string | null = null,
    readonly obligations: readonly string[] = [],
  ) {}

  /** The row of something that could not be audited. */
  static unreadable(what: { readonly name: string; readonly location: string }, problem: string): Finding {
    return new Finding(what.name, null, what.location, null, 'unreadable', problem);
  }
}
