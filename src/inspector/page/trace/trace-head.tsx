import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RunItem, RunView } from '../../api.js';
import { hello } from '../client/live.js';
import { linkTo } from '../client/route.js';
import { counted, duration, fullMoment, moment, shortId, whole } from '../parts/format.js';
import { Pill, Status } from '../parts/status.js';
import { CancelDialog } from './cancel-dialog.js';
import { ReplayDialog } from './replay-dialog.js';

/** What a run is, how it ended and why, and what can be done about it. */
export function TraceHead({
  view,
  onChanged,
}: {
  readonly view: RunView;
  readonly onChanged: () => void;
}): JSX.Element {
  const { run } = view;
  return (
    <header class="card trace-head">
      <div class="trace-title">
        <h1>
          <span class="muted">{run.flow}</span> <span class="mono trace-id">{run.traceId}</span>
        </h1>
        <Status status={run.status} />
        {run.pinned && (
          <Pill tone="quiet" glyph="⚲" title="It stays, however old it is">
            kept
          </Pill>
        )}
        <Actions view={view} onChanged={onChanged} />
      </div>
      {(run.errorMessage !== null || run.errorCode !== null) && (
        <p class="trace-error">
          <b>
            <span aria-hidden="true">✕ </span>
            {run.errorNode ?? 'The run'}
          </b>{' '}
          {run.errorCode !== null && <span class="mono">{run.errorCode}</span>} {run.errorMessage}
        </p>
      )}
      <dl class="facts wide">
        <Fact name="Tenant">{run.tenant}</Fact>
        <Fact name="Started">
          <span title={fullMoment(run.startedMs)}>{moment(run.startedMs)}</span>
        </Fact>
        <Fact name="Took">{run.endedMs === null ? 'still running' : duration(run.endedMs - run.startedMs)}</Fact>
        <Fact name="Begun by">{run.kind}</Fact>
        <Fact name="Attempts">
          {`${whole(run.attempts)}${run.retries > 0 ? `, ${counted(run.retries, 'retry', 'retries')}` : ''}`}
        </Fact>
        {view.labels.length > 0 && (
          <Fact name="Labels">
            {view.labels.map(({ name, value }) => (
              <a key={name} class="label" href={linkTo('traces', [], { label: `${name}:${value}` })}>
                {name}:{value}
              </a>
            ))}
          </Fact>
        )}
        {view.parent !== null && (
          <Fact name="Called by">
            <RunLink run={view.parent} />
          </Fact>
        )}
        {run.replayOf !== null && (
          <Fact name="Replays">
            <a href={linkTo('trace', [String(run.replayOf)])}>run {run.replayOf}</a>
          </Fact>
        )}
        {run.part !== null && (
          <Fact name="Root">
            <span class="mono">{run.part.root}</span>
          </Fact>
        )}
        {run.part !== null && run.part.worker !== null && (
          <Fact name="Worker">
            {`${run.part.worker}${run.part.group === null ? '' : `, group ${run.part.group}`}${run.part.redelivered > 0 ? ', delivered again' : ''}`}
          </Fact>
        )}
        {view.otelTraceId !== null && (
          <Fact name="OpenTelemetry">
            <span class="mono">{view.otelTraceId}</span>
          </Fact>
        )}
        {run.rowsLeftOut > 0 && (
          <Fact name="Left out">
            <span class="warn">▲ {counted(run.rowsLeftOut, 'row')}</span>
          </Fact>
        )}
      </dl>
      {view.children.length > 0 && <Children runs={view.children} of={run.id} />}
    </header>
  );
}

function Actions({ view, onChanged }: { readonly view: RunView; readonly onChanged: () => void }): JSX.Element {
  const [open, setOpen] = useState<'cancel' | 'replay' | undefined>(undefined);
  const allowed = hello.value?.actions ?? [];
  const { run, here } = view;
  const close = (): void => setOpen(undefined);
  if (allowed.length === 0) {
    return <span class="muted actions">Read-only: this inspector takes no action.</span>;
  }
  return (
    <span class="buttons actions">
      {run.status === 'running' &&
        allowed.includes('cancel') &&
        (here ? (
          <button type="button" class="danger" onClick={() => setOpen('cancel')}>
            Cancel …
          </button>
        ) : (
          <span class="muted">It runs in another process, where it can be cancelled.</span>
        ))}
      {run.status !== 'running' &&
        (allowed.includes('replay') ? (
          <button type="button" onClick={() => setOpen('replay')}>
            Replay …
          </button>
        ) : (
          <span class="muted">To replay is not allowed here.</span>
        ))}
      {open === 'cancel' && <CancelDialog run={run} onClose={close} onDone={onChanged} />}
      {open === 'replay' && <ReplayDialog view={view} onClose={close} />}
    </span>
  );
}

function Children({ runs, of }: { readonly runs: readonly RunItem[]; readonly of: number }): JSX.Element {
  return (
    <details class="children">
      <summary>{counted(runs.length, 'run')} that it called, or that replay it</summary>
      <ul class="plain">
        {runs.map((run) => (
          <li key={run.id}>
            <Status status={run.status} /> {run.replayOf === of ? 'replay' : run.kind} <RunLink run={run} />{' '}
            <span class="muted number">{duration(run.endedMs === null ? null : run.endedMs - run.startedMs)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function RunLink({ run }: { readonly run: RunItem }): JSX.Element {
  return (
    <a href={linkTo('trace', [String(run.id)])}>
      {run.flow} <span class="mono">{shortId(run.traceId)}</span>
    </a>
  );
}

function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: JSX.Element | JSX.Element[] | string;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="number">{children}</dd>
    </div>
  );
}
