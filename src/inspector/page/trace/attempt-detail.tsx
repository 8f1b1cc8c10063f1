import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RunView } from '../../api.js';
import { hello } from '../client/live.js';
import { linkTo } from '../client/route.js';
import { duration, preciseClock } from '../parts/format.js';
import { Status } from '../parts/status.js';
import { waitOf, type AttemptBar } from './attempt-bars.js';
import { ReplayDialog } from './replay-dialog.js';

/** All about one attempt. */
export function AttemptDetail(props: {
  readonly view: RunView;
  readonly bar: AttemptBar;
  readonly onClose: () => void;
}): JSX.Element {
  const { view, bar } = props;
  const { attempt, process, timeoutMs } = bar;
  const [isReplaying, setReplaying] = useState(false);
  const of = view.attempts.filter(
    ({ node, messageId }) => node === attempt.node && messageId === attempt.messageId,
  ).length;
  return (
    <section class="attempt-detail" aria-label={`Attempt ${attempt.seq}`}>
      <header class="card-head">
        <h2>
          <a href={linkTo('flow', [view.run.flow, attempt.node])}>{attempt.node}</a>
        </h2>
        <Status status={attempt.outcome} />
        <span class="muted">
          attempt {attempt.attempt + 1} of {of} on this message
        </span>
        {(hello.value?.actions ?? []).includes('replay') && view.run.status !== 'running' && (
          <button type="button" onClick={() => setReplaying(true)}>
            Replay from here …
          </button>
        )}
        <button type="button" class="icon-button" aria-label="Close" title="Close (Esc)" onClick={props.onClose}>
          ✕
        </button>
      </header>
      {attempt.error !== null && attempt.error !== view.run.errorMessage && (
        <p class="trace-error">
          {attempt.errorCode !== null && <span class="mono">{attempt.errorCode} </span>}
          {attempt.error}
        </p>
      )}
      <dl class="facts wide">
        <Fact name="Sent" value={preciseClock(attempt.sentMs)} />
        <Fact name={attempt.attempt === 0 ? 'Waited in the queue' : 'Backoff'} value={duration(waitOf(bar))} />
        <Fact name="Began" value={preciseClock(attempt.startedMs)} />
        <Fact name={attempt.endedMs === null ? 'Runs for' : 'Took'} value={duration(process.toMs - process.fromMs)} />
        <Fact name="Timeout" value={timeoutMs === undefined ? 'none' : duration(timeoutMs - process.fromMs)} />
        <Fact name="Queue when it began" value={String(attempt.queuedIn)} />
        {attempt.messageId !== null && <Fact name="Message" value={attempt.messageId} isId />}
      </dl>
      {isReplaying && <ReplayDialog view={view} from={attempt.seq} onClose={() => setReplaying(false)} />}
    </section>
  );
}

function Fact(props: { readonly name: string; readonly value: string; readonly isId?: boolean }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd class={props.isId === true ? 'mono' : 'number'}>{props.value}</dd>
    </div>
  );
}
