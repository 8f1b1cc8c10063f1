// Bundles each entry of the package from what the compiler has emitted: `lib/<entry>.js`, `lib/<entry>.d.ts` beside it, and
// maps of both that lead to `src`. The entries of subpaths import the main one, code and types alike, so that a class is the
// same whichever entry brings it. Loading a file costs a few tenths of a millisecond, and the library has over two hundred.
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import MagicString from 'magic-string';
import { parseSync } from 'oxc-parser';
import { rollup } from 'rollup';
import dts from 'rollup-plugin-dts';

import { buildInspectorPage, PAGE_FOLDER } from './build-inspector-page.mjs';

const root = join(import.meta.dirname, '..');
const emitted = join(root, 'dist/src');
const lib = join(root, 'lib');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The entries, without extension: `index`, `testing/index`. */
const entries = Object.values(exports)
  .filter((entry) => typeof entry === 'object')
  .map((entry) => relative('lib', entry.default).replace(/\.js$/, ''));
const MAIN = 'index';
/** Entries that others import as they are, beside the main one. */
const OUTSIDE = { 'inspector/index': ['store/index'], 'nestjs/index': ['inspector/index'] };
/** What threads run: code without types. */
const WORKERS = ['store/sqlite-worker', 'store/postgres-worker', 'distributed/sqlite-worker'];

rmSync(lib, { recursive: true, force: true });
mkdirSync(lib);
// As it is: bundled into a module, its `require` would be nobody's.
const packages = readFileSync(join(emitted, 'packages/packages.cjs'), 'utf8');
writeFileSync(join(lib, 'packages.cjs'), packages.replace(/\/\/# sourceMappingURL=.*$/, ''));
for (const entry of entries) {
  await bundleCode(entry);
  await bundleTypes(entry);
}
for (const worker of WORKERS) await bundleCode(worker);
await bundleProgram();
await buildInspectorPage();
cpSync(PAGE_FOLDER, join(lib, 'inspector/page'), { recursive: true, filter: (path) => !path.endsWith('.hash') });

async function bundleCode(entry) {
  const outside =
    entry === MAIN
      ? [{ from: join(emitted, 'packages/packages.cjs'), to: join(lib, 'packages.cjs') }]
      : outsideOf(entry);
  await bundle(`${entry}.js`, outside, {
    // Nothing is left out: what looks useless may be there for its effect on the engine, as when a text is made one piece.
    treeshake: false,
    plugins: [{ name: 'emitted', load: loadEmitted, transform: withoutComments }],
  });
}

/** The command line: a file per command, so that each loads what it needs; the entries of the package stay what they are. */
async function bundleProgram() {
  const folder = join(lib, 'cli');
  const entryOf = new Map(entries.map((entry) => [join(emitted, `${entry}.js`), `entry:${entry}`]));
  const bundled = await rollup({
    input: join(emitted, 'cli/main.js'),
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    // A command needs little of what its modules import.
    treeshake: { moduleSideEffects: (id) => id.includes('/cli/') },
    plugins: [
      {
        name: 'entries',
        resolveId(id, importer) {
          const target = importer === undefined ? undefined : entryOf.get(join(dirname(importer), id));
          return target === undefined ? null : { id: target, external: true };
        },
      },
      { name: 'emitted', load: loadEmitted, transform: withoutComments },
    ],
    onLog(level, log, handler) {
      handler(level === 'warn' ? 'error' : level, log);
    },
  });
  const { output } = await bundled.generate({
    dir: folder,
    format: 'es',
    sourcemap: true,
    sourcemapExcludeSources: true,
    chunkFileNames: '[name].js',
    banner: ({ isEntry }) => (isEntry ? '#!/usr/bin/env node' : ''),
    paths: (id) => (id.startsWith('entry:') ? `../${id.slice('entry:'.length)}.js` : id),
  });
  mkdirSync(folder);
  for (const { fileName, code, source } of output) writeFileSync(join(folder, fileName), code ?? source);
  chmodSync(join(folder, 'main.js'), 0o755);
}

async function bundleTypes(entry) {
  // `import 'reflect-metadata'` is no type that anything refers to, and yet brings the methods of Reflect.
  const global = entry === MAIN ? { intro: "import 'reflect-metadata';" } : {};
  await bundle(
    `${entry}.d.ts`,
    entry === MAIN ? [] : outsideOf(entry),
    { plugins: [dts({ sourcemap: true })] },
    global,
  );
}

/** The entries of ours that an entry imports. */
function outsideOf(entry) {
  return [MAIN, ...(OUTSIDE[entry] ?? [])].map((name) => ({
    from: join(emitted, `${name}.js`),
    to: join(lib, `${name}.js`),
  }));
}

/**
 * @param file what comes of it, and what it is made of
 * @param outside the files of ours that are imported and not bundled
 */
async function bundle(file, outside, options, output = {}) {
  const target = join(lib, file);
  const bundled = await rollup({
    ...options,
    input: join(emitted, file),
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    plugins: [
      { name: 'outside', resolveId: (id, importer) => resolveOutside(id, importer, outside) },
      ...options.plugins,
    ],
    onLog(level, log, handler) {
      // What the compiler emits for decorators begins with `this && …`.
      if (log.code !== 'THIS_IS_UNDEFINED') handler(level === 'warn' ? 'error' : level, log);
    },
  });
  await bundled.write({ file: target, format: 'es', sourcemap: true, sourcemapExcludeSources: true, ...output });

  function resolveOutside(id, importer) {
    const found = importer && outside.find(({ from }) => from === join(dirname(importer), id));
    if (!found) return null;
    const path = relative(dirname(target), found.to).replaceAll('\\', '/');
    return { id: path.startsWith('.') ? path : `./${path}`, external: 'relative' };
  }
}

/** With the compiler's map, so that the one of the bundle leads to the sources. */
function loadEmitted(id) {
  return { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') };
}

/** Comments are for readers, whom the maps lead to `src`: without them the tarball is a fifteenth smaller. */
function withoutComments(code, id) {
  const text = new MagicString(code);
  for (const { start, end } of parseSync(id, code).comments) {
    const before = code.slice(0, start).trimEnd().length;
    const startsLine = code.slice(before, start).includes('\n');
    const endsLine = /^[ \t]*(?:\n|$)/.test(code.slice(end));
    if (endsLine) text.remove(startsLine ? code.lastIndexOf('\n', start - 1) : before, end);
    else text.remove(start, end);
  }
  return { code: text.toString(), map: text.generateMap({ hires: 'boundary' }) };
}
