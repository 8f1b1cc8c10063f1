import type { JSX } from 'preact';
import type { RunItem } from '../../api.js';
import { linkTo } from '../client/route.js';
import { counted, duration, fullMoment, moment, shortId } from '../parts/format.js';
import { Status } from '../parts/status.js';

/** A run in a list: a link to all about it. */
export function RunRow({ run, isChosen }: { readonly run: RunItem; readonly isChosen: boolean }): JSX.Element {
  // That a node threw is what most failures are: it says nothing.
  const code = run.errorCode === 'NODE_EXCEPTION' ? null : run.errorCode;
  return (
    <a
      class="run-row"
      href={linkTo('trace', [String(run.id)])}
      data-run={run.id}
      aria-current={isChosen ? 'true' : undefined}
    >
      <Status status={run.status} />
      <span class="mono run-id" title={run.traceId}>
        {shortId(run.traceId)}
      </span>
      <span class="run-tenant" title={run.tenant}>
        {run.tenant}
      </span>
      <span class="run-flow muted" title={run.flow}>
        {run.flow}
      </span>
      <span class="number run-started" title={fullMoment(run.startedMs)}>
        {moment(run.startedMs)}
      </span>
      <span class="number run-took">{run.endedMs === null ? '…' : duration(run.endedMs - run.startedMs)}</span>
      <span class="number run-attempts muted" title={counted(run.retries, 'retry', 'retries')}>
        {run.attempts}
        {run.retries > 0 && <span class="warn"> ↻ {run.retries}</span>}
      </span>
      <span class="run-error" title={[run.errorCode, run.errorMessage].filter((part) => part !== null).join(' ')}>
        {run.errorNode !== null && <b>{run.errorNode} </b>}
        {code !== null && <span class="mono">{code} </span>}
        {run.errorMessage ?? ''}
        {run.replayOf !== null && <span class="muted"> ⟲ replay</span>}
        {run.pinned && <span class="muted"> ⚲ kept</span>}
      </span>
    </a>
  );
}

/** The titles of the columns. */
export function RunRowHead(): JSX.Element {
  return (
    <div class="run-row run-head" aria-hidden="true">
      <span>Status</span>
      <span>Trace</span>
      <span>Tenant</span>
      <span>Flow</span>
      <span>Started</span>
      <span class="number">Took</span>
      <span class="number">Attempts</span>
      <span>Why</span>
    </div>
  );
}
