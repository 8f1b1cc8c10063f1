import { strictEqual as is } from 'node:assert';

import { ATTEMPT_WIDTH, RUN_WIDTH, TEXT_HEAD } from '../packed-batch.js';
import type { PackedBatch } from '../packed-batch.js';
import { runIdOf } from '../run-id.js';
import { KINDS, OUTCOMES, STATUSES } from '../sql/codes.js';
import type { AttemptRow, RunRow, StoreBatch } from '../rows.js';

/** A batch as history packs it. Its run ids are those of its runner. */
export function packBatch({ runs = [], attempts = [], runner, epoch, number, ...lists }: StoreBatch): PackedBatch {
  const words: string[] = [];
  const texts: Buffer[] = [];
  const word = (text: string | undefined): number => (text === undefined ? Number.NaN : words.push(text) - 1);
  const text = (string: string | undefined): number => {
    if (string === undefined) return Number.NaN;
    const place = texts.reduce((sum, { length }) => sum + length, 0);
    const head = Buffer.alloc(TEXT_HEAD);
    head.writeUInt32LE(string.length);
    texts.push(head, Buffer.from(string, 'utf16le'));
    return place;
  };
  const counted = (runId: number | undefined): number =>
    runId === undefined ? Number.NaN : runId - runIdOf(runner, 0);
  const runNumbers = (row: RunRow): number[] => [
    ...[counted(row.runId), word(row.flow), text(row.traceId), word(row.tenant), KINDS.find(row.kind)!],
    ...[STATUSES.find(row.status)!, row.startedMs, row.endedMs ?? Number.NaN, row.attempts, row.retries],
    ...[word(row.errorCode), word(row.errorNode), text(row.errorMessage), word(row.plan)],
    ...[counted(row.parentRun), counted(row.rootRun), row.replayOf ?? Number.NaN, row.rowsLeftOut],
    ...[text(row.part?.rootId), text(row.part?.arrivalId), word(row.part?.group), word(row.part?.workerId)],
    row.part?.redelivered ?? 0,
  ];
  const attemptNumbers = (row: AttemptRow): number[] => [
    ...[counted(row.runId), row.seq, word(row.node), row.attempt, row.parentSeq ?? Number.NaN],
    ...[Number(row.messageId), row.sentMs, row.startedMs, row.endedMs ?? Number.NaN, OUTCOMES.find(row.outcome)!],
    ...[row.queuedIn, word(row.errorCode), text(row.error)],
  ];
  const columns = {
    runs: Float64Array.from(runs.toReversed().flatMap(runNumbers)),
    attempts: Float64Array.from(attempts.flatMap(attemptNumbers)),
  };
  is(columns.runs.length, runs.length * RUN_WIDTH);
  is(columns.attempts.length, attempts.length * ATTEMPT_WIDTH);
  const rows = Object.entries(lists).map(([table, list]) => [
    table,
    list.map((row) => ('runId' in row ? { ...row, runId: counted(row.runId) } : row)),
  ]);
  return {
    ...{ runner, epoch, number, words },
    ...columns,
    texts: Uint8Array.from(Buffer.concat(texts)),
    rows: Object.fromEntries(rows) as PackedBatch['rows'],
  };
}
