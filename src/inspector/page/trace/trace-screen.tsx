import type { JSX } from 'preact';
import { useEffect, useMemo, useState, useRef } from 'preact/hooks';
import type { RunView } from '../../api.js';
import { get } from '../client/api.js';
import { isLost } from '../client/live.js';
import { goTo, linkTo, replaceLink, route } from '../client/route.js';
import { Blank } from '../parts/blank.js';
import { useFetched } from '../parts/fetched.js';
import { onKeys } from '../parts/keys.js';
import { attemptBars } from './attempt-bars.js';
import { AttemptDetail } from './attempt-detail.js';
import { EventsTab } from './events-tab.js';
import { JsonTab } from './json-tab.js';
import { LogsTab } from './logs-tab.js';
import { PayloadsTab } from './payloads-tab.js';
import { TraceHead } from './trace-head.js';
import { Waterfall } from './waterfall.js';

/** What runs is asked for again so often. */
const RUNNING_MS = 2_000;

const TABS = [
  ['logs', 'Logs'],
  ['payloads', 'Payloads'],
  ['events', 'Events'],
  ['json', 'JSON'],
] as const;

export function TraceScreen(): JSX.Element {
  const [id = ''] = route.value.parts;
  const { value, error, again } = useFetched(id, (signal) =>
    get<RunView>(`runs/${encodeURIComponent(id)}`, {}, signal),
  );
  const isRunning = value?.run.status === 'running';
  const isGone = isLost.value;
  useEffect(() => {
    if (!isRunning || isGone) return;
    const timer = setTimeout(again, RUNNING_MS);
    return () => clearTimeout(timer);
  }, [value, isRunning, isGone]);

  if (value === undefined) {
    return error === undefined ? (
      <Blank title="Reading the trace …">
        <p>It comes with its attempts, events and lines.</p>
      </Blank>
    ) : (
      <Blank title="That trace cannot be shown">
        <p class="problem" role="alert">
          {error}
        </p>
        <p>
          <a href={linkTo('traces')}>All traces</a>
        </p>
      </Blank>
    );
  }
  return <OneTrace key={id} view={value} onChanged={again} />;
}

function OneTrace({ view, onChanged }: { readonly view: RunView; readonly onChanged: () => void }): JSX.Element {
  const { query } = route.value;
  const tab = query.get('tab') ?? 'logs';
  const [chosen, setChosen] = useState<number | undefined>(() => firstFailed(view));
  const [cursorMs, setCursor] = useState<number | undefined>(undefined);
  const bars = useMemo(() => attemptBars(view.run, view.attempts, view.picture, Date.now()), [view]);
  const bar = bars.bars.find(({ attempt }) => attempt.seq === chosen);
  const counts: Readonly<Record<string, number | undefined>> = {
    payloads: view.messages.length,
    events: view.events.length,
  };

  // Keys may come faster than the screen is painted.
  const latest = useRef(chosen);
  latest.current = chosen;
  useEffect(() =>
    onKeys((key) => {
      if (key !== 'Escape') return false;
      if (latest.current === undefined) goTo(linkTo('traces'));
      latest.current = undefined;
      setChosen(undefined);
      return true;
    }),
  );

  return (
    <>
      <TraceHead view={view} onChanged={onChanged} />
      <section class="card" aria-label="Attempts">
        {view.attempts.length === 0 ? (
          <p class="muted padded">No attempt is recorded: nothing ran yet, or the run was left out.</p>
        ) : (
          <Waterfall bars={bars} chosen={chosen} cursorMs={cursorMs} onChoose={setChosen} />
        )}
        {view.cut && <p class="padded warn">▲ There is more than this page shows: the rest is in the store.</p>}
        {bar !== undefined && <AttemptDetail view={view} bar={bar} onClose={() => setChosen(undefined)} />}
      </section>
      <section class="card" aria-label="Details">
        <div class="tabs in-card" role="tablist" aria-label="Details">
          {TABS.map(([name, title]) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-controls="tab-panel"
              aria-selected={name === tab}
              onClick={() => replaceLink(linkTo('trace', [String(view.run.id)], { tab: name }))}
            >
              {title}
              {counts[name] !== undefined && <span class="number muted"> {counts[name]}</span>}
            </button>
          ))}
        </div>
        <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
          {tab === 'payloads' ? (
            <PayloadsTab view={view} messageId={bar?.attempt.messageId ?? undefined} />
          ) : tab === 'events' ? (
            <EventsTab view={view} chosen={chosen} onChoose={setChosen} />
          ) : tab === 'json' ? (
            <JsonTab view={view} />
          ) : (
            <LogsTab
              view={view}
              bar={bar}
              onPoint={(line) => {
                setCursor(line.atMs - view.run.startedMs);
                const seq = attemptAt(view, line.node, line.atMs);
                if (seq !== undefined) setChosen(seq);
              }}
            />
          )}
        </div>
      </section>
    </>
  );
}

/** The attempt that says why: the last one that failed. */
function firstFailed({ run, attempts }: RunView): number | undefined {
  if (run.status === 'succeeded' || run.status === 'running') return undefined;
  const failed = attempts.findLast(
    ({ outcome, node }) => (outcome === 'failed' || outcome === 'timeout') && (run.errorNode ?? node) === node,
  );
  return failed?.seq;
}

/** The attempt of a node that ran at a moment. */
function attemptAt({ attempts }: RunView, node: string | null, atMs: number): number | undefined {
  const ofNode = attempts.filter((attempt) => attempt.node === node && Math.floor(attempt.startedMs) <= atMs);
  return ofNode.findLast(({ endedMs }) => endedMs === null || Math.ceil(endedMs) >= atMs)?.seq ?? ofNode.at(-1)?.seq;
}
