// Bundles each entry of the package from what the compiler has emitted; what two entries share lies in one file of its own.
// Loading a file costs a few tenths of a millisecond, and the library has over a hundred: bundled, an import takes half the
// time. Tests run the files one by one, under the condition `penguiflow-modules`, because they import some of them directly.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.values(exports).flatMap((entry) => entry['penguiflow-modules'] ?? []);

rmSync(join(root, 'lib'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: entries,
  outbase: 'dist/src',
  outdir: 'lib',
  bundle: true,
  splitting: true,
  chunkNames: 'shared-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  // Classes are known by their names: in errors, events and the container.
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  // The emitted folder is no package of its own; nothing of it is left out.
  logOverride: { 'ignored-bare-import': 'silent' },
});
