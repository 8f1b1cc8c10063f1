import type { FlowPort } from 'penguiflow';

import type { Stored } from './nodes/store.js';

/** What came of the documents. */
export interface Outcome {
  readonly stored: number;
  /** Those whose result lay there before. */
  readonly again: number;
  /** Why those that failed did. */
  readonly failures: readonly string[];
}

/**
 * Sends documents through the pipeline, each under its path, and waits for what comes of each.
 *
 * @param way - wherever it runs: the handle of `createFlow`, or the client of `connectFlow`
 * @param onDone - told how many are through, of each that is
 */
export async function sendDocuments(
  way: FlowPort<string, Stored>,
  paths: readonly string[],
  onDone: (done: number) => void = () => {},
): Promise<Outcome> {
  const failures: string[] = [];
  let [stored, again] = [0, 0];
  const reading = (async () => {
    for await (const { value, error } of way.results()) {
      if (error !== undefined) failures.push(error.message);
      else {
        stored++;
        if (value.again) again++;
      }
      const done = stored + failures.length;
      onDone(done);
      if (done === paths.length) return;
    }
  })();
  // The path is the id: whoever sends a document twice has it worked on once.
  await Promise.all(paths.map((path) => way.emit(path, { id: path })));
  await reading;
  return { stored, again, failures };
}
