import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for each test of the enclosing `describe`, gone after it. */
export function useTempFolder(): { path: string; file(name: string): string } {
  const folder = {
    path: '',
    file(name: string): string {
      return join(this.path, name);
    },
  };
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'penguiflow-cli-'));
  });
  afterEach(() => rmSync(folder.path, { recursive: true, force: true }));
  return folder;
}
