// Deletes emitted files whose source is gone: `tsc -b` leaves them, and a stale spec or module would go on being run and packed.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

if (existsSync(dist)) {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue;
    const emitted = join(entry.parentPath, entry.name);
    const source = join(root, relative(dist, emitted).replace(/\.(?:d\.)?(c?)[tj]s(\.map)?$/, '.$1ts'));
    if (!existsSync(source)) rmSync(emitted);
  }
}
