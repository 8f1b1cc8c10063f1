import { Node, type FlowNode, type NodeContext } from 'penguiflow';

import { explainFileError, isTransientFileError } from '../files/file-error.js';
import { PackageFiles, type LicenceFile } from '../files/package-files.js';
import { recogniseLicence } from '../licence/licence-text.js';
import { Classified } from '../messages/classified.js';
import type { Unclassified } from '../messages/unclassified.js';

/** Recognises the licence by the text that the package ships. */
@Node({ concurrency: 4, timeoutS: 5, maxRetries: 4, backoffBaseS: 0.1, retryOn: isTransientFileError })
export class ReadLicenceFile implements FlowNode<Unclassified, Classified> {
  constructor(private readonly files: PackageFiles) {}

  async process({ manifest, problem, licenceFile }: Unclassified, ctx: NodeContext): Promise<Classified> {
    let file: LicenceFile | undefined;
    try {
      file = await this.files.readLicence(manifest.installed.directory, licenceFile, ctx.signal);
    } catch (error) {
      const trouble = explainFileError(licenceFile ?? 'its licence file', error);
      return new Classified(manifest, undefined, `${problem}, and ${trouble}`);
    }
    if (file === undefined) return new Classified(manifest, undefined, `${problem}, and it has no licence file`);
    const recognised = recogniseLicence(file.text);
    if (recognised === undefined) {
      return new Classified(manifest, undefined, `${problem}, and ${file.name} is not the text of a known licence`);
    }
    const percent = Math.floor(recognised.similarity * 100);
    ctx.logger.info('licence recognised by its text', { file: file.name, licence: recognised.id, similarity: percent });
    return new Classified(manifest, { license: recognised.id }, `${file.name} (${percent} % alike)`);
  }
}
