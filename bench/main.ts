import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Measurements } from './measurements.js';
import { plotOf } from './plot.js';
import { reportOf } from './report.js';
import type { Results, WorkloadResults } from './results.js';
import { summaryOf } from './summary.js';
import type { Workload } from './workload.js';
import { WORKLOADS } from './workloads.js';

const USAGE = `npm run bench -- [--quick] [--only W2,W4] [--contenders rxjs,effect] [--rounds 5] [--save]
npm run bench -- logging [lines] [rounds]
npm run bench -- history [runs] [rounds]
npm run bench -- inspector [nodes] [samples] [rounds]
npm run bench -- distributed [messages] [rounds]

Without options everything is measured, five times, and bench/results.json, results.md, ratios.svg and summary.svg are written.
  --quick       one round at a tenth of the size, the quick half of the workloads, nothing is written
  --only        these workloads; W4 stands for W4a and W4b
  --contenders  these rows
  --save        with --only or --rounds: put what was measured into the saved results and keep their other workloads
  logging       what a line costs in many set-ups, and what the async context costs a flow
  history       what a history costs the flow that it records, and how many rows a second it takes
  inspector     what a snapshot costs, as the inspector takes one a second while somebody looks
  distributed   what a hop through an SQLite carrier costs, against a bare loop that writes the same rows, and BullMQ
`;

const BENCH = fileURLToPath(new URL('../../bench/', import.meta.url));

/** What --quick takes; the others need their size to mean anything, or every peer in a process of its own. */
const QUICK = ['W1', 'W2', 'W4a', 'W4b', 'W6a', 'W6c', 'W9a', 'W9b'];
/** Seconds per message instead of messages per second: --quick leaves them out, and says so. */
const SLOW = ['langgraph', 'web streams', 'moleculer'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    contenders: { type: 'string' },
    rounds: { type: 'string' },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const { quick, only, contenders, save } = values;

if (values.help) process.stdout.write(USAGE);
else if (positionals[0] === 'logging') runPrograms('logging.mjs', 'correlation.mjs');
else if (positionals[0] === 'history') runPrograms('history.mjs');
else if (positionals[0] === 'inspector') runPrograms('inspector.mjs');
else if (positionals[0] === 'distributed') runPrograms('distributed.mjs');
else compare();

/** Those that print what they have measured; logging: what a line costs, then what the async context costs a flow in its three modes. */
function runPrograms(...programs: readonly string[]): void {
  for (const program of programs) {
    const { status } = spawnSync(process.execPath, [`${BENCH}${program}`, ...positionals.slice(1)], {
      stdio: 'inherit',
    });
    process.exitCode ||= status ?? 1;
  }
}

function compare(): void {
  const known = new Set(WORKLOADS.flatMap((workload) => workload.contenders));
  const workloads = chosen();
  const unknown = contenders?.split(',').find((name) => !known.has(name));
  if (unknown !== undefined) return refuse(`There is no contender ${JSON.stringify(unknown)}`, [...known]);
  if (workloads.length === 0) {
    const ids = WORKLOADS.map(({ id }) => id);
    return refuse(`There is no workload ${only}`, ids);
  }
  const rounds = Number(values.rounds ?? (quick ? 1 : 5));
  if (!(Number.isInteger(rounds) && rounds > 0)) return refuse(`Expected --rounds to be > 0, got ${values.rounds}`);
  if (save && (quick || contenders !== undefined)) {
    return refuse('--save takes whole tables in full size, so neither --quick nor --contenders');
  }
  if (!existsSync(`${BENCH}peers/node_modules`)) install();

  const measured = measureAll(workloads, rounds);
  const results: Results = { node: process.versions.node, quick, workloads: save ? merged(measured) : measured };
  process.stdout.write(reportOf(results));
  const full = !quick && only === undefined && contenders === undefined && values.rounds === undefined;
  if (quick) sayWhatIsLeftOut();
  if (full || save) write(results);
  else process.stderr.write('Not saved: only a full run is, or one with --save\n');
}

/** The workloads of --only or --quick. */
function chosen(): Workload[] {
  const ids = only?.split(',') ?? (quick ? QUICK : undefined);
  return WORKLOADS.filter(
    ({ id }) => ids?.some((each) => id === each || (/^W\d+$/.test(each) && id.replace(/[a-z]$/, '') === each)) ?? true,
  );
}

function rowsOf(workload: Workload): string[] {
  const names = contenders?.split(',') ?? workload.contenders.filter((name) => !(quick && SLOW.includes(name)));
  return workload.contenders.filter((name) => names.includes(name));
}

function measureAll(workloads: readonly Workload[], rounds: number): WorkloadResults[] {
  const measurements = new Measurements(quick ? 0.1 : 1);
  for (let round = 0; round < rounds; round++) {
    for (const workload of workloads) {
      // In turn, so that a busy machine hits all alike.
      for (const name of rowsOf(workload)) {
        process.stderr.write(`\r${workload.id} ${round + 1}/${rounds} ${name}`.padEnd(60));
        measurements.measure(workload, name);
      }
    }
  }
  process.stderr.write(`\r${''.padEnd(60)}\r`);
  return workloads
    .map(({ id, title, unit, better, ours, sizes }) => ({
      id,
      title,
      unit,
      better,
      ours,
      sizes,
      rounds,
      cells: measurements.cells(id),
    }))
    .filter(({ cells }) => cells.length !== 0);
}

/** The saved workloads, with those that were measured now in their place. */
function merged(measured: readonly WorkloadResults[]): WorkloadResults[] {
  const saved = JSON.parse(readFileSync(`${BENCH}results.json`, 'utf8')) as Results;
  if (saved.node !== process.versions.node) {
    process.stderr.write(`The saved results are of Node ${saved.node}: they are replaced\n`);
    return [...measured];
  }
  return WORKLOADS.map(({ id }) => [...measured, ...saved.workloads].find((each) => each.id === id)).filter(
    (each) => each !== undefined,
  );
}

function write(results: Results): void {
  writeFileSync(`${BENCH}results.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${BENCH}results.md`, reportOf(results));
  writeFileSync(`${BENCH}ratios.svg`, plotOf(results));
  writeFileSync(`${BENCH}summary.svg`, summaryOf(results));
}

function sayWhatIsLeftOut(): void {
  const ids = WORKLOADS.map(({ id }) => id).filter((id) => !QUICK.includes(id));
  process.stdout.write(`\n--quick leaves out ${ids.join(', ')}, and of the contenders ${SLOW.join(', ')}.\n`);
}

function refuse(why: string, known: readonly string[] = []): void {
  process.stderr.write(`${why}${known.length === 0 ? '' : `; there are: ${known.join(', ')}`}\n\n${USAGE}`);
  process.exitCode = 2;
}

function install(): void {
  process.stderr.write('Installing the peers into bench/peers (once)\n');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: `${BENCH}peers`, stdio: 'inherit' });
}
