import type { Judgement } from '../policy/judge-licence.js';
import type { Classified } from './classified.js';

/** A package under a copyleft licence: whatever the policy says, its obligations belong into the report. */
export class Copyleft {
  constructor(
    readonly classified: Classified,
    readonly judgement: Judgement,
  ) {}
}
