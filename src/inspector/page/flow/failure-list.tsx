import type { JSX } from 'preact';
import type { RunItem } from '../../api.js';
import { linkTo } from '../client/route.js';
import { clock, duration, shortId } from '../parts/format.js';

/** The link beside the title leads to the rest. */
const SHOWN = 4;

/** The last runs that failed, each a link to why. */
export function FailureList(props: {
  readonly flow: string;
  readonly failures: readonly RunItem[] | undefined;
}): JSX.Element {
  const { flow, failures } = props;
  return (
    <section class="card" aria-labelledby="failures">
      <header class="card-head">
        <h2 id="failures">Latest failures</h2>
        <a href={linkTo('traces', [], { flow, status: 'failed' })}>All</a>
      </header>
      {failures === undefined || failures.length === 0 ? (
        <p class="muted padded">{failures === undefined ? '…' : 'None. That is good.'}</p>
      ) : (
        <ul class="failures">
          {failures.slice(0, SHOWN).map((run) => (
            <li key={run.id}>
              <a href={linkTo('trace', [String(run.id)])}>
                <span class="failure-head">
                  <span class="bad" aria-hidden="true">
                    ✕
                  </span>
                  <b>{run.errorNode ?? run.status}</b>
                  <span class="mono">{run.errorCode ?? run.status}</span>
                  <span class="number muted">{clock(run.endedMs ?? run.startedMs)}</span>
                </span>
                <span class="failure-text" title={run.errorMessage ?? ''}>
                  {run.errorMessage ?? 'It said nothing.'}
                </span>
                <span class="failure-foot muted">
                  <span class="mono">{shortId(run.traceId)}</span> {run.tenant} ·{' '}
                  {duration(run.endedMs === null ? null : run.endedMs - run.startedMs)}
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
