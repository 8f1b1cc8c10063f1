import { inject } from 'tsyringe';
import { Node, type FlowNode, type NodeContext } from 'penguiflow';

import type { Grade } from '../messages/grade.js';
import { ResultFolder } from '../result-folder.js';

/** What became of a document. */
export interface Stored {
  readonly path: string;
  /** It lay there before: the work was done twice, and its result is there once. */
  readonly again: boolean;
}

/** Writes down how a document reads. */
@Node({ concurrency: 8, timeoutS: 10, maxRetries: 2, backoffBaseS: 0.1 })
export class Store implements FlowNode<Grade, Stored> {
  constructor(@inject(ResultFolder) private readonly results: ResultFolder) {}

  async process(grade: Grade, ctx: NodeContext): Promise<Stored> {
    const isNew = await this.results.add(ctx.idempotencyKey, grade);
    return { path: grade.path, again: !isNew };
  }
}
