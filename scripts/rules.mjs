// Which rules of the contract (R1 … R30) have tests that name them: a table of rule and number of tests, with `--titles` their
// titles too. Fails when a rule has none, or a test names a rule that does not exist.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const RULES = Array.from({ length: 30 }, (_, index) => `R${index + 1}`);

const tests = join(import.meta.dirname, '../test');
/** @type {Map<string, string[]>} */
const titles = new Map(RULES.map((rule) => [rule, []]));
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
      if (titles.has(rule)) titles.get(rule).push(title);
      else unknown.add(`${rule} in ${name}`);
    }
  }
}

const complaints = [...unknown].map((where) => `there is no rule ${where}`);
for (const [rule, named] of titles) {
  console.log(`${rule.padEnd(4)} ${String(named.length).padStart(4)}`);
  if (process.argv.includes('--titles')) for (const title of named) console.log(`       ${title}`);
  if (named.length === 0) complaints.push(`${rule} has no test that names it`);
}
for (const complaint of complaints) console.log(complaint);
if (complaints.length > 0) process.exitCode = 1;
