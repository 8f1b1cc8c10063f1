// What history costs the flow that it records. Usage: npm run build && node bench/history.mjs [runs] [rounds]
//   none     the chain of five nodes without a history
//   tracer   with a tracer that does nothing, which is what any tracer costs
//   null     with FlowHistory on a store that takes everything at once and keeps nothing: what is done on the flow's thread
//   sqlite   with FlowHistory on sqliteStore in its threads
//   by hand  no flow: a bare loop that writes the same rows, a run and five attempts each, with the same driver in transactions of 500
// Each measurement is a process of its own; they take turns, so that a busy machine hits them alike. Figures are medians of the rounds,
// ratios medians of the ratios per round. Time and bytes are those of the flow's thread: of bursts of runs which the buffer has room for, with
// the flush behind each. Time is what Node says that the thread has computed (process.threadCpuUsage, from Node 23.9 on), and before that how
// long its event loop was busy; bytes are what was allocated on its heap, as V8 samples it. Rows/s are those of a flow that runs as fast as it
// can, and shed is how many of its runs were not recorded then.
import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';

const VARIANTS = ['none', 'tracer', 'null', 'sqlite', 'by hand'];
/** Nodes of the chain: attempts of a run. */
const NODES = 5;
/** Runs that a buffer has room for; then it is flushed. */
const BURST = 2_000;
/** Runs between two turns of the event loop, as if they came in from outside. */
const AT_ONCE = 50;
/** Bytes between two samples of what is allocated, on average. */
const SAMPLED_BYTES = 4_096;

const [first, second] = process.argv.slice(2);
if (VARIANTS.includes(first)) console.log(JSON.stringify(await measure(first, Number(second))));
else compare(Number(first ?? 60_000), Number(second ?? 5));

