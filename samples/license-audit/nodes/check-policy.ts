import { Node, type FlowNode } from 'penguiflow';

import { familyOf, isCopyleft } from '../licence/licence-family.js';
import type { Classified } from '../messages/classified.js';
import { Copyleft } from '../messages/copyleft.js';
import { Judged } from '../messages/judged.js';
import { exceptionFor } from '../policy/exception-for.js';
import { judgeLicence } from '../policy/judge-licence.js';
import { LicencePolicy } from '../policy/licence-policy.js';

const VERDICT_OF = { allow: 'allowed', review: 'review', deny: 'denied' } as const;

/** Holds a package against the policy. */
@Node()
export class CheckPolicy implements FlowNode<Classified, Judged | Copyleft> {
  constructor(private readonly policy: LicencePolicy) {}

  process(classified: Classified): Judged | Copyleft {
    const { manifest, licence, evidence } = classified;
    const exception = exceptionFor(manifest.name, manifest.version, this.policy);
    if (exception !== undefined) {
      return new Judged(classified, VERDICT_OF[exception.verdict], `exception: ${exception.reason}`);
    }
    if (licence === undefined) return new Judged(classified, 'review', evidence);
    const judgement = judgeLicence(licence, this.policy);
    if (judgement.terms.some((term) => isCopyleft(familyOf(term)))) return new Copyleft(classified, judgement);
    return new Judged(classified, judgement.verdict, judgement.reason);
  }
}
