// What a hop through `sqliteCarrier` costs: `node bench/distributed.mjs [messages] [rounds]`. Needs `npm run build`.
// Each message is put into one queue, taken, settled with a departure into another one, taken there and settled: two hops. The bare loop writes the same
// rows with `synchronous=full`, as many at a time as a worker has in hand. BullMQ does the same on the Redis of this machine, if there is one; what Redis
// itself takes of the CPU is not in its figure. All have 1 kB a message.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../lib/index.js';
import { connectFlow, serveFlow, sqliteCarrier } from '../lib/distributed/index.js';
import { EchoFlow } from './distributed-echo.mjs';

const MESSAGES = Number(process.argv[2] ?? 10_000);
const ROUNDS = Number(process.argv[3] ?? 3);
/** Of each queue, what the bare loop writes at a time; a worker has twice as many in hand: those that it has taken, and those that it settles. */
const AT_A_TIME = 64;
const BODY = 'x'.repeat(1_000);
const WRITERS = 4;
const WRITE_MS = 5_000;
const CALLS = 300;
const QUEUES = ['first', 'second'];
const REDIS = { host: '127.0.0.1', port: 6379 };
const require = createRequire(import.meta.url);

const [bare, carrier, bullmq] = [[], [], []];
const hasRedis = await isRedisThere();
if (!hasRedis) console.log(`BullMQ is left out: no Redis at ${REDIS.host}:${REDIS.port}`);
for (let round = 0; round < ROUNDS; round += 1) {
  bare.push(await measured('bare loop', bareLoop));
  carrier.push(await measured('sqliteCarrier', throughCarrier));
  if (hasRedis) bullmq.push(await measured('BullMQ', throughBullMq));
}
console.log(
  `sqliteCarrier is ${(middle(carrier) / middle(bare)).toFixed(2)} of the bare loop, by their medians (target: at least 0.70)`,
);
if (hasRedis)
  console.log(
    `sqliteCarrier is ${(middle(carrier) / middle(bullmq)).toFixed(2)} of BullMQ, whose Redis writes to the disk as it is set up to`,
  );

await measureWriters();
await measureCalls('this process', async (carrier) => {
  const worker = await serveFlow(EchoFlow, { carrier });
  return () => worker.stop();
});
await measureCalls('another process', async (_, file) => {
  const worker = fork(new URL('distributed-echo.mjs', import.meta.url), [file]);
  await said(worker);
  return async () => worker.disconnect();
});

/** How long a call of a flow takes that does nothing, one call after the other. */
async function measureCalls(where, serve) {
  const folder = mkdtempSync(join(tmpdir(), 'penguiflow-bench-'));
  const file = join(folder, 'queues.db');
  const carrier = sqliteCarrier({ file });
  const stop = await serve(carrier, file);
  const client = await connectFlow(EchoFlow, { carrier });
  const took = [];
  for (let call = 0; call < CALLS; call += 1) {
    const startedMs = performance.now();
    await client.call(BODY);
    took.push(performance.now() - startedMs);
  }
  took.sort((a, b) => a - b);
  const at = (part) => took[Math.floor(took.length * part)].toFixed(1);
  console.log(`call, served by ${where}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, of ${CALLS} one after the other`);
  await client.stop();
  await stop();
  rmSync(folder, { recursive: true });
}

/** Four processes that put messages into one file at a time. */
async function measureWriters() {
  const folder = mkdtempSync(join(tmpdir(), 'penguiflow-bench-'));
  const file = join(folder, 'queues.db');
  const session = await sqliteCarrier({ file }).open({ flow: 'Bench', clock: new SystemClock() });
  try {
    const queues = [{ queue: 'first', bound: 1_000_000, maxInFlight: 1_000 }];
    await session.provision({ flow: 'Bench', hash: '', queues, dedupeS: 120, leaseS: 15, keepS: 300 }, 'ensure');
    const program = new URL('distributed-writer.mjs', import.meta.url);
    const writers = Array.from({ length: WRITERS }, (_, index) => fork(program, [file, `w${index}`, WRITE_MS]));
    await Promise.all(writers.map(said));
    const answers = writers.map(said);
    for (const writer of writers) writer.send('go');
    const took = await Promise.all(answers);
    const all = took.flat().toSorted((a, b) => a - b);
    const counts = took.map(({ length }) => length);
    const share = Math.min(...counts) / Math.max(...counts);
    const at = (part) => all[Math.floor(all.length * part)].toFixed(1);
    console.log(`${WRITERS} processes: commit p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (target: at most 100)`);
    console.log(`the slowest of them wrote ${share.toFixed(2)} of the fastest (target: at least 0.50)`);
  } finally {
    await session.close(1_000);
    rmSync(folder, { recursive: true });
  }
}

/** The next thing that a process says. */
function said(child) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`A writer has ended with ${code}`)));
  });
}

