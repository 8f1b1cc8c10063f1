import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { FlowPicture } from '../../api.js';
import type { LiveFlow, LiveHistory } from '../../api-live.js';
import { connection, isLost, pictures, runner, series, snapshot } from '../client/live.js';
import { goTo, linkTo, route } from '../client/route.js';
import { Blank } from '../parts/blank.js';
import { compact, counted, perSecond, whole } from '../parts/format.js';
import { onKeys } from '../parts/keys.js';
import { Pill } from '../parts/status.js';
import { FailureList } from './failure-list.js';
import { FlowGraph } from './flow-graph.js';
import { FlowTable } from './flow-table.js';
import { NodePanel } from './node-panel.js';
import { RateChart } from './rate-chart.js';

/** The server counts failures for so long, and names so many. */
const FAILURES_MS = 300_000;
const MOST_LATEST = 20;

/** Whether the nodes are shown as a graph or as a table. */
const isTable = signal(false);

export function FlowScreen(): JSX.Element {
  const graphs = pictures.value;
  const [wanted, nodeName] = route.value.parts;
  if (graphs === undefined) return <Waiting />;
  const picture = wanted === undefined ? graphs[0] : graphs.find(({ name }) => name === wanted);
  if (graphs.length === 0) {
    return (
      <Blank title="No flow runs here yet">
        <p>
          This process has the inspector, but no flow that was handed to it:{' '}
          <code>createInspector({'{ flows: [orders] }'})</code>.
        </p>
      </Blank>
    );
  }
  return (
    <div class={isLost.value ? 'stale' : undefined}>
      <FlowTabs graphs={graphs} current={picture?.name} />
      {picture === undefined ? (
        <Blank title={`No flow is called ${wanted ?? ''}`}>
          <p>It may run in another process. Choose one of those above.</p>
        </Blank>
      ) : (
        <OneFlow picture={picture} nodeName={nodeName} />
      )}
    </div>
  );
}

function OneFlow({
  picture,
  nodeName,
}: {
  readonly picture: FlowPicture;
  readonly nodeName: string | undefined;
}): JSX.Element {
  const live = snapshot.value?.flows.find(({ name }) => name === picture.name);
  const node = picture.nodes.find(({ name }) => name === nodeName);
  useEffect(
    () =>
      onKeys((key) => {
        if (key !== 'Escape' || nodeName === undefined) return false;
        goTo(linkTo('flow', [picture.name]));
        return true;
      }),
    [picture.name, nodeName],
  );
  return (
    <>
      <Tiles live={live} history={snapshot.value?.history} />
      <div class={node === undefined ? 'flow-layout' : 'flow-layout with-panel'}>
        <section class="card graph-card" aria-label="Nodes">
          <header class="card-head">
            <h1>{picture.name}</h1>
            <FlowState live={live} />
            <div class="segmented" role="group" aria-label="Show nodes as">
              <button type="button" aria-pressed={!isTable.value} onClick={() => (isTable.value = false)}>
                Graph
              </button>
              <button type="button" aria-pressed={isTable.value} onClick={() => (isTable.value = true)}>
                Table
              </button>
            </div>
          </header>
          {isTable.value ? (
            <FlowTable picture={picture} live={live} />
          ) : (
            <FlowGraph picture={picture} live={live} chosen={nodeName} />
          )}
        </section>
        {node !== undefined && (
          <NodePanel
            key={node.name}
            flow={picture.name}
            picture={node}
            live={live?.nodes.find(({ name }) => name === node.name)}
          />
        )}
        <div class="flow-below">
          <section class="card" aria-labelledby="rates">
            <header class="card-head">
              <h2 id="rates">Per second</h2>
              <span class="legend">
                <i class="accent" aria-hidden="true" /> traces
              </span>
              <span class="legend">
                <i class="bad" aria-hidden="true" /> failures
              </span>
            </header>
            <RateChart series={series.value.get(picture.name)} />
          </section>
          <FailureList flow={picture.name} failures={live?.latestFailures} />
        </div>
      </div>
    </>
  );
}

function FlowTabs(props: {
  readonly graphs: readonly FlowPicture[];
  readonly current: string | undefined;
}): JSX.Element | null {
  if (props.graphs.length === 1 && props.current !== undefined) return null;
  return (
    <nav class="tabs" aria-label="Flows">
      {props.graphs.map(({ name }) => {
        const live = snapshot.value?.flows.find((each) => each.name === name);
        const isFailing = live?.nodes.some(({ failing }) => failing) ?? false;
        return (
          <a key={name} href={linkTo('flow', [name])} aria-current={name === props.current ? 'page' : undefined}>
            {name}
            {isFailing && (
              <span class="bad">
                {' '}
                <span aria-hidden="true">✕</span> failing
              </span>
            )}
          </a>
        );
      })}
    </nav>
  );
}

