// Tries the properties of test/fuzz with fresh random inputs until the time is over, and says how many it tried. When one does
// not hold, prints the seed, the simplest input it fails for, and the command that tries that input again; exit code 1. What
// cannot be understood is exit code 2. A compiled module as an argument takes the place of the properties of the project.
import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const MINUTES = 5;
/** Inputs per seed: few enough to look at the time often. */
const RUNS_PER_SEED = 25;
/** Longest time of one input, and of those of a seed together with the search for a simpler one. */
const RUN_MS = 10_000;
const SEED_MS = 120_000;
const PROGRESS_MS = 5_000;

const OPTIONS = {
  minutes: { type: 'string' },
  property: { type: 'string' },
  seed: { type: 'string' },
  path: { type: 'string' },
};

/** A mistake of whoever calls. */
class UsageError extends Error {}

function readOptions() {
  let parsed;
  try {
    parsed = parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(
      `${error.message.split('. ')[0]}. Options: ${Object.keys(OPTIONS)
        .map((name) => `--${name}`)
        .join(', ')}`,
    );
  }
  const { minutes, property, seed, path } = parsed.values;
  if (seed === undefined && path !== undefined)
    throw new UsageError('--path is a place in the inputs of a --seed: give both');
  if (path !== undefined && property === undefined)
    throw new UsageError('--path is of one property: name it with --property');
  if (seed !== undefined && minutes !== undefined) {
    throw new UsageError('--seed tries its inputs once, --minutes tries fresh ones: give one of the two');
  }
  return {
    property,
    path:
      path === undefined
        ? undefined
        : matching('path', path, /^\d+(:\d+)*$/, 'numbers with colons between, like 7:0:2'),
    seed: seed === undefined ? undefined : Number(matching('seed', seed, /^-?\d{1,10}$/, 'a whole number')),
    minutes: minutes === undefined ? MINUTES : positive('minutes', minutes),
    module: parsed.positionals[0] ?? resolve(import.meta.dirname, '../dist/test/fuzz/properties.js'),
  };
}

function matching(option, text, pattern, expected) {
  if (!pattern.test(text)) throw new UsageError(`Expected --${option} to be ${expected}, got ${JSON.stringify(text)}`);
  return text;
}

function positive(option, text) {
  const number = Number(text);
  if (text.trim() === '' || !(number > 0 && number < Infinity)) {
    throw new UsageError(`Expected --${option} to be a number > 0, got ${JSON.stringify(text)}`);
  }
  return number;
}

/** After the options, which are refused at once. */
let fc;

async function readProperties({ module, property }) {
  await import('reflect-metadata');
  ({ default: fc } = await import('fast-check'));
  const { PROPERTIES } = await import(pathToFileURL(resolve(module)).href);
  if (property === undefined) return PROPERTIES;
  const named = PROPERTIES.filter(({ name }) => name === property);
  if (named.length > 0) return named;
  throw new UsageError(`There is no property "${property}". Known: ${PROPERTIES.map(({ name }) => name).join(', ')}`);
}

/** The inputs that are tried now, for an error that none of their promises has. */
let current;
/** Inputs tried, by property. */
const counts = new Map();
const started = performance.now();

/** Tries a property for the inputs of a seed, or for the one at a path; whether it holds. */
async function attempt(property, seed, path) {
  current = { property, seed };
  const tried = counts.get(property.name) ?? 0;
  let runs = 0;
  const asyncProperty = fc.asyncProperty(property.given, (given) => {
    runs++;
    return property.check(given);
  });
  const found = await fc.check(asyncProperty, {
    seed,
    ...(path === undefined ? { numRuns: RUNS_PER_SEED } : { numRuns: 1, path, endOnFailure: true }),
    timeout: RUN_MS,
    plugins: [fc.interruptAfterTimeLimit(SEED_MS, { failOnInterrupt: true })],
  });
  counts.set(property.name, tried + runs);
  current = undefined;
  if (found.failed) report(property, seed, found);
  return !found.failed;
}

function report(property, seed, { counterexample, counterexamplePath, numShrinks, errorInstance }) {
  const path = counterexamplePath === null || counterexamplePath === undefined ? '' : ` --path ${counterexamplePath}`;
  console.log(`\n${property.name} does not hold (seed ${seed}${path.replace(' --path ', ', path ')})`);
  if (counterexample !== null && counterexample !== undefined) {
    console.log(`\nthe simplest input found, after ${numShrinks} steps:\n${fc.stringify(counterexample[0])}`);
    if (property.draw !== undefined) console.log(`\n${property.draw(counterexample[0])}`);
  }
  console.log(`\n${errorInstance?.stack ?? 'it took too long'}`);
  console.log(`\nto try it again: npm run fuzz -- --property ${property.name} --seed ${seed}${path}`);
}

function summary() {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const each = [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
  const seconds = Math.round((performance.now() - started) / 1000);
  return `${String(seconds).padStart(4)} s  ${all} inputs: ${each}`;
}

/** An error that no promise of the input has: it ends the process, as in a program. */
function onStray(error) {
  process.exitCode = 1;
  if (current === undefined) throw error;
  const { property, seed } = current;
  current = undefined;
  report(property, seed, { errorInstance: error });
  process.exit(1);
}

async function main() {
  const options = readOptions();
  const properties = await readProperties(options);
  process.on('uncaughtException', onStray);
  if (options.seed !== undefined) {
    for (const property of properties) if (!(await attempt(property, options.seed, options.path))) return false;
    console.log(`${summary()}\nnothing found`);
    return true;
  }
  const end = started + options.minutes * 60_000;
  console.log(`${options.minutes} min of ${properties.map(({ name }) => name).join(', ')}`);
  let told = started;
  while (performance.now() < end) {
    for (const property of properties) {
      if (!(await attempt(property, randomInt(2 ** 31), undefined))) return false;
      if (performance.now() - told > PROGRESS_MS) {
        told = performance.now();
        console.log(summary());
      }
    }
  }
  console.log(`${summary()}\nnothing found`);
  return true;
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
