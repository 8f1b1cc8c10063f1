import type { Terminal } from '../terminal.js';
import { findPlace } from './find-place.js';
import { InspectorClient } from './inspector-client.js';
import { InspectorSource } from './inspector-source.js';
import { withStore } from './open-store.js';
import type { RunSource } from './run-source.js';
import type { SourceOptions } from './source-options.js';
import { StoreSource } from './store-source.js';

/** Finds where runs are, and does something with them. */
export async function withSource<Result>(
  terminal: Terminal,
  options: SourceOptions,
  body: (source: RunSource) => Promise<Result>,
): Promise<Result> {
  const place = await findPlace(terminal, options, 'any');
  if (place.kind === 'inspector') return body(new InspectorSource(new InspectorClient(place)));
  return withStore(place, 'read', (store) => body(new StoreSource(store)));
}
