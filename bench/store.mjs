// How fast a store writes, and answers questions when it is full: `node bench/store.mjs [--runs 1000000] [--batch 500] [--driver libsql]
// [--inline] [--in-flight 4]` for `sqliteStore`, with `--postgres URL` for `postgresStore`, with `--pool` through a pool of this thread.
// `--questions 0`: no questions. Needs `npm run build`. The rows are those of a flow of four nodes: a run, four attempts, for every tenth a label, for every hundredth a
// failure with its message, payload and a line.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { postgresStore, runIdOf, sqliteStore } from '../lib/store/index.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    driver: { type: 'string', default: 'auto' },
    inline: { type: 'boolean', default: false },
    postgres: { type: 'string' },
    pool: { type: 'boolean', default: false },
    'in-flight': { type: 'string', default: '4' },
    batch: { type: 'string', default: '500' },
    questions: { type: 'string', default: '200' },
  },
});
const RUNS = Number(values.runs);
const QUESTIONS = Number(values.questions);
/** Rows of a batch, roughly. */
const BATCH = Number(values.batch);
const RUNS_PER_BATCH = Math.floor(BATCH / 5.15);
/** Batches on their way at a time. */
const IN_FLIGHT = Number(values['in-flight']);
const START_MS = 1_700_000_000_000;
const FLOWS = ['Orders', 'Refunds', 'Shipping', 'Billing', 'Mail'];
const NODES = ['Intake', 'Price', 'Charge', 'Ship'];

const folder = mkdtempSync(join(tmpdir(), 'penguiflow-bench-'));
const file = join(folder, 'history.db');
const NAME = `${values.postgres === undefined ? values.driver : 'postgres'}${values.inline ? ', inline' : ''}${values.pool ? ', pool' : ''}`;
const SCHEMA = 'penguiflow_bench';
const WORKER = values.inline ? { worker: 'inline' } : {};
const pool = new pg.Pool({ connectionString: values.postgres, max: 4 });
const store = values.postgres === undefined ? sqliteStore({ file, driver: values.driver, ...WORKER }) : inPostgres();
try {
  const runner = await store.open({
    instance: 'bench',
    host: 'bench',
    bootId: undefined,
    pid: process.pid,
    version: '0',
    startedMs: 0,
  });
  const cpu = process.cpuUsage();
  const { rows, tookMs, hereMs } = await fill(runner);
  const { user, system } = process.cpuUsage(cpu);
  const perS = Math.round((rows / tookMs) * 1_000);
  console.log(
    `${NAME}, batches of ${BATCH}: ${rows} rows of ${RUNS} runs in ${Math.round(tookMs)} ms: ${perS} rows/s, ${((user + system) / rows).toFixed(1)} µs of CPU a row, all threads; ${((hereMs * 1_000) / rows).toFixed(2)} µs of it on the thread that hands it over`,
  );
  if (QUESTIONS > 0) await ask(runner);
} finally {
  await store.close(START_MS);
  rmSync(folder, { recursive: true });
  if (values.postgres !== undefined) await pool.query(`drop schema if exists ${SCHEMA} cascade`);
  await pool.end();
}

async function ask(runner) {
  await store.prune({ keep: {}, nowMs: START_MS });
  console.log(`weight: ${await megabytes()} MB`);
  for (const [name, question] of Object.entries(questions(runner.runner))) await measure(name, question);
  await interrupt(runner);
  await prune();
}

function inPostgres() {
  return postgresStore({ ...(values.pool ? { pool } : { url: values.postgres, ...WORKER }), schema: SCHEMA });
}