function FlowState({ live }: { readonly live: LiveFlow | undefined }): JSX.Element {
  if (live === undefined) return <span class="muted">no numbers yet</span>;
  const open = live.dependencies.filter(({ breaker }) => breaker === 'open' || breaker === 'half-open');
  return (
    <span class="pills">
      <Pill tone={live.state === 'running' ? 'good' : 'warn'} glyph={live.state === 'running' ? '●' : '◌'}>
        {live.state}
      </Pill>
      {!live.ready && live.state === 'running' && (
        <Pill
          tone="warn"
          glyph="◌"
          title="A probe of its readiness says no: a queue is full, a node is stuck, or it is stalled"
        >
          not ready
        </Pill>
      )}
      {live.stalled !== null && (
        <Pill tone="bad" glyph="◷" title={live.stalled}>
          stalled
        </Pill>
      )}
      {open.map(({ name, breaker }) => (
        <Pill
          key={name}
          tone={breaker === 'open' ? 'bad' : 'warn'}
          glyph="⌁"
          title={`The breaker of ${name} is ${breaker}`}
        >
          {`${name}: breaker ${breaker}`}
        </Pill>
      ))}
    </span>
  );
}

function Tiles(props: { readonly live: LiveFlow | undefined; readonly history: LiveHistory | undefined }): JSX.Element {
  const { live, history } = props;
  const process = runner.value;
  return (
    <section class="tiles" aria-label={process === undefined ? 'Now' : `Now, in pid ${process.pid} on ${process.host}`}>
      <Tile
        name="Throughput"
        value={perSecond(live?.rate ?? null)}
        note={live === undefined ? '' : `${compact(live.started)} begun since the start`}
      />
      <Tile name="Active" value={live === undefined ? '–' : whole(live.active)} note="traces under way" />
      <Tile
        name="Failures"
        value={live === undefined ? '–' : failuresSaid(live, snapshot.value?.atMs ?? 0)}
        note={live === undefined ? '' : `${perSecond(live.failureRate)}, in 5 min`}
        tone={live === undefined || failuresSaid(live, snapshot.value?.atMs ?? 0) === '0' ? undefined : 'bad'}
        glyph="✕"
      />
      <Tile name="Retries" value={live === undefined ? '–' : whole(live.retries)} note="since the start" />
      <HistoryTile history={history} />
    </section>
  );
}

/** Runs that failed in five minutes: those that were counted, or, where this page was not there yet, the latest that are recorded. */
function failuresSaid({ failures, latestFailures }: LiveFlow, atMs: number): string {
  const recent = latestFailures.filter(({ startedMs, endedMs }) => (endedMs ?? startedMs) > atMs - FAILURES_MS).length;
  if (failures >= recent) return whole(failures);
  return recent === MOST_LATEST ? `${recent}+` : whole(recent);
}

function HistoryTile({ history }: { readonly history: LiveHistory | undefined }): JSX.Element {
  if (history === undefined) return <Tile name="History" value="–" note="" />;
  if (history.degraded !== null) {
    return <Tile name="History" value="degraded" note={history.degraded} tone="bad" glyph="✕" />;
  }
  const lost = history.shedTraces + history.rejectedRows;
  return (
    <Tile
      name="History"
      value={`${compact(history.waitingRows)} ${history.waitingRows === 1 ? 'row' : 'rows'}`}
      note={
        lost === 0
          ? 'behind; nothing was left out'
          : `${counted(history.shedTraces, 'trace')} left out, ${counted(history.rejectedRows, 'row')} refused`
      }
      tone={lost === 0 ? undefined : 'warn'}
      glyph="▲"
    />
  );
}

function Tile(props: {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly tone?: string | undefined;
  readonly glyph?: string;
}): JSX.Element {
  return (
    <div class={`tile ${props.tone ?? ''}`}>
      <span class="tile-name">{props.name}</span>
      <strong class="number">
        {props.tone !== undefined && <span aria-hidden="true">{props.glyph} </span>}
        {props.value}
      </strong>
      <span class="tile-note" title={props.note}>
        {props.note}
      </span>
    </div>
  );
}

function Waiting(): JSX.Element {
  return connection.value.state === 'lost' ? (
    <Blank title="The process does not answer">
      <p>This page tries again by itself. Is the application running, and is this its address?</p>
    </Blank>
  ) : (
    <Blank title="Connecting …">
      <p>Asking the process what runs in it.</p>
    </Blank>
  );
}
