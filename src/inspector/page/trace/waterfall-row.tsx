import type { JSX } from 'preact';
import { duration } from '../parts/format.js';
import { lookOf } from '../parts/status.js';
import { waitOf, type AttemptBar } from './attempt-bars.js';
import type { Span, TimeScale } from './time-scale.js';
import { percent } from './waterfall-axis.js';

/** A bar with less room, in pixels, has no text in it. */
const TEXT_ROOM = 96;

export function WaterfallRow(props: {
  readonly bar: AttemptBar;
  readonly scale: TimeScale;
  readonly trackWidth: number;
  readonly isChosen: boolean;
  readonly onChoose: (seq: number | undefined) => void;
}): JSX.Element {
  const { bar, scale, isChosen } = props;
  const { attempt, queue, backoff, process, timeoutMs } = bar;
  const { glyph, tone } = lookOf(attempt.outcome);
  const tookMs = process.toMs - process.fromMs;
  const textFor = (span: Span, before: string): string | undefined => {
    const width = (scale.at(span.toMs) - scale.at(span.fromMs)) * props.trackWidth;
    return width < TEXT_ROOM ? undefined : `${before} ${duration(span.toMs - span.fromMs)}`;
  };
  const isTimeoutShown = timeoutMs !== undefined && timeoutMs >= scale.view.fromMs && timeoutMs <= scale.view.toMs;
  return (
    <button
      type="button"
      class={`wf-grid-row wf-row ${tone}`}
      data-seq={attempt.seq}
      aria-pressed={isChosen}
      title={sentenceOf(bar)}
      onClick={() => props.onChoose(isChosen ? undefined : attempt.seq)}
    >
      <span class="visually-hidden">{sentenceOf(bar)}</span>
      <span class="wf-name" aria-hidden="true">
        {attempt.node}
        {attempt.attempt > 0 && <small> retry {attempt.attempt}</small>}
      </span>
      <span class="wf-track" aria-hidden="true">
        {queue !== undefined && <Bar span={queue} scale={scale} kind="wf-queue" text={textFor(queue, 'waited')} />}
        {backoff !== undefined && (
          <Bar span={backoff} scale={scale} kind="wf-backoff" text={textFor(backoff, 'backoff')} />
        )}
        <Bar span={process} scale={scale} kind={`wf-process ${tone}`} isAlways />
        {isTimeoutShown && (
          <i
            class="wf-timeout"
            style={{ left: percent(scale.at(timeoutMs)) }}
            title={`timeout at ${duration(timeoutMs - process.fromMs)}`}
          />
        )}
      </span>
      <span class={`wf-took number ${tone}`} aria-hidden="true">
        {glyph} {duration(tookMs)}
      </span>
    </button>
  );
}

function Bar(props: {
  readonly span: Span;
  readonly scale: TimeScale;
  readonly kind: string;
  readonly text?: string | undefined;
  /** Also when it has no length. */
  readonly isAlways?: boolean;
}): JSX.Element | null {
  const { span, scale } = props;
  const isOutside = span.toMs < scale.view.fromMs || span.fromMs > scale.view.toMs;
  if (isOutside || (span.toMs <= span.fromMs && props.isAlways !== true)) return null;
  const [start, end] = [scale.at(span.fromMs), scale.at(span.toMs)];
  return (
    <i class={`wf-bar ${props.kind}`} style={{ left: percent(start), width: percent(end - start) }}>
      {props.text !== undefined && <span>{props.text}</span>}
    </i>
  );
}

/** An attempt in words. */
function sentenceOf(bar: AttemptBar): string {
  const { attempt, queue, process, timeoutMs } = bar;
  const name = attempt.attempt > 0 ? `${attempt.node}, retry ${attempt.attempt}` : attempt.node;
  const wait = `${queue === undefined ? 'backoff' : 'waited'} ${duration(waitOf(bar))}`;
  const took = `${lookOf(attempt.outcome).word} ${attempt.endedMs === null ? 'for' : 'after'} ${duration(process.toMs - process.fromMs)}`;
  const limit = timeoutMs === undefined ? '' : `, timeout ${duration(timeoutMs - process.fromMs)}`;
  const error = attempt.errorCode === null ? '' : `, ${attempt.errorCode}`;
  return `${name}: ${wait}, ${took}${limit}${error}`;
}