/** What this thread has used of a CPU, in milliseconds; Linux alone says so. */
function cpuOfThread() {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

async function megabytes() {
  return Math.round((values.postgres === undefined ? statSync(file).size : (await store.stats()).bytes) / 2 ** 20);
}

async function fill({ runner, epoch }) {
  const inFlight = new Set();
  let [rows, number, madeMs] = [0, 0, 0];
  const before = cpuOfThread();
  const startedMs = performance.now();
  for (let first = 1; first <= RUNS; first += RUNS_PER_BATCH) {
    const beforeMs = cpuOfThread();
    const batch = batchOf(runner, first, Math.min(RUNS_PER_BATCH, RUNS + 1 - first));
    madeMs += cpuOfThread() - beforeMs;
    rows += Object.values(batch).reduce((sum, list) => sum + list.length, 0);
    const written = store
      .write({ runner, epoch, number: (number += 1), ...batch })
      .then(() => inFlight.delete(written));
    inFlight.add(written);
    if (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
  return { rows, tookMs: performance.now() - startedMs, hereMs: cpuOfThread() - before - madeMs };
}

function batchOf(runner, first, count) {
  const batch = { runs: [], attempts: [], labels: [], messages: [], payloads: [], lines: [] };
  for (let number = first; number < first + count; number += 1) {
    const runId = runIdOf(runner, number);
    const failed = number % 100 === 0;
    const startedMs = START_MS + number * 10;
    batch.runs.push({
      ...{
        runId,
        flow: FLOWS[number % 5],
        traceId: traceOf(number),
        tenant: number % 7 === 0 ? `tenant${number % 50}` : 'default',
      },
      ...{
        kind: 'emit',
        status: failed ? 'failed' : 'succeeded',
        startedMs,
        endedMs: startedMs + (number % 400),
        attempts: 4,
        retries: 0,
      },
      ...{ errorCode: failed ? 'NODE_TIMEOUT' : undefined, errorNode: failed ? NODES[number % 4] : undefined },
      ...{ errorMessage: failed ? 'no answer' : undefined, plan: 'plan', parentRun: undefined, rootRun: undefined },
      ...{ replayOf: undefined, rowsLeftOut: 0, part: undefined },
    });
    for (let seq = 1; seq <= 4; seq += 1) batch.attempts.push(attemptOf(runId, seq, startedMs));
    if (number % 10 === 0) batch.labels.push({ runId, name: 'order', value: String(number) });
    if (failed) {
      batch.messages.push({
        runId,
        messageId: 'm1',
        node: 'Intake',
        type: 'Order',
        meta: '{}',
        preview: new Uint8Array(300),
      });
      batch.payloads.push({ runId, messageId: 'm1', bytes: new Uint8Array(1_000) });
      batch.lines.push({
        runId,
        seq: 1,
        atMs: startedMs,
        level: 'error',
        logger: 'penguiflow',
        message: 'no answer of the bank',
      });
    }
  }
  return batch;
}

function attemptOf(runId, seq, startedMs) {
  const times = { sentMs: startedMs + seq, startedMs: startedMs + seq + 0.5, endedMs: startedMs + seq + 1 };
  return {
    runId,
    seq,
    node: NODES[seq - 1],
    attempt: 0,
    parentSeq: seq > 1 ? seq - 1 : undefined,
    ...times,
    outcome: 'succeeded',
    queuedIn: 1,
  };
}

function traceOf(number) {
  return (number * 2_654_435_761).toString(16).padStart(32, '0');
}

/** Names of questions, and how each is asked of the run with a number. */
function questions(runner) {
  const toS = (number) => (START_MS + number * 10) / 1_000;
  return {
    'page, newest': () => store.list({ count: true }),
    'page, anywhere': (number) => store.list({ cursor: `${START_MS + number * 10}:${runIdOf(runner, number)}` }),
    'page of a flow': (number) => store.list({ flow: FLOWS[number % 5], toS: toS(number), count: true }),
    'page of a tenant': (number) => store.list({ tenant: `tenant${number % 50}`, toS: toS(number) }),
    'search, failed of a flow': (number) => store.list({ flow: FLOWS[0], status: 'failed', toS: toS(number) }),
    'search, code and node': () => store.list({ code: 'NODE_TIMEOUT', node: NODES[0], count: true }),
    'search, label': (number) => store.list({ label: { name: 'order', value: String(number - (number % 10)) } }),
    'search, duration': (number) => store.list({ minMs: 399, toS: toS(number) }),
    'search, finds nothing': (number) => store.list({ minMs: 500, toS: toS(number), count: true }),
    trace: (number) => store.run({ traceId: traceOf(number) }),
    run: (number) => store.run({ runId: runIdOf(runner, number) }),
    stats: () => store.stats(),
  };
}

async function measure(name, ask) {
  const tookMs = [];
  for (let question = 0; question < QUESTIONS; question += 1) {
    const number = 1 + ((question * 7_919 * 613) % RUNS);
    const startedMs = performance.now();
    await ask(number);
    tookMs.push(performance.now() - startedMs);
  }
  tookMs.sort((a, b) => a - b);
  const at = (part) => tookMs[Math.floor(tookMs.length * part)].toFixed(1);
  console.log(`  ${name.padEnd(26)} p50 ${at(0.5).padStart(6)} ms  p95 ${at(0.95).padStart(6)} ms`);
}

/** Runs that a dead runner has left under way. */
async function interrupt(own) {
  const dead = await store.open({
    instance: 'dead',
    host: 'bench',
    bootId: undefined,
    pid: 1,
    version: '0',
    startedMs: 0,
  });
  const open = Math.min(100_000, RUNS);
  for (let first = 1, number = 1; first <= open; first += 500, number += 1) {
    const { runs } = batchOf(dead.runner, first, 500);
    await store.write({
      ...dead,
      number,
      runs: runs.map((run) => ({ ...run, status: 'running', endedMs: undefined })),
    });
  }
  const { others } = await store.heartbeat({ ...own, instance: 'bench' });
  const startedMs = performance.now();
  const { interrupted } = await store.claimDead(others, START_MS);
  console.log(
    `  ${interrupted} runs under way of a dead runner ended in ${Math.round(performance.now() - startedMs)} ms`,
  );
}

async function prune() {
  const { runs } = await store.stats();
  const keep = { maxRuns: runs - Math.min(50_000, Math.floor(RUNS / 2)) };
  const startedMs = performance.now();
  let deleted = 0;
  for (let more = true; more;) {
    const step = await store.prune({ keep, nowMs: START_MS });
    deleted += step.deleted;
    ({ more } = step);
  }
  const tookMs = performance.now() - startedMs;
  console.log(
    `  ${deleted} runs deleted in ${Math.round(tookMs)} ms: ${Math.round((deleted / tookMs) * 1_000)} runs/s; weight: ${await megabytes()} MB`,
  );
}
