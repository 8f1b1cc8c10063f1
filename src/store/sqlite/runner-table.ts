import type { DeadRunner, Heartbeat, Runner, RunnerInit, SeenRunner, WriteOutcome } from '../flow-store.js';
import { MAX_RUNNERS, runIdOf } from '../run-id.js';
import type { SqlRecord } from '../sql/sql-value.js';
import { storedText } from '../stored-text.js';
import { invalidStoreOption } from '../store-options.js';
import type { SqlDatabase } from './database.js';

/** `claimed`: it was taken for dead, and may come back. */
const [OPEN, CLAIMED, CLOSED] = [0, 1, 2];
const MINE = `runner = ? and instance = ? and state <> ${CLOSED}`;

/** Takes the smallest number that nobody has and that no run bears. */
export function openRunner(database: SqlDatabase, init: RunnerInit): Runner {
  const runner = freeNumber(database);
  if (runner >= MAX_RUNNERS)
    throw invalidStoreOption('init', 'open()', `one of at most ${MAX_RUNNERS} runners`, runner);
  const former = database.prepare('select epoch from runner where runner = ?').get(runner);
  // Above that of whoever had the number before, who may still be writing.
  const epoch = Number(former?.['epoch'] ?? 0) + 1;
  const { instance, host, bootId, pid, version, startedMs } = init;
  const texts = [instance, host].map(storedText);
  const boot = bootId === undefined ? null : storedText(bootId);
  database
    .prepare(`insert or replace into runner values (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ${OPEN})`)
    .run(runner, ...texts, boot, pid, storedText(version), startedMs, epoch);
  return { runner, epoch };
}

/** What is to be done with a batch. */
export function judgeBatch(
  database: SqlDatabase,
  { runner, epoch, number }: Runner & { readonly number: number },
): 'write' | Exclude<WriteOutcome, 'stored'> {
  const found = database
    .prepare(`select last_batch from runner where runner = ? and epoch = ? and state = ${OPEN}`)
    .get(runner, epoch);
  if (found === undefined) return 'claimed';
  return number > Number(found['last_batch']) ? 'write' : 'repeated';
}

export function noteBatch(
  database: SqlDatabase,
  { runner, number }: { readonly runner: number; readonly number: number },
): void {
  database.prepare('update runner set last_batch = ? where runner = ?').run(number, runner);
}

export function beatRunner(
  database: SqlDatabase,
  { runner, instance }: { readonly runner: number; readonly instance: string },
): Heartbeat {
  const stored = storedText(instance);
  database.prepare(`update runner set beat = beat + 1, state = ${OPEN} where ${MINE}`).run(runner, stored);
  const mine = database.prepare(`select epoch from runner where ${MINE}`).get(runner, stored);
  const others = database
    .prepare(`select * from runner where state = ${OPEN} and not (${MINE}) order by runner`)
    .all(runner, stored);
  return { epoch: mine === undefined ? undefined : Number(mine['epoch']), others: others.map(seen) };
}

/** Takes a runner if it is as it was seen. */
export function claimRunner(database: SqlDatabase, { runner, epoch, beat }: DeadRunner): boolean {
  const sql = `update runner set state = ${CLAIMED}, epoch = epoch + 1 where runner = ? and epoch = ? and beat = ? and state = ${OPEN}`;
  return database.prepare(sql).run(runner, epoch, beat) === 1;
}

/** @returns whether it was open */
export function closeRunner(
  database: SqlDatabase,
  { runner, instance }: { readonly runner: number; readonly instance: string },
): boolean {
  const sql = `update runner set state = ${CLOSED} where runner = ? and instance = ? and state = ${OPEN}`;
  return database.prepare(sql).run(runner, storedText(instance)) === 1;
}

/** Ids of the runs of a runner: from the first, to below the second. */
export function idsOfRunner(runner: number): readonly [firstId: number, endId: number] {
  return [runIdOf(runner, 0), runIdOf(runner + 1, 0)];
}

function freeNumber(database: SqlDatabase): number {
  const open = new Set(
    database
      .prepare(`select runner from runner where state = ${OPEN}`)
      .all()
      .map(({ runner }) => Number(runner)),
  );
  // One look per number that is taken, whatever is between them.
  for (let runner = 1; ; runner += 1) {
    const found = database
      .prepare('select 1 from run where run_id >= ? and run_id < ? limit 1')
      .get(...idsOfRunner(runner));
    if (found === undefined && !open.has(runner)) return runner;
  }
}

function seen({ instance, host, boot_id, pid, version, started, runner, epoch, beat }: SqlRecord): SeenRunner {
  return {
    ...{ instance: String(instance), host: String(host), bootId: boot_id === null ? undefined : String(boot_id) },
    ...{ pid: Number(pid), version: String(version), startedMs: Number(started) },
    ...{ runner: Number(runner), epoch: Number(epoch), beat: Number(beat) },
  };
}
