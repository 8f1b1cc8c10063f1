import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { inject } from 'tsyringe';
import { Node, type FlowNode } from 'penguiflow';

import { Page } from '../messages/page.js';

/** The folder that the documents lie in: a string. */
export const DOCUMENTS = Symbol('documents');

/** Reads a document. */
@Node({ concurrency: 8, timeoutS: 10, maxRetries: 2, backoffBaseS: 0.1 })
export class Fetch implements FlowNode<string, Page> {
  constructor(@inject(DOCUMENTS) private readonly folder: string) {}

  async process(path: string): Promise<Page> {
    return new Page(path, await readFile(join(this.folder, path), 'utf8'));
  }
}
