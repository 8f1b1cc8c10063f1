// Bundles each entry of the package from what the compiler has emitted; the entries of subpaths import the main one, so that
// classes are the same whichever entry brings them. Loading a file costs a few tenths of a millisecond, and the library has
// over a hundred: bundled, an import takes half the time. Tests run the files one by one, under the condition
// `penguiflow-modules`, because they import some of them directly.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.values(exports).flatMap((entry) => entry['penguiflow-modules'] ?? []);
const main = entries.find((entry) => entry.endsWith('src/index.js'));

rmSync(join(root, 'lib'), { recursive: true, force: true });
mkdirSync(join(root, 'lib'));
// As it is: bundled into a module, its `require` would be nobody's.
const packages = readFileSync(join(root, 'dist/src/ports/packages.cjs'), 'utf8');
writeFileSync(join(root, 'lib/packages.cjs'), packages.replace(/\/\/# sourceMappingURL=.*$/, ''));
await bundle([main], /\/packages\.cjs$/, './packages.cjs');
await bundle(
  entries.filter((entry) => entry !== main),
  /^\.\.\/(?:\.\.\/)?index\.js$/,
  '../index.js',
);

/** @param outside what is not bundled, and how it is called in the output */
async function bundle(entryPoints, outside, path) {
  await build({
    absWorkingDir: root,
    entryPoints,
    outbase: 'dist/src',
    outdir: 'lib',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    plugins: [{ name: 'outside', setup: (on) => on.onResolve({ filter: outside }, () => ({ path, external: true })) }],
    // Classes are known by their names: in errors, events and the container.
    keepNames: true,
    // Less for the compiler to read, which is a good part of an import; in lines, because Node prints the one that threw.
    minifyWhitespace: true,
    lineLimit: 120,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    // The emitted folder is no package of its own; nothing of it is left out.
    logOverride: { 'ignored-bare-import': 'silent' },
  });
}
