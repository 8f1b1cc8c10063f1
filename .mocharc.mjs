// The settings are those of .mocharc.json. This adds one thing: if the command line names specs, those run alone; Mocha
// would add them to `spec`. A spec goes by its source as well (`test/runtime/calls.spec.ts`), and a folder by its name.
import { readFileSync, statSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { parseArgs } from 'node:util';

const settings = JSON.parse(readFileSync(new URL('.mocharc.json', import.meta.url), 'utf8'));

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

// What is named may be a source: Mocha ignores it, and runs what it was compiled to.
export default { ...settings, spec: named.length > 0 ? named : settings.spec };