function compare(runs, rounds) {
  const results = VARIANTS.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, variant] of VARIANTS.entries()) {
      process.stderr.write(`\r${round + 1}/${rounds} ${variant}`.padEnd(30));
      const args = ['--expose-gc', import.meta.filename, variant, String(runs)];
      results[index].push(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })));
    }
  }
  process.stderr.write(`\r${''.padEnd(30)}\r`);
  console.log(
    `node ${process.version}, ${NODES} nodes, ${runs} runs, ${rounds} rounds; per attempt, on the thread of the flow\n`,
  );
  console.log('|         | µs | of none | added µs | bytes | added bytes | rows/s | shed |');
  console.log('| ------- | -: | ------: | -------: | ----: | ----------: | -----: | ---: |');
  const of = (index, figure) => median(results[index].map((result) => result[figure]));
  const added = (index, figure) =>
    median(results[index].map((result, round) => result[figure] - results[0][round][figure]));
  for (const [index, variant] of VARIANTS.entries()) {
    const isFlow = variant !== 'by hand';
    const ratio = median(results[index].map(({ us }, round) => us / results[0][round].us));
    const cells = [
      variant,
      of(index, 'us').toFixed(2),
      isFlow ? ratio.toFixed(2) : '',
      isFlow && index > 0 ? added(index, 'us').toFixed(2) : '',
      of(index, 'bytes').toFixed(0),
      isFlow && index > 0 ? added(index, 'bytes').toFixed(0) : '',
      index > 1 ? Math.round(of(index, 'rowsPerS')).toLocaleString('en') : '',
      isFlow && index > 1 ? `${of(index, 'shed').toFixed(0)} %` : '',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

async function measure(variant, runs) {
  const folder = mkdtempSync(join(tmpdir(), 'penguiflow-bench-'));
  try {
    const { work, stored } = await workOf(variant, join(folder, 'history.db'));
    const inBursts = async (count) => {
      let shed = 0;
      for (let done = 0; done < count; done += BURST) {
        await work(BURST);
        shed += await stored();
      }
      if (shed > 0) throw new Error(`${shed} runs of a burst were not recorded`);
    };
    // Until it is warm.
    await inBursts(runs / 3);
    globalThis.gc();
    const busy = busyTime();
    await inBursts(runs);
    const us = busy() / (Math.ceil(runs / BURST) * BURST * NODES);
    // Sampling costs time itself.
    const bytes = (await bytesOf(() => inBursts(2 * BURST))) / (2 * BURST * NODES);
    const startMs = performance.now();
    await work(2 * runs);
    const shed = await stored();
    const rows = (2 * runs - shed) * (NODES + 1);
    return { us, bytes, rowsPerS: (rows / (performance.now() - startMs)) * 1_000, shed: (shed / (2 * runs)) * 100 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    // Threads of a store would go on.
    setImmediate(() => process.exit());
  }
}

/** Microseconds that this thread has computed since. */
function busyTime() {
  if (process.threadCpuUsage !== undefined) {
    const before = process.threadCpuUsage();
    return () => {
      const { user, system } = process.threadCpuUsage(before);
      return user + system;
    };
  }
  const before = performance.eventLoopUtilization();
  return () => performance.eventLoopUtilization(before).active * 1_000;
}

/** Bytes that are allocated on this thread meanwhile, also those that are collected again. */
async function bytesOf(work) {
  const session = new Session();
  session.connect();
  const collected = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
  await session.post('HeapProfiler.startSampling', { samplingInterval: SAMPLED_BYTES, ...collected });
  await work();
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  const sum = (node) => node.children.reduce((bytes, child) => bytes + sum(child), node.selfSize);
  return sum(profile.head);
}

/** What does so many runs, and what resolves with the rows that were stored since it was asked last. */
async function workOf(variant, file) {
  if (variant === 'by hand') return byHand(file);
  const { createFlow, Flow, Node, TRACER, uncheckedGraph } = await import('../lib/index.js');
  const { FlowHistory, sqliteStore } = await import('../lib/store/index.js');
  const history =
    variant === 'null' || variant === 'sqlite'
      ? new FlowHistory(variant === 'null' ? nullStore() : sqliteStore({ file }))
      : undefined;
  const providers = variant === 'tracer' ? [{ token: TRACER, useValue: emptyTracer() }] : [];
  const nodes = Array.from({ length: NODES }, (_, index) => {
    class Step {
      async process(payload) {
        return payload;
      }
    }
    Node({ name: `Step${index}` })(Step);
    return Step;
  });
  class Chain {
    graph = uncheckedGraph(nodes.map((node, index) => [node, nodes.slice(index + 1, index + 2)]));
  }
  Flow({ name: 'Chain' })(Chain);
  process.removeAllListeners('warning'); // it has no sink, on purpose
  const flow = createFlow(Chain, history === undefined ? { providers } : { providers, history });
  await flow.run();
  let n = 0;
  let shedBefore = 0;
  return {
    work: async (runs) => {
      for (let done = 0; done < runs; done += AT_ONCE) {
        for (let each = 0; each < AT_ONCE; each++) await flow.call({ n: n++ });
        await turn();
      }
    },
    stored: async () => {
      await history?.flush();
      const shed = (history?.figures().shedTraces ?? 0) - shedBefore;
      shedBefore += shed;
      return shed;
    },
  };
}

/** Takes a batch in whatever form it comes. */
function nullStore() {
  return {
    open: async () => ({ runner: 1, epoch: 1 }),
    close: async () => {},
    write: async () => 'stored',
    writePacked: async () => 'stored',
    heartbeat: async () => ({ epoch: 1, others: [] }),
    prune: async () => ({ deleted: 0, more: false }),
  };
}

/** What the runtime asks of a tracer, and nothing done. */
function emptyTracer() {
  const logFields = Object.freeze({});
  const attempt = { logFields, run: (body) => body(), emitted: () => {}, end: () => {} };
  const trace = { logFields, attempt: () => attempt, failed: () => {}, end: () => {} };
  return { startTrace: () => trace };
}

/** The rows that history writes of such a run, by whoever knows them beforehand. */
async function byHand(file) {
  const { loadDriver } = await import('../dist/src/store/sqlite/drivers.js');
  const { sqliteStore } = await import('../lib/store/index.js');
  const store = sqliteStore({ file, worker: 'inline' });
  const { runner } = await store.open({
    instance: 'bench',
    host: 'bench',
    pid: process.pid,
    version: '0',
    startedMs: 0,
  });
  await store.close(0);
  const database = loadDriver('auto').open(file);
  database.exec('pragma journal_mode = wal; pragma synchronous = normal');
  const run = database.prepare(
    'insert into run (run_id, flow, trace_id, tenant, kind, status, started, ended, attempts, retries, rows_left_out) values (?, 1, ?, 1, 1, 1, ?, ?, ?, 0, 0)',
  );
  const attempt = database.prepare(
    'insert into attempt (run_id, seq, node, attempt, parent_seq, message_id, sent, started, ended, outcome, q_in) values (?, ?, ?, 0, ?, ?, ?, ?, ?, 1, 0)',
  );
  const perTransaction = Math.floor(500 / (NODES + 1));
  let number = 0;
  return {
    work: async (runs) => {
      for (let done = 0; done < runs;) {
        database.exec('begin immediate');
        for (let each = 0; each < perTransaction && done < runs; each++, done++) {
          const runId = runner * 2 ** 32 + ++number;
          const nowMs = Date.now();
          run.run(runId, `0123456789abcdef0123456789abcdef${number}`, nowMs, nowMs, NODES);
          for (let seq = 1; seq <= NODES; seq++)
            attempt.run(runId, seq, seq, seq === 1 ? null : seq - 1, String(seq), nowMs, nowMs, nowMs);
        }
        database.exec('commit');
      }
    },
    stored: async () => 0,
  };
}
