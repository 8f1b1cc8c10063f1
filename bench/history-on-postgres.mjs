// What a history costs the flow, and how many rows it stores: `node bench/history-on-postgres.mjs --postgres URL [--inline] [--runs 80000]`.
// Needs `npm run build`, and Linux, which says what a thread has used of a CPU. Runs of a flow of four nodes, a hundred at a time, with payloads
// of failed runs, of which there are none; no more than 20,000 rows wait.
import { readFileSync } from 'node:fs';
import { setTimeout as passed } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { configureLogging, createFlow, Flow, Node, start } from '../lib/index.js';
import { FlowHistory, postgresStore } from '../lib/store/index.js';

const { values } = parseArgs({
  options: {
    postgres: { type: 'string' },
    inline: { type: 'boolean', default: false },
    runs: { type: 'string', default: '80000' },
  },
});
const RUNS = Number(values.runs);
const AT_A_TIME = 100;
const MAX_WAITING = 20_000;
const SCHEMA = 'penguiflow_bench_history';

class Orders {
  graph = ['Intake', 'Price', 'Charge', 'Ship']
    .map(nodeOf)
    .reduce((graph, node) => (graph === undefined ? start(node) : graph.to(node)), undefined);
}
Flow({ name: 'Orders' })(Orders);
configureLogging({ transports: [], level: 'error' });

const bare = await work(undefined);
const store = postgresStore({
  url: values.postgres,
  schema: SCHEMA,
  ...(values.inline ? { worker: 'inline' } : {}),
});
const history = new FlowHistory(store);
try {
  await history.stats();
  const recorded = await work(history);
  const { runs, attempts, shedTraces } = await history.stats();
  const rows = runs + attempts;
  const perRow = ({ cpuMs }) => ((cpuMs * 1_000) / rows).toFixed(2);
  console.log(
    `${rows} rows, ${shedTraces} runs shed: ${Math.round((rows / recorded.tookMs) * 1_000)} rows/s; µs of CPU a row on the flow's thread: ${perRow(recorded)}, without a history ${perRow(bare)}`,
  );
} finally {
  await history.close();
  const client = new pg.Client({ connectionString: values.postgres });
  await client.connect();
  await client.query(`drop schema if exists ${SCHEMA} cascade`);
  await client.end();
}

async function work(recorder) {
  const flow = createFlow(Orders, recorder === undefined ? {} : { history: recorder });
  await flow.run();
  const [startedMs, usedMs] = [performance.now(), cpuOfThread()];
  for (let first = 0; first < RUNS; first += AT_A_TIME) {
    await Promise.all(Array.from({ length: AT_A_TIME }, (_, index) => flow.call(first + index)));
    // Asked now and then only: it is a query as well.
    if (recorder !== undefined && first % 2_000 === 0) await untilFewWait();
  }
  await recorder?.flush();
  const measured = { tookMs: performance.now() - startedMs, cpuMs: cpuOfThread() - usedMs };
  await flow.stop();
  return measured;
}

async function untilFewWait() {
  while ((await history.stats()).waitingRows > MAX_WAITING) await passed(5);
}

function cpuOfThread() {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

function nodeOf(name) {
  const node = class {
    process(payload) {
      return payload;
    }
  };
  Node({ name })(node);
  return node;
}
