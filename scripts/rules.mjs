// Which rules of the contract (docs/design: R1 … R30) have tests that name them, and how many. A rule without a test fails the
// build; what is still to be built is listed here and nowhere else.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const RULES = Array.from({ length: 30 }, (_, index) => `R${index + 1}`);

/** Rules whose code is not there yet. */
const PENDING = new Set(['R15', 'R18', 'R19']);

const tests = join(import.meta.dirname, '../test');
const counts = new Map(RULES.map((rule) => [rule, 0]));
const unknown = new Set();

/** The titles of a spec: the first argument of it(…), when it is written there. */
function titlesOf(text) {
  return [...text.matchAll(/(?<![\w.])it\(\s*(?<quote>['"`])(?<title>(?:\\.|(?!\k<quote>)[^])*)\k<quote>/g)].map(
    ({ groups }) => groups.title,
  );
}

for (const name of readdirSync(tests, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.spec.ts')) continue;
  for (const title of titlesOf(readFileSync(join(tests, name), 'utf8'))) {
    for (const rule of new Set(title.match(/\bR\d+\b/g))) {
      if (counts.has(rule)) counts.set(rule, counts.get(rule) + 1);
      else unknown.add(`${rule} in ${name}`);
    }
  }
}

const complaints = [...unknown].map((where) => `there is no rule ${where}`);
for (const [rule, count] of counts) {
  const pending = PENDING.has(rule);
  console.log(`${rule.padEnd(4)} ${String(count).padStart(4)}${pending ? '  pending' : ''}`);
  if (count === 0 && !pending) complaints.push(`${rule} has no test that names it`);
}
for (const complaint of complaints) console.log(complaint);
if (complaints.length > 0) process.exitCode = 1;
