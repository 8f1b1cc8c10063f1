// Runs every spec, unless the command line names some: then those alone. A spec goes by its source as well
// (`test/runtime/calls.spec.ts`), and a folder by its name. Mocha would add what is named to the `spec` that stands here.
import { statSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { parseArgs } from 'node:util';

/** Options whose value may look like the path of a test and is none. */
const OTHERS = {
  exclude: { type: 'string' },
  fgrep: { type: 'string', short: 'f' },
  file: { type: 'string' },
  grep: { type: 'string', short: 'g' },
  ignore: { type: 'string' },
  require: { type: 'string', short: 'r' },
  'watch-files': { type: 'string' },
  'watch-ignore': { type: 'string' },
};

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  options: { ...OTHERS, spec: { type: 'string', multiple: true } },
  strict: false,
  allowPositionals: true,
});

/** What is named, as compiled: `test/…` stands for `dist/test/…`, `.ts` for `.js`, a folder for its specs. */
const named = [values.spec ?? [], positionals]
  .flat()
  .map((path) =>
    relative(import.meta.dirname, path)
      .split(sep)
      .join('/'),
  )
  .filter((path) => /^(dist\/)?test(\/|$)/.test(path))
  .map((path) => (path.startsWith('dist/') ? path : `dist/${path}`).replace(/\.ts$/, '.js'))
  .map((path) => (statSync(path, { throwIfNoEntry: false })?.isDirectory() ? `${path}/**/*.spec.js` : path));

export default {
  require: ['reflect-metadata', './dist/test/support/pending-guard.js'],
  'node-option': ['enable-source-maps', 'unhandled-rejections=strict'],
  spec: named.length > 0 ? named : ['dist/test/**/*.spec.js'],
  // The sources themselves, when they are what was named.
  ignore: ['**/*.ts', './**/*.ts'],
  timeout: 10_000,
  'forbid-only': true,
  'fail-zero': true,
};
