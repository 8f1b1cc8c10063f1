import type { Grade } from './messages/grade.js';
import type { ResultFolder } from './result-folder.js';
import type { Outcome } from './send-documents.js';

/** What is to be done. */
export interface Work {
  /** The folder that the documents lie in. */
  readonly folder: string;
  /** The documents, as paths in it. */
  readonly paths: readonly string[];
  readonly results: ResultFolder;
}

/** What was done. */
export interface PipelineRun {
  readonly outcome: Outcome;
  /** What lies in the folder of the results, by path. */
  readonly grades: readonly Grade[];
  readonly tookMs: number;
}
