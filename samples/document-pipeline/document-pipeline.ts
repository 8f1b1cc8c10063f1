import { Flow, start } from 'penguiflow';
import { Distributed } from 'penguiflow/distributed';

import { Grade } from './messages/grade.js';
import { Page } from './messages/page.js';
import { Fetch } from './nodes/fetch.js';
import { Parse } from './nodes/parse.js';
import { Score } from './nodes/score.js';
import { Store } from './nodes/store.js';

/**
 * Reads documents and says how they read. In one process `@Distributed` changes nothing; in several, pages go from those that wait for the disk to those
 * that compute, and grades come back. Outlines stay in their process, so they need no name.
 */
@Distributed({
  groups: { io: [Fetch, Store], cpu: [Parse, Score] },
  types: { page: Page, grade: Grade },
})
@Flow()
export class DocumentPipeline {
  readonly graph = start(Fetch).to(Parse).to(Score).to(Store);
}
