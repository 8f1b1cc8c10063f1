import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';

interface Snapshot {
  readonly file: string;
  readonly text: string;
}

const SCRIPT = pathToFileURL(resolve('scripts/api-snapshot.mjs')).href;

describe('the public API', () => {
  it('is what the reviewed files say; a change that is meant is written with `npm run api`', async () => {
    const { apiSnapshots } = (await import(SCRIPT)) as { readonly apiSnapshots: () => readonly Snapshot[] };
    const snapshots = apiSnapshots();
    expect(snapshots.map(({ file }) => file)).to.include(resolve(join('test/packaging/api', 'penguiflow.api.txt')));
    for (const { file, text } of snapshots) {
      expect(text, file).to.contain('export');
      expect(text.split('\n'), file).to.deep.equal(readFileSync(file, 'utf8').split('\n'));
    }
  });
});