async function measured(name, run) {
  const folder = mkdtempSync(join(tmpdir(), 'penguiflow-bench-'));
  try {
    const cpu = process.cpuUsage();
    const tookMs = await run(join(folder, 'queues.db'));
    const { user, system } = process.cpuUsage(cpu);
    const hops = MESSAGES * 2;
    const perS = Math.round((hops / tookMs) * 1_000);
    console.log(
      `${name}: ${perS} messages/s, ${((user + system) / hops).toFixed(0)} µs of CPU a message, all threads of this process`,
    );
    return perS;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function throughCarrier(file) {
  const session = await sqliteCarrier({ file }).open({ flow: 'Bench', clock: new SystemClock() });
  const queues = QUEUES.map((queue) => ({ queue, bound: 10_000, maxInFlight: 1_000 }));
  await session.provision({ flow: 'Bench', hash: '', queues, dedupeS: 120, leaseS: 15, keepS: 300 }, 'ensure');
  const startedMs = performance.now();
  await new Promise((resolve) => {
    let settled = 0;
    const first = session.take('first', { free: 2 * AT_A_TIME, maxHoldS: 900 }, (delivery) => {
      const departures = [{ id: `${delivery.id}>`, queue: 'second', head: '{}', body: delivery.body }];
      void session.settle(delivery, { departures }).then(() => first.more(1));
    });
    const second = session.take('second', { free: 2 * AT_A_TIME, maxHoldS: 900 }, (delivery) => {
      void session.settle(delivery, { departures: [] }).then(() => {
        second.more(1);
        settled += 1;
        if (settled === MESSAGES) resolve();
      });
    });
    let put = 0;
    const fill = () => {
      while (put < MESSAGES) {
        if (!session.put({ id: `m-${put}`, queue: 'first', head: '{}', body: BODY }, () => {})) break;
        put += 1;
      }
      if (put < MESSAGES) session.whenRoom('first', fill);
    };
    fill();
  });
  const tookMs = performance.now() - startedMs;
  await session.close(1_000);
  return tookMs;
}

async function bareLoop(file) {
  // The tables are those of the carrier.
  const session = await sqliteCarrier({ file }).open({ flow: 'Bench', clock: new SystemClock() });
  await session.queues();
  await session.close(1_000);
  const database = open(file);
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 2000');
  const insert = database.prepare(
    'insert into message (seq, flow, id, queue, stored, until) values (?, 1, ?, ?, ?, ?)',
  );
  const carry = database.prepare('insert into payload (seq, head, body) values (?, ?, ?)');
  const read = database.prepare(
    'select m.seq, m.id, p.head, p.body from message m join payload p on p.seq = m.seq where m.queue = ? and m.holder = 0 and m.holder > -2 order by m.seq limit ?',
  );
  const hold = database.prepare('update message set holder = 1 where seq = ?');
  const end = database.prepare('update message set holder = -2 where seq = ?');
  const drop = database.prepare('delete from payload where seq = ?');
  let seq = 0;
  const put = (id, queue) => {
    seq += 1;
    insert.run(seq, id, queue, Date.now(), Date.now() + 120_000);
    carry.run(seq, '{}', BODY);
  };
  const take = (queue) => {
    const rows = read.all(queue, AT_A_TIME);
    for (const row of rows) hold.run(row.seq);
    return rows;
  };
  const settle = (row) => {
    end.run(row.seq);
    drop.run(row.seq);
  };
  let [inFirst, inSecond, count, settled] = [[], [], 0, 0];
  const startedMs = performance.now();
  while (settled < MESSAGES) {
    database.exec('begin immediate');
    for (let index = 0; index < AT_A_TIME && count < MESSAGES; index += 1, count += 1) put(`m-${count}`, 1);
    for (const row of inFirst) {
      settle(row);
      put(`${row.id}>`, 2);
    }
    for (const row of inSecond) settle(row);
    settled += inSecond.length;
    [inFirst, inSecond] = [take(1), take(2)];
    database.exec('commit');
  }
  const tookMs = performance.now() - startedMs;
  database.close();
  return tookMs;
}

/** The same chain; a job is removed when it is over, as the carrier does. */
async function throughBullMq() {
  const { Queue, Worker } = require('bullmq');
  const prefix = `penguiflow-bench-${process.pid}`;
  const queues = QUEUES.map((name) => new Queue(name, { connection: REDIS, prefix }));
  const options = {
    connection: { ...REDIS, maxRetriesPerRequest: null },
    prefix,
    concurrency: 2 * AT_A_TIME,
    removeOnComplete: { count: 0 },
  };
  const workers = [];
  try {
    const [first, second] = queues;
    let settled = 0;
    const startedMs = performance.now();
    await new Promise((resolve, reject) => {
      const onward = (job) => second.add('hop', job.data, { jobId: `${job.id}-on` });
      const end = new Worker('second', async () => {}, options);
      end.on('completed', () => {
        settled += 1;
        if (settled === MESSAGES) resolve();
      });
      workers.push(new Worker('first', onward, options), end);
      for (const worker of workers) worker.on('error', reject);
      fillBullMq(first).catch(reject);
    });
    return performance.now() - startedMs;
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
    for (const queue of queues) {
      await queue.obliterate({ force: true });
      await queue.close();
    }
  }
}

async function fillBullMq(queue) {
  for (let from = 0; from < MESSAGES; from += AT_A_TIME) {
    const count = Math.min(AT_A_TIME, MESSAGES - from);
    await queue.addBulk(
      Array.from({ length: count }, (_, index) => ({
        name: 'hop',
        data: BODY,
        opts: { jobId: `m-${from + index}` },
      })),
    );
  }
}

function isRedisThere() {
  return new Promise((resolve) => {
    const socket = connect(REDIS);
    const tell = (isThere) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => tell(true)).once('error', () => tell(false));
  });
}

/** The driver that the carrier takes. */
function open(file) {
  try {
    const { DatabaseSync } = require('node:sqlite');
    return new DatabaseSync(file);
  } catch {
    const Database = require('libsql');
    return new Database(file);
  }
}

function middle(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
