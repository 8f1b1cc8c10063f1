import type { AttemptView, FlowPicture, RunItem } from '../../api.js';
import { merged, type Span } from './time-scale.js';

/** An attempt with the times that the waterfall draws, relative to the start of the run. */
export interface AttemptBar {
  readonly attempt: AttemptView;
  /** In the queue of its node; undefined for a retry. */
  readonly queue: Span | undefined;
  /** Between the attempt before and this one; undefined for the first. */
  readonly backoff: Span | undefined;
  readonly process: Span;
  /** When the node's policy gives the attempt up; undefined without one. */
  readonly timeoutMs: number | undefined;
}

export interface AttemptBars {
  readonly bars: readonly AttemptBar[];
  /** All of the run. */
  readonly whole: Span;
  /** When something waited in a queue or ran, joined. Backoff is idle time: nothing competes for it. */
  readonly busy: readonly Span[];
}

/** @param untilMs the end of what still runs */
export function attemptBars(
  run: RunItem,
  attempts: readonly AttemptView[],
  picture: FlowPicture | null,
  untilMs: number,
): AttemptBars {
  const beginMs = run.startedMs;
  const timeouts = new Map(picture?.nodes.map(({ name, policy }) => [name, policy.timeoutS]));
  const ends = new Map<string, number>();
  const bars = attempts.map((attempt): AttemptBar => {
    const key = `${attempt.node}\n${attempt.messageId ?? attempt.parentSeq ?? ''}`;
    const startedMs = attempt.startedMs - beginMs;
    const endedMs = Math.max(startedMs, (attempt.endedMs ?? untilMs) - beginMs);
    const beforeMs = ends.get(`${key}\n${attempt.attempt - 1}`) ?? attempt.sentMs - beginMs;
    ends.set(`${key}\n${attempt.attempt}`, endedMs);
    const isFirst = attempt.attempt === 0;
    const timeoutS = timeouts.get(attempt.node) ?? null;
    return {
      attempt,
      queue: isFirst ? { fromMs: attempt.sentMs - beginMs, toMs: startedMs } : undefined,
      backoff: isFirst ? undefined : { fromMs: Math.min(beforeMs, startedMs), toMs: startedMs },
      process: { fromMs: startedMs, toMs: endedMs },
      timeoutMs: timeoutS === null ? undefined : startedMs + timeoutS * 1_000,
    };
  });
  const spans = bars.flatMap(({ queue, process }) => (queue === undefined ? [process] : [queue, process]));
  const firstMs = spans.reduce((least, { fromMs }) => Math.min(least, fromMs), 0);
  const endMs = (run.endedMs ?? untilMs) - beginMs;
  const lastMs = spans.reduce((most, { toMs }) => Math.max(most, toMs), endMs);
  return { bars, whole: { fromMs: firstMs, toMs: Math.max(lastMs, firstMs + 0.001) }, busy: merged(spans) };
}

/** How long it waited for its turn, or for the time after the attempt before. */
export function waitOf({ queue, backoff }: AttemptBar): number {
  const span = queue ?? backoff;
  return span === undefined ? 0 : span.toMs - span.fromMs;
}
