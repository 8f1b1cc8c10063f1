import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { NodePicture, RunList } from '../../api.js';
import { HISTOGRAM_MS, type LiveNode } from '../../api-live.js';
import { get } from '../client/api.js';
import { linkTo } from '../client/route.js';
import { useFetched } from '../parts/fetched.js';
import { counted, duration, moment, shortId, whole } from '../parts/format.js';
import { Pill } from '../parts/status.js';
import { marksOf } from './node-state.js';

/** So long after a failure the traces that failed are asked for again. */
const AGAIN_MS = 3_000;

/** All about one node: how it is set, how long it takes, and which traces it failed. */
export function NodePanel(props: {
  readonly flow: string;
  readonly picture: NodePicture;
  readonly live: LiveNode | undefined;
}): JSX.Element {
  const { flow, picture, live } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: false }), []);
  return (
    <aside class="card panel" aria-labelledby="node-name">
      <header class="card-head">
        <h2 id="node-name" tabIndex={-1} ref={heading}>
          {picture.name}
        </h2>
        {picture.className !== picture.name && <span class="muted mono">{picture.className}</span>}
        <a class="icon-button" href={linkTo('flow', [flow])} aria-label="Close" title="Close (Esc)">
          ✕
        </a>
      </header>
      {live !== undefined && marksOf(live).length > 0 && (
        <p class="pills padded">
          {marksOf(live).map(({ word, tone, glyph }) => (
            <Pill key={word} tone={tone} glyph={glyph}>
              {word}
            </Pill>
          ))}
        </p>
      )}
      {live !== undefined && <Now live={live} />}
      <h3>Policy</h3>
      <Policy picture={picture} />
      <h3>How long attempts take</h3>
      <Histogram live={live} />
      <h3>Traces that failed here</h3>
      <FailingTraces flow={flow} node={picture.name} failed={live?.failed ?? 0} />
    </aside>
  );
}

function Now({ live }: { readonly live: LiveNode }): JSX.Element {
  return (
    <dl class="facts">
      <Fact name="Queued" value={live.capacity === 0 ? whole(live.queued) : `${live.queued} of ${live.capacity}`} />
      <Fact name="Oldest in queue" value={duration(live.oldestQueuedS * 1_000)} />
      <Fact name="Running, held" value={`${live.running}, ${live.held}`} />
      <Fact name="Oldest attempt" value={duration(live.oldestAttemptS * 1_000)} />
      <Fact name="p50, p95" value={`${duration(live.p50Ms)}, ${duration(live.p95Ms)}`} />
      <Fact name="Succeeded" value={whole(live.succeeded)} />
      <Fact name="Retried" value={whole(live.retried)} />
      <Fact name="Failed, timed out" value={`${whole(live.failed)}, ${whole(live.timedOut)}`} />
    </dl>
  );
}

function Policy({ picture: { policy, gathers, replayable } }: { readonly picture: NodePicture }): JSX.Element {
  return (
    <dl class="facts">
      <Fact name="Concurrency" value={whole(policy.concurrency)} />
      <Fact name="Timeout" value={policy.timeoutS === null ? 'none' : duration(policy.timeoutS * 1_000)} />
      <Fact
        name="Retries"
        value={
          policy.maxRetries === 0 ? 'none' : `${policy.maxRetries}, backoff ${duration(policy.backoffBaseS * 1_000)}`
        }
      />
      <Fact name="Rate limit" value={policy.maxPerS === null ? 'none' : `${whole(policy.maxPerS)}/s`} />
      <Fact name="Order" value={policy.ordered ? 'kept' : 'free'} />
      {gathers !== null && <Fact name="Gathers" value={gathers} />}
      <Fact name="Replay" value={replayable ? 'allowed' : 'not replayable'} />
    </dl>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="number">{value}</dd>
    </div>
  );
}

/** Attempts by how long they took: a bar for each bucket from the first to the last that has any. */
function Histogram({ live }: { readonly live: LiveNode | undefined }): JSX.Element {
  const counts = live?.histogram ?? [];
  const first = counts.findIndex((count) => count > 0);
  if (first === -1) return <p class="muted padded">No attempt has ended since this page was opened.</p>;
  const last = counts.findLastIndex((count) => count > 0);
  const most = Math.max(...counts);
  return (
    <ul class="histogram">
      {counts.slice(first, last + 1).map((count, index) => {
        const end = HISTOGRAM_MS[first + index];
        const name = end === undefined ? 'above' : `≤ ${shortDuration(end)}`;
        return (
          <li key={name} aria-label={`${name}: ${counted(count, 'attempt')}`}>
            <span class="number muted">{name}</span>
            <span class="bar">
              <i style={{ width: `${(count / most) * 100}%` }} />
            </span>
            <span class="number">{whole(count)}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** `5 ms`, `0.1 ms`, `20 s`: bounds have no digits that say nothing. */
function shortDuration(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}

function FailingTraces(props: { readonly flow: string; readonly node: string; readonly failed: number }): JSX.Element {
  const { flow, node } = props;
  const query = { flow, node, status: 'failed', limit: '8' };
  const { value, error, again } = useFetched(`${flow} ${node}`, (signal) => get<RunList>('runs', query, signal));
  const asked = useRef(props.failed);
  const latest = useRef(props.failed);
  latest.current = props.failed;
  // While it fails and fails the list follows, now and then.
  useEffect(() => {
    if (props.failed === asked.current) return;
    const timer = setTimeout(() => {
      asked.current = latest.current;
      again();
    }, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [props.failed === asked.current]);
  if (error !== undefined) return <p class="problem padded">{error}</p>;
  if (value === undefined) return <p class="muted padded">…</p>;
  if (value.runs.length === 0) return <p class="muted padded">None that is recorded.</p>;
  return (
    <>
      <ul class="failures">
        {value.runs.map((run) => (
          <li key={run.id}>
            <a href={linkTo('trace', [String(run.id)])}>
              <span class="failure-head">
                <span class="bad" aria-hidden="true">
                  ✕
                </span>
                <span class="mono">{shortId(run.traceId)}</span>
                <span class="number muted">{moment(run.startedMs)}</span>
              </span>
              <span class="failure-text">{run.errorMessage ?? run.errorCode ?? run.status}</span>
            </a>
          </li>
        ))}
      </ul>
      <p class="padded">
        <a href={linkTo('traces', [], { flow, node, status: 'failed' })}>All of them</a>
      </p>
    </>
  );
}
