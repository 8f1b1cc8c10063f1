import type { Verdict } from '../policy/verdict.js';
import type { Classified } from './classified.js';

/** A package with the verdict of the policy. */
export class Judged {
  constructor(
    readonly classified: Classified,
    readonly verdict: Verdict,
    readonly reason: string,
    /** What its licence asks of those who pass the package on. */
    readonly obligations: readonly string[] = [],
  ) {}
}
