// Bundles each entry of the package from what the compiler has emitted; the entries of subpaths import the main one, so that
// classes are the same whichever entry brings them. Loading a file costs a few tenths of a millisecond, and the library has
// over a hundred: bundled, an import takes half the time. Tests run the files one by one, under the condition
// `penguiflow-modules`, because they import some of them directly.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { rollup } from 'rollup';
import { minify } from 'terser';

const root = join(import.meta.dirname, '..');
const emitted = join(root, 'dist/src');
const lib = join(root, 'lib');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.values(exports).flatMap((entry) => entry['penguiflow-modules'] ?? []);
const main = entries.find((entry) => entry.endsWith('src/index.js'));

rmSync(lib, { recursive: true, force: true });
mkdirSync(lib);
// As it is: bundled into a module, its `require` would be nobody's.
const packages = readFileSync(join(emitted, 'packages/packages.cjs'), 'utf8');
writeFileSync(join(lib, 'packages.cjs'), packages.replace(/\/\/# sourceMappingURL=.*$/, ''));
for (const entry of entries) await bundle(join(root, entry), entry === main ? 'packages/packages.cjs' : 'index.js');

/** @param outside the file of ours that is not bundled into this entry */
async function bundle(entry, outside) {
  const target = join(lib, relative(emitted, entry));
  const beside = join(lib, outside === 'index.js' ? outside : 'packages.cjs');
  const bundled = await rollup({
    input: entry,
    // Nothing is left out: what looks useless may be there for its effect on the engine, as when a text is made one piece.
    treeshake: false,
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    plugins: [
      {
        name: 'outside',
        resolveId(id, importer) {
          if (importer === undefined || join(dirname(importer), id) !== join(emitted, outside)) return null;
          return { id: `./${relative(dirname(target), beside)}`.replace('./..', '..'), external: 'relative' };
        },
        // With the compiler's map, so that the one of the bundle leads to the sources.
        load: (id) => ({ code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') }),
      },
    ],
    onLog(level, log, handler) {
      // What the compiler emits for decorators begins with `this && …`.
      if (log.code !== 'THIS_IS_UNDEFINED') handler(level === 'warn' ? 'error' : level, log);
    },
  });
  const { output } = await bundled.generate({
    file: target,
    format: 'es',
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  const [{ code, map }] = output;
  // Less for the compiler to read, which is a good part of an import. Names stay: classes are known by theirs, in errors,
  // events and the container. In lines, because Node prints the one that threw.
  const name = `${basename(target)}.map`;
  const small = await minify(code, {
    module: true,
    compress: false,
    mangle: false,
    format: { max_line_len: 120 },
    sourceMap: { content: map.toString(), url: name },
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, small.code);
  writeFileSync(join(dirname(target), name), small.map);
}
