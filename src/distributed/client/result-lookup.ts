import { FlowError, type Clock } from '../../index.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import type { StoredRecord } from '../carrier/records.js';
import type { PayloadCodec } from '../codec/payload-codec.js';
import { invalidOption, rejectUnknownOptions } from '../option-check.js';
import { decodeAnswer, errorFrom } from '../protocol/answer.js';
import { abortedBy, checkSignal } from './caller-signal.js';

/** How to wait for the result of a root. */
export interface ResultOptions {
  /** Longest wait, in seconds; with 0 it only looks, and rejects at once when there is nothing. @defaultValue none */
  readonly timeoutS?: number;
  /** Ends the wait when it aborts. */
  readonly signal?: AbortSignal;
}

/** Where results are looked up. */
export interface ResultShelf {
  readonly session: CarrierSession;
  readonly clock: Clock;
  readonly codec: PayloadCodec;
  readonly flow: string;
  /** Told how to end each wait, and that it has ended. */
  readonly waits: Set<(error: FlowError) => void>;
}

/**
 * Waits for the first result of a root, or its first failure, whichever client began it (D17).
 *
 * @throws FlowError the failure of the run; `FETCH_TIMEOUT`, `ABORTED`, `INVALID_OPTION`
 */
export async function lookUpResult(shelf: ResultShelf, rootId: string, options: ResultOptions = {}): Promise<unknown> {
  const what = `result() of flow "${shelf.flow}"`;
  check(rootId, options, what);
  const { timeoutS, signal } = options;
  if (signal?.aborted === true) throw abortedBy(signal, what);
  // The engine has an index of keys, and a subscription costs more than a look.
  const found = first(await shelf.session.recordsOf('answers', rootId));
  if (found !== undefined) return valueOf(shelf.codec, found);
  const hint =
    'Raise `timeoutS`; or it is too late: what came of a run is kept for `keepS` of the carrier only (300 s by default).';
  if (timeoutS === 0) throw timedOut(`${what} found no result of root ${rootId}`, hint);
  return new Promise((resolve, reject) => {
    const subscription = shelf.session.records('answers', rootId, 'start', (record) => {
      if (record.key !== rootId || first([record]) === undefined) return;
      settle(() => resolve(valueOf(shelf.codec, record)));
    });
    const settle = (how: () => void): void => {
      subscription.close();
      timer?.cancel();
      signal?.removeEventListener('abort', onAbort);
      shelf.waits.delete(fail);
      try {
        how();
      } catch (error) {
        reject(error as Error);
      }
    };
    const fail = (error: FlowError): void => settle(() => reject(error));
    const onAbort = (): void => fail(abortedBy(signal as AbortSignal, what));
    const late = (): void => fail(timedOut(`${what} had no result of root ${rootId} within ${timeoutS} s`, hint));
    const isTimed = timeoutS !== undefined && timeoutS !== Number.POSITIVE_INFINITY;
    const timer = isTimed ? shelf.clock.setTimer(late, timeoutS * 1_000) : undefined;
    signal?.addEventListener('abort', onAbort, { once: true });
    shelf.waits.add(fail);
  });
}

function check(rootId: unknown, options: ResultOptions, what: string): void {
  if (typeof rootId !== 'string' || rootId === '') throw invalidOption('rootId', what, 'a non-empty string', rootId);
  rejectUnknownOptions(options, ['timeoutS', 'signal'], what);
  const timeoutS: unknown = options.timeoutS;
  if (timeoutS !== undefined && !(typeof timeoutS === 'number' && timeoutS >= 0)) {
    throw invalidOption('timeoutS', what, '>= 0', timeoutS);
  }
  checkSignal(options.signal, what);
}

/** The first result, or where there is none the first failure: after a redrive the failure still lies there. */
function first(records: readonly StoredRecord[]): StoredRecord | undefined {
  const answers = records.map((record) => ({ record, answer: decodeAnswer(record.body) }));
  const result = answers.find(({ answer }) => answer?.kind === 'result' && !answer.piece);
  return (result ?? answers.find(({ answer }) => answer?.kind === 'failure'))?.record;
}

function valueOf(codec: PayloadCodec, { body }: StoredRecord): unknown {
  const answer = decodeAnswer(body);
  if (answer?.kind === 'failure') throw errorFrom(answer.error);
  return answer?.kind === 'result' ? codec.decode(answer.value) : undefined;
}

function timedOut(message: string, hint: string): FlowError {
  return new FlowError('FETCH_TIMEOUT', { message, hint });
}
