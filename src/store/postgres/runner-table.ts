import type { DeadRunner, Heartbeat, Runner, RunnerInit, SeenRunner } from '../flow-store.js';
import { MAX_RUNNERS, RUNS_PER_RUNNER } from '../run-id.js';
import type { SqlRecord } from '../sql/sql-value.js';
import { storedText } from '../stored-text.js';
import { invalidStoreOption } from '../store-options.js';
import { literal, type Session } from './session.js';

/** `claimed`: it was taken for dead, and may come back. */
const [OPEN, CLAIMED, CLOSED] = [0, 1, 2];
const MINE = `runner = ? and instance = ? and state <> ${CLOSED}`;

/** Who opened a runner. */
export type OwnRunner = Pick<RunnerInit, 'instance'> & Pick<Runner, 'runner'>;

/** Takes the smallest number that nobody has and that no run bears. */
export async function openRunner(session: Session, init: RunnerInit): Promise<Runner> {
  const free = await session.get(
    `select n from generate_series(1, (select coalesce(max(runner), 0) + 1 from @runner)) n
    where not exists (select 1 from @runner r where r.runner = n and r.state = ${OPEN})
      and not exists (select 1 from @run r where r.run_id >= n * ${RUNS_PER_RUNNER}::int8 and r.run_id < (n + 1) * ${RUNS_PER_RUNNER}::int8)
    order by n limit 1`,
  );
  const runner = Number(free?.['n']);
  if (runner >= MAX_RUNNERS)
    throw invalidStoreOption('init', 'open()', `one of at most ${MAX_RUNNERS} runners`, runner);
  const { instance, host, bootId, pid, version, startedMs } = init;
  // Above the epoch of whoever had the number before, who may still be writing.
  const opened = await session.get(
    `insert into @runner as r values (?, ?, ?, ?, ?, ?, ?, 1, 0, 0, ${OPEN})
    on conflict (runner) do update set instance = excluded.instance, host = excluded.host, boot_id = excluded.boot_id,
      pid = excluded.pid, version = excluded.version, started = excluded.started, epoch = r.epoch + 1, beat = 0, last_batch = 0,
      state = ${OPEN}
    returning epoch`,
    ...[runner, storedText(instance), storedText(host), bootId === undefined ? null : storedText(bootId)],
    ...[pid, storedText(version), startedMs],
  );
  return { runner, epoch: Number(opened?.['epoch']) };
}

/** How far a runner has come. */
export interface Judged {
  /** Without a number it was taken for dead. */
  readonly lastBatch: number | undefined;
  /** How often names have been deleted. */
  readonly namesEpoch: number;
}

/** Asks for the last batch of a runner; whoever writes for the same one waits until this transaction ends. */
export function judging({ runner, epoch }: Runner): string {
  return `select last_batch, (select value from @total where key = 'names_epoch' and slot = 0) as names_epoch
    from @runner where runner = ${literal(runner)} and epoch = ${literal(epoch)} and state = ${OPEN} for update`;
}

/** What that has found. */
export function judged([found]: readonly SqlRecord[]): Judged {
  if (found === undefined) return { lastBatch: undefined, namesEpoch: 0 };
  return { lastBatch: Number(found['last_batch']), namesEpoch: Number(found['names_epoch']) };
}

/** Notes the last batch of a runner. */
export function noting({ runner, number }: { readonly runner: number; readonly number: number }): string {
  return `update @runner set last_batch = ${literal(number)} where runner = ${literal(runner)}`;
}

export async function beatRunner(session: Session, { runner, instance }: OwnRunner): Promise<Heartbeat> {
  const stored = storedText(instance);
  const mine = await session.get(
    `update @runner set beat = beat + 1, state = ${OPEN} where ${MINE} returning epoch`,
    runner,
    stored,
  );
  const others = await session.all(
    `select * from @runner where state = ${OPEN} and not (${MINE}) order by runner`,
    runner,
    stored,
  );
  return { epoch: mine === undefined ? undefined : Number(mine['epoch']), others: others.map(seen) };
}

/** Takes a runner if it is as it was seen. */
export async function claimRunner(session: Session, { runner, epoch, beat }: DeadRunner): Promise<boolean> {
  const sql = `update @runner set state = ${CLAIMED}, epoch = epoch + 1 where runner = ? and epoch = ? and beat = ? and state = ${OPEN}`;
  return (await session.run(sql, runner, epoch, beat)) === 1;
}

/** @returns whether it was open */
export async function closeRunner(session: Session, { runner, instance }: OwnRunner): Promise<boolean> {
  const sql = `update @runner set state = ${CLOSED} where runner = ? and instance = ? and state = ${OPEN}`;
  return (await session.run(sql, runner, storedText(instance))) === 1;
}

function seen({ instance, host, boot_id, pid, version, started, runner, epoch, beat }: SqlRecord): SeenRunner {
  return {
    ...{ instance: String(instance), host: String(host), bootId: boot_id === null ? undefined : String(boot_id) },
    ...{ pid: Number(pid), version: String(version), startedMs: Number(started) },
    ...{ runner: Number(runner), epoch: Number(epoch), beat: Number(beat) },
  };
}
