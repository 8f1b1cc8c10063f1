import { Node, type FlowNode, type NodeContext } from 'penguiflow';

import { explainFileError, isTransientFileError } from '../files/file-error.js';
import { PackageFiles } from '../files/package-files.js';
import { familyOf, type LicenceFamily } from '../licence/licence-family.js';
import { formatTerm } from '../licence/licence-expression.js';
import type { Copyleft } from '../messages/copyleft.js';
import { Judged } from '../messages/judged.js';

const OBLIGATIONS: Partial<Record<LicenceFamily, string>> = {
  'weak-copyleft': 'changes to the package itself must be published under the same licence',
  'strong-copyleft': 'what is distributed with it must be published under the same licence',
  'network-copyleft': 'what is distributed with it, or served over a network, must be published under the same licence',
};

/** Says what a copyleft licence asks for, and whether the package ships the text that has to be handed on. */
@Node({ timeoutS: 5, maxRetries: 4, backoffBaseS: 0.1, retryOn: isTransientFileError })
export class InspectCopyleft implements FlowNode<Copyleft, Judged> {
  constructor(private readonly files: PackageFiles) {}

  async process({ classified, judgement }: Copyleft, ctx: NodeContext): Promise<Judged> {
    const obligations = judgement.terms.flatMap((term) => {
      const obligation = OBLIGATIONS[familyOf(term) ?? 'permissive'];
      return obligation === undefined ? [] : [`${formatTerm(term)}: ${obligation}`];
    });
    const missing = await this.missingText(classified.manifest.installed.directory);
    if (missing !== undefined) obligations.push(missing);
    ctx.logger.warn('copyleft', { package: classified.manifest.name, obligations });
    return new Judged(classified, judgement.verdict, judgement.reason, obligations);
  }

  private async missingText(directory: string): Promise<string | undefined> {
    try {
      if ((await this.files.findLicence(directory)) !== undefined) return undefined;
      return 'the licence text must be handed on, and the package ships none';
    } catch (error) {
      return explainFileError('the directory', error);
    }
  }
}
