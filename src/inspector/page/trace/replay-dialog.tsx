import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ActionAnswer, ReplayRequest, ReplayView, RunView } from '../../api.js';
import { get, post, textOf } from '../client/api.js';
import { runner } from '../client/live.js';
import { goTo, linkTo } from '../client/route.js';
import { Dialog } from '../parts/dialog.js';
import { useFetched } from '../parts/fetched.js';
import { counted } from '../parts/format.js';

/** Shows which nodes would run again, and what speaks against it, before anything does. */
export function ReplayDialog(props: {
  readonly view: RunView;
  /** `seq` of the attempt to begin with, to begin with. */
  readonly from?: number;
  readonly onClose: () => void;
}): JSX.Element {
  const { view, onClose } = props;
  const hasFailed = view.attempts.some(({ outcome }) => outcome === 'failed' || outcome === 'timeout');
  const [from, setFrom] = useState(props.from === undefined ? (hasFailed ? 'failed' : 'start') : String(props.from));
  const [isForced, setForced] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const { value: plan, error } = useFetched(from, (signal) =>
    get<ReplayView>(`runs/${view.run.id}/replay`, { from }, signal),
  );
  const isPossible = plan !== undefined && plan.impossible.length === 0 && (plan.reasons.length === 0 || isForced);
  const process = runner.value;

  async function replay(): Promise<void> {
    setBusy(true);
    try {
      const request: ReplayRequest = { run: view.run.id, from, ...(isForced ? { force: true } : {}) };
      const { run } = await post<ActionAnswer>('replay', request);
      onClose();
      if (run !== null) goTo(linkTo('trace', [String(run.id)]));
    } catch (thrown) {
      setProblem(textOf(thrown));
      setBusy(false);
    }
  }
  return (
    <Dialog title="Replay this trace?" onClose={onClose}>
      <label>
        <span>From</span>
        <select value={from} onChange={(event) => setFrom(event.currentTarget.value)}>
          <option value="start">the start</option>
          {hasFailed && <option value="failed">what failed</option>}
          {view.attempts
            .filter(({ attempt, seq }) => attempt === 0 || seq === props.from)
            .slice(0, 200)
            .map(({ seq, node }) => (
              <option key={seq} value={String(seq)}>
                {node} (attempt {seq})
              </option>
            ))}
        </select>
      </label>
      {error !== undefined && (
        <p class="problem" role="alert">
          {error}
        </p>
      )}
      {plan === undefined && error === undefined && <p class="muted">Asking for the plan …</p>}
      {plan !== undefined && <Plan plan={plan} />}
      {plan !== undefined && plan.impossible.length === 0 && plan.reasons.length > 0 && (
        <label class="check">
          <input type="checkbox" checked={isForced} onChange={(event) => setForced(event.currentTarget.checked)} />
          Replay all the same
        </label>
      )}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p class="muted">
        It runs in this process{process === undefined ? '' : `, pid ${process.pid} on ${process.host}`}, as a new run.
        What its nodes did outside, they do again.
      </p>
      <p class="buttons">
        <button type="button" onClick={onClose}>
          Not now
        </button>
        <button type="button" class="primary" disabled={!isPossible || isBusy} onClick={() => void replay()}>
          {plan === undefined ? 'Replay' : `Replay ${counted(plan.nodes.length, 'node')}`}
        </button>
      </p>
    </Dialog>
  );
}

function Plan({ plan }: { readonly plan: ReplayView }): JSX.Element {
  const noteOf = (node: string): string =>
    [
      plan.notReplayable.includes(node) ? 'not replayable' : '',
      plan.incomplete.includes(node) ? 'lacks what other branches brought' : '',
      plan.changed.includes(node) ? 'changed since' : '',
    ]
      .filter((note) => note !== '')
      .join(', ');
  return (
    <>
      <p>{plan.nodes.length === 0 ? 'No node would run.' : 'These nodes will run:'}</p>
      <ol class="plan">
        {plan.nodes.map((node) => (
          <li key={node}>
            <b>{node}</b>
            {noteOf(node) !== '' && (
              <span class="warn">
                {' '}
                <span aria-hidden="true">▲</span> {noteOf(node)}
              </span>
            )}
          </li>
        ))}
      </ol>
      {plan.runs > 1 && (
        <p>
          {counted(plan.runs, 'message')} came in: each becomes a run of its own, so that these nodes run up to{' '}
          {plan.runs} times.
        </p>
      )}
      {plan.notBegun.length > 0 && (
        <p>
          <span class="warn">
            <span aria-hidden="true">▲ </span>
          </span>
          Gets nothing, as it had begun nothing when the trace ended: {plan.notBegun.join(', ')}.
        </p>
      )}
      {plan.parent !== null && (
        <p>
          <span class="warn">
            <span aria-hidden="true">▲ </span>
          </span>
          {plan.parent.flow} called this trace, and gets nothing of the replay: replay{' '}
          <a href={linkTo('trace', [String(plan.parent.id)])}>its trace</a> for that.
        </p>
      )}
      <Reasons title="This cannot be done:" reasons={plan.impossible} />
      <Reasons
        title="This speaks against it:"
        reasons={plan.reasons.filter((reason) => !plan.impossible.includes(reason))}
      />
    </>
  );
}

function Reasons({
  title,
  reasons,
}: {
  readonly title: string;
  readonly reasons: readonly string[];
}): JSX.Element | null {
  if (reasons.length === 0) return null;
  return (
    <div class="reasons">
      <p>
        <span aria-hidden="true">▲</span> {title}
      </p>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </div>
  );
}
