// Bundles each entry of the package from what the compiler has emitted; what two entries share lies in one file of its own.
// Loading a file costs a few tenths of a millisecond, and the library has over a hundred: bundled, an import takes half the
// time. Tests run the files one by one, under the condition `penguiflow-modules`, because they import some of them directly.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.values(exports).flatMap((entry) => entry['penguiflow-modules'] ?? []);

rmSync(join(root, 'lib'), { recursive: true, force: true });
const { outputFiles } = await build({
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
  // Classes are known by their names: in errors, events and the container. They have them without `keepNames`, which defines
  // the name of each class and closure anew: V8 then keeps the properties of all of them in dictionaries, looks up static
  // methods and `instanceof` the slow way, and a closure costs thousands of instructions.
  keepNames: false,
  write: false,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  // The emitted folder is no package of its own; nothing of it is left out.
  logOverride: { 'ignored-bare-import': 'silent' },
});

for (const { path, text } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, path.endsWith('.js') ? withOwnNames(text, path) : text);
}

/** Gives a class that speaks of itself, which is bundled as `var Name = class _Name` or `class Name2`, its name back. */
function withOwnNames(code, path) {
  let named = code;
  for (const [, outer, inner] of code.matchAll(/^(?:var|let) (\w+) = class (?!extends\b)(\w+)/gmu)) {
    if (inner === outer) continue;
    if (inner.replace(/^_|\d+$/gu, '') !== outer)
      throw new Error(`${path} has the class ${outer} under another name: ${inner}`);
    named = named.replaceAll(new RegExp(`\\b${inner}\\b`, 'gu'), outer);
  }
  return named;
}
