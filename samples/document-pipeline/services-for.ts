import type { Provider } from 'penguiflow';

import { DOCUMENTS } from './nodes/fetch.js';
import type { Work } from './pipeline-run.js';
import { ResultFolder } from './result-folder.js';

/** What the nodes are given, in whichever process they are. */
export function servicesFor({
  folder,
  results,
}: Omit<Work, 'paths'>): readonly [Provider<string>, Provider<ResultFolder>] {
  return [
    { token: DOCUMENTS, useValue: folder },
    { token: ResultFolder, useValue: results },
  ];
}
