// npm run bench [-- --quick] [--only W2,W4] [--contenders rxjs,effect] [--rounds 3] | npm run bench -- logging
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { CONTENDERS } from './contenders.js';
import { plotOf } from './plot.js';
import { median, reportOf, type Cell, type Results } from './report.js';
import { WORKLOADS } from './workloads.js';

const BENCH = fileURLToPath(new URL('../../bench/', import.meta.url));
const RUN_ONE = fileURLToPath(new URL('run-one.js', import.meta.url));
const OURS = 'penguiflow';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    only: { type: 'string' },
    contenders: { type: 'string' },
    rounds: { type: 'string' },
  },
});

if (positionals[0] === 'logging') {
  // What a line costs, then what the async context costs a whole flow in its three modes.
  for (const program of ['logging.mjs', 'correlation.mjs']) {
    const { status } = spawnSync(process.execPath, [`${BENCH}${program}`, ...positionals.slice(1)], {
      stdio: 'inherit',
    });
    process.exitCode ||= status ?? 1;
  }
} else {
  compare();
}

function compare(): void {
  if (!existsSync(`${BENCH}peers/node_modules`)) install();
  const quick = values.quick === true;
  const rounds = Number(values.rounds ?? (quick ? 1 : 5));
  const ids = values.only?.split(',') ?? (quick ? ['W1', 'W2', 'W4'] : WORKLOADS.map(({ id }) => id));
  const names = values.contenders?.split(',') ?? CONTENDERS;
  const unknown = names.find((name) => !CONTENDERS.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`There is no contender ${JSON.stringify(unknown)}; there are: ${CONTENDERS.join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  const workloads = WORKLOADS.filter(({ id }) => ids.includes(id));
  const runs = new Map<string, Cell>();
  for (let round = 0; round < rounds; round++) {
    for (const { id } of workloads) {
      // In turn, so that a busy machine hits all alike.
      for (const name of names) {
        process.stderr.write(`\r${id} ${round + 1}/${rounds} ${name}`.padEnd(50));
        measure(runs, id, name, quick ? 0.1 : 1);
      }
    }
  }
  process.stderr.write(`\r${''.padEnd(50)}\r`);
  const results: Results = {
    node: process.versions.node,
    ours: OURS,
    rounds,
    quick,
    workloads: workloads.map(({ id, title, unit, better }) => ({
      id,
      title,
      unit,
      better,
      cells: names.map((name) => runs.get(`${id} ${name}`)).filter((cell) => cell !== undefined),
    })),
  };
  const report = reportOf(results);
  process.stdout.write(report);
  writeFileSync(`${BENCH}results.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${BENCH}results.md`, report);
  writeFileSync(`${BENCH}ratios.svg`, plotOf(results));
}

/** One more run of a contender, in a process of its own. */
function measure(runs: Map<string, Cell>, id: string, name: string, scale: number): void {
  const key = `${id} ${name}`;
  const known = runs.get(key);
  // It has said that it cannot, or did not come back.
  if (known !== undefined && known.figures === undefined) return;
  const cell = known ?? { name, about: '', figures: undefined, samples: [] };
  runs.set(key, cell);
  const args = ['--expose-gc', '--no-warnings', RUN_ONE, id, name, String(scale)];
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000, maxBuffer: 2 ** 26 });
  let said: { about: string; figures?: Record<string, number>; reason?: string };
  try {
    said = JSON.parse(child.stdout) as typeof said;
  } catch {
    const why = child.error?.message ?? child.stderr.split('\n').find((line) => line.includes('Error')) ?? 'no answer';
    said = { about: '', reason: `failed: ${why.trim().slice(0, 120)}` };
  }
  cell.about = said.about;
  if (said.figures === undefined) {
    cell.reason = said.reason ?? '';
    return;
  }
  cell.samples.push(said.figures);
  cell.figures = Object.fromEntries(
    Object.keys(said.figures).map((figure) => [figure, median(cell.samples.map((one) => one[figure] as number))]),
  );
}

function install(): void {
  process.stderr.write('Installing the peers into bench/peers (once)\n');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: `${BENCH}peers`, stdio: 'inherit' });
}
