import { once } from 'node:events';

import {
  postgresStore,
  runIdOf,
  sqliteStore,
  type AttemptRow,
  type LineRow,
  type PostgresStoreOptions,
  type SqliteStoreOptions,
} from '#src/store/index.js';

import { aRun } from './rows.js';

// node keep-writing.js OPTIONS INSTANCE MS [OPEN]: says "ready RUNNER", waits for a line, writes batches for so long, and says the number of
// each that is stored; at the end how many milliseconds the slowest one in a hundred took. The options are those of the store, as JSON; so many
// runs are under way, and end never.
const [json, instance, ms, underWay] = process.argv.slice(2);
const options = JSON.parse(json!) as SqliteStoreOptions | PostgresStoreOptions;

/** Runs in a batch, and attempts of each. */
const RUNS = 5;
const ATTEMPTS = 60;

const store = 'file' in options ? sqliteStore(options) : postgresStore(options);
const { runner, epoch } = await store.open({
  ...{ instance: instance!, host: 'iceberg', bootId: undefined, pid: process.pid, version: '1.0.0', startedMs: 0 },
});
process.stdout.write(`ready ${runner}\n`);
await once(process.stdin, 'data');
const tookMs: number[] = [];
const open = Array.from({ length: Number(underWay ?? 0) }, (_, index) =>
  aRun(runner, 2 ** 31 + index, { status: 'running', endedMs: undefined, traceId: `open-${runner}-${index}` }),
);
const endMs = performance.now() + Number(ms);
for (let number = 1; performance.now() < endMs; number += 1) {
  const runs = Array.from({ length: RUNS }, (_, index) =>
    aRun(runner, (number - 1) * RUNS + index + 1, { attempts: ATTEMPTS }),
  );
  const attempts = runs.flatMap(({ runId }) =>
    Array.from({ length: ATTEMPTS }, (_, index) => attemptOf(runId, index + 1)),
  );
  const lines = runs.map(({ runId }) => lineOf(runId, number));
  const startedMs = performance.now();
  const more = number === 1 ? open : [];
  const outcome = await store.write({ runner, epoch, number, runs: [...more, ...runs], attempts, lines });
  tookMs.push(performance.now() - startedMs);
  if (outcome === 'stored') process.stdout.write(`${number}\n`);
}
tookMs.sort((a, b) => a - b);
process.stdout.write(`p99 ${tookMs[Math.floor(tookMs.length * 0.99)]?.toFixed(1)}\n`);
process.stdin.destroy();

function attemptOf(runId: number, seq: number): AttemptRow {
  return {
    ...{
      runId,
      seq,
      node: `Node${seq % 7}`,
      attempt: 0,
      parentSeq: seq === 1 ? undefined : seq - 1,
      messageId: `${runIdOf(0, 1)}-${seq}`,
    },
    ...{
      sentMs: seq,
      startedMs: seq + 0.5,
      endedMs: seq + 1,
      outcome: 'succeeded',
      queuedIn: 0,
      errorCode: undefined,
      error: undefined,
    },
  };
}

function lineOf(runId: number, number: number): LineRow {
  const message = `batch ${number} `.padEnd(2_000, 'x');
  return { runId, seq: 1, atMs: 1, level: 'info', logger: 'penguiflow', message, node: undefined, fields: undefined };
}
