// Two thresholds that c8 cannot hold at the same time, lines of src as a whole and lines of each file; and no module that has
// code may be missing from the report because no test loaded it. (Modules of types only have no code and don't count.)
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TOTAL = 95;
const EACH_FILE_ABOVE = 85;

const root = join(import.meta.dirname, '..');
const { total, ...files } = JSON.parse(readFileSync(join(root, 'coverage/coverage-summary.json'), 'utf8'));

function hasCode(module) {
  const text = readFileSync(join(root, 'dist/src', module), 'utf8');
  return text.replace(/^\/\/.*$|\/\*[^]*?\*\/|export \{\};/gm, '').trim() !== '';
}

const complaints = readdirSync(join(root, 'dist/src'), { recursive: true })
  .filter((name) => name.endsWith('.js') && hasCode(name))
  .map((name) => ({ path: join('src', name.replace(/\.js$/, '.ts')) }))
  .map(({ path }) => ({ path, lines: files[join(root, path)]?.lines.pct ?? 0 }))
  .filter(({ lines }) => lines <= EACH_FILE_ABOVE)
  .map(({ path, lines }) => `${path}: ${lines} % of lines, wanted more than ${EACH_FILE_ABOVE} %`);
if (total.lines.pct < TOTAL) complaints.push(`src: ${total.lines.pct} % of lines, wanted ${TOTAL} %`);

for (const complaint of complaints) console.log(complaint);
console.log(`coverage: ${total.lines.pct} % of the lines of src, ${complaints.length} complaints`);
if (complaints.length > 0) process.exitCode = 1;
