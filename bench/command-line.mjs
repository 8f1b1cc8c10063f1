// What `penguiflow logs` costs, beside pino-pretty in the same run, and how long commands take to start.
// Usage: npm run build && node bench/command-line.mjs [megabytes] [rounds]
// Both read a file with the same records, each in its own format, and write to a pipe that is read. Rounds take turns; figures are
// medians of the rounds, ratios medians of the ratios per round.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MEGABYTES = Number(process.argv[2] ?? 100);
const ROUNDS = Number(process.argv[3] ?? 5);
const PROGRAM = join(import.meta.dirname, '../lib/cli/main.js');
const PRETTY = fileURLToPath(import.meta.resolve('pino-pretty/bin.js'));
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const REPORT = "process.on('exit', () => process.stderr.write(`maxRSS ${process.resourceUsage().maxRSS}`))";

const folder = mkdtempSync(join(tmpdir(), 'penguiflow-bench-'));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Fields of an attempt that succeeded, as they stand on each line of one. */
function fieldsOf(at) {
  return {
    event: 'node_success',
    flow_name: 'Orders',
    node_name: `Node${at % 7}`,
    node_id: `Orders.Node${at % 7}`,
    trace_id: TRACE,
    tenant: 'acme',
    run: at,
    latency_ms: (at % 1000) / 7,
    q_depth_in: at % 64,
    outgoing: 1,
    queue_maxsize: 64,
    attempt: 0,
  };
}

const FORMATS = {
  penguiflow: (at, timeMs) => ({
    timestamp: new Date(timeMs).toISOString(),
    level: 'info',
    logger: 'penguiflow.flow',
    message: 'node_success',
    ...fieldsOf(at),
  }),
  pino: (at, timeMs) => ({
    level: 30,
    time: timeMs,
    pid: 4711,
    hostname: 'host',
    msg: 'node_success',
    ...fieldsOf(at),
  }),
};

let lines = 0;
for (const [name, format] of Object.entries(FORMATS)) {
  const block = Array.from({ length: 5_000 }, (_, at) => JSON.stringify(format(at, 1_796_000_000_000 + at)));
  const bytes = Buffer.from(`${block.join('\n')}\n`);
  const repeats = Math.ceil((MEGABYTES * 1e6) / bytes.length);
  lines = Math.max(lines, 0) || repeats * block.length;
  const file = openSync(join(folder, `${name}.log`), 'w');
  for (let written = 0; written < lines; written += block.length) writeSync(file, bytes);
  closeSync(file);
}

async function timed(args, input) {
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(REPORT)}`, ...args], {
    stdio: [openSync(input, 'r'), 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: '1' },
  });
  let bytes = 0;
  let stderr = '';
  child.stdout.on('data', (chunk) => (bytes += chunk.length));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  await once(child, 'close');
  const [, kilobytes] = /maxRSS (\d+)/.exec(stderr) ?? [];
  if (bytes === 0) throw new Error(`${args.join(' ')} printed nothing: ${stderr}`);
  return { seconds: (performance.now() - started) / 1000, rss: Number(kilobytes) / 1024 };
}

const rounds = [];
for (let round = 0; round < ROUNDS; round++) {
  const ours = await timed([PROGRAM, 'logs'], join(folder, 'penguiflow.log'));
  const theirs = await timed([PRETTY, '--colorize'], join(folder, 'pino.log'));
  rounds.push({ ours, theirs });
}
const size = statSync(join(folder, 'penguiflow.log')).size / 1e6;
console.log(`${lines} lines, ${size.toFixed(0)} MB, Node ${process.version}, ${ROUNDS} rounds`);
for (const who of ['ours', 'theirs']) {
  const seconds = median(rounds.map((round) => round[who].seconds));
  const rss = Math.max(...rounds.map((round) => round[who].rss));
  const name = who === 'ours' ? 'penguiflow logs' : 'pino-pretty';
  console.log(
    `${name.padEnd(16)} ${Math.round(lines / seconds)} lines/s, ${seconds.toFixed(2)} s, at most ${rss.toFixed(0)} MB`,
  );
}
const ratio = median(rounds.map(({ ours, theirs }) => theirs.seconds / ours.seconds));
console.log(`pino-pretty takes ${ratio.toFixed(2)} times as long`);

const starts = {
  'node -e 0': ['-e', '0'],
  '--version': [PROGRAM, '--version'],
  'logs (of nothing)': [PROGRAM, 'logs'],
};
for (const [name, args] of Object.entries(starts)) {
  const times = Array.from({ length: 15 }, () => {
    const started = performance.now();
    execFileSync(process.execPath, args, { input: '' });
    return performance.now() - started;
  });
  console.log(`starts in ${median(times).toFixed(0)} ms: ${name}`);
}
rmSync(folder, { recursive: true });
