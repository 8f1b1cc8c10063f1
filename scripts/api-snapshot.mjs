// Writes the public API of each entry into test/packaging/api, which is what a review of a change sees: the bundled declarations,
// without comments. `npm run api` after a change that is meant; a test compares.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'test/packaging/api');

/** The snapshot of each entry of the package, by file. */
export function apiSnapshots() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([entry, { types }]) => {
      const text = readFileSync(join(root, types), 'utf8');
      const name = `penguiflow${entry.slice(1).replaceAll('/', '-')}`;
      return { file: join(folder, `${name}.api.txt`), text: inOneOrder(withoutComments(text)) };
    });
}

function withoutComments(text) {
  return text
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trimStart();
}

/** The compiler prints the members of a union that it inferred in the order in which it met them, which differs between builds. */
function inOneOrder(text) {
  return text.replace(/"[^"\n]*"(?: \| "[^"\n]*")+/g, (union) => union.split(' | ').toSorted().join(' | '));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(folder, { recursive: true });
  for (const { file, text } of apiSnapshots()) writeFileSync(file, text);
}
