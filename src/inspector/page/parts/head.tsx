import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { RunnerView, StoreView } from '../../api.js';
import { get } from '../client/api.js';
import { connection, hello, isSameRunner, runner } from '../client/live.js';
import { linkTo, route, type Screen } from '../client/route.js';
import { useFetched } from './fetched.js';
import { clock, moment } from './format.js';
import { onKeys } from './keys.js';
import { Pill } from './status.js';

const TABS: readonly (readonly [Screen, string])[] = [
  ['flow', 'Flow'],
  ['traces', 'Traces'],
  ['logs', 'Logs'],
  ['store', 'Store'],
];

export function Head(props: { readonly onHelp: () => void; readonly onSkip: () => void }): JSX.Element {
  const { screen } = route.value;
  const current = screen === 'trace' ? 'traces' : screen;
  const said = hello.value;
  return (
    <header class="head">
      <a
        class="skip"
        href={location.hash}
        onClick={(event) => {
          event.preventDefault();
          props.onSkip();
        }}
      >
        Skip to the content
      </a>
      <a class="brand" href={linkTo('flow')}>
        <Mark />
        <b>{said?.title ?? 'PenguiFlow'}</b>
      </a>
      <nav aria-label="Screens">
        {TABS.map(([tab, title]) => (
          <a key={tab} href={linkTo(tab)} aria-current={tab === current ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <div class="head-state">
        <ConnectionState />
        {said !== undefined && <Access actions={said.actions} subject={said.subject} />}
        <RunnerMenu />
        <button type="button" class="icon-button" aria-label="Keys" title="Keys (?)" onClick={props.onHelp}>
          ?
        </button>
      </div>
    </header>
  );
}

function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M6 10h7q4 0 4 6t4 6h5M17 16h9" />
      <circle cx="7" cy="10" r="3" />
      <circle cx="25" cy="16" r="3" />
      <circle class="spot" cx="25" cy="22" r="3" />
    </svg>
  );
}

function ConnectionState(): JSX.Element {
  const { state, heardMs, why } = connection.value;
  const words =
    state === 'live'
      ? 'live'
      : state === 'connecting'
        ? 'connecting'
        : heardMs === undefined
          ? 'cannot connect'
          : `disconnected since ${clock(heardMs)}`;
  return (
    <span class={`connection ${state}`} role="status" title={why}>
      <i aria-hidden="true" />
      {words}
      {why !== undefined && <span class="why">{why}</span>}
    </span>
  );
}

function Access(props: { readonly actions: readonly string[]; readonly subject: string | null }): JSX.Element {
  const who = props.subject === null ? '' : ` You are ${props.subject}.`;
  return props.actions.length === 0 ? (
    <Pill tone="quiet" glyph="◎" title={`Nothing can be cancelled or replayed here.${who}`}>
      read-only
    </Pill>
  ) : (
    <Pill tone="busy" glyph="◉" title={`You may ${props.actions.join(' and ')}.${who}`}>
      {`may ${props.actions.join(', ')}`}
    </Pill>
  );
}

/** The process whose numbers these are, and in a menu those of the store. */
function RunnerMenu(): JSX.Element | null {
  const [isOpen, setOpen] = useState(false);
  const menu = useRef<HTMLDetailsElement>(null);
  const now = runner.value;
  useEffect(() => {
    if (!isOpen) return;
    const close = (): void => {
      if (menu.current !== null) menu.current.open = false;
    };
    const closeOutside = (event: Event): void => {
      if (event.target instanceof Node && menu.current?.contains(event.target) === false) close();
    };
    document.addEventListener('pointerdown', closeOutside);
    const forget = onKeys((key) => {
      if (key === 'Escape') close();
      return key === 'Escape';
    });
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      forget();
    };
  }, [isOpen]);
  if (now === undefined) return null;
  return (
    <details class="menu" ref={menu} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary title={`Started ${moment(now.startedMs)}`}>
        <span class="visually-hidden">Process </span>
        {now.host} · {now.pid}
      </summary>
      <div class="menu-body">
        <p>
          This page shows pid {now.pid} on {now.host}, version {hello.value?.version ?? '?'}, started{' '}
          {moment(now.startedMs)}.
        </p>
        {isOpen && <Runners now={now} />}
      </div>
    </details>
  );
}

function Runners({ now }: { readonly now: RunnerView }): JSX.Element {
  const { value, error, isLoading } = useFetched('runners', (signal) => get<StoreView>('store', {}, signal));
  if (error !== undefined) return <p class="problem">{error}</p>;
  if (value === undefined || isLoading) return <p class="muted">Asking for the others …</p>;
  const others = value.runners.filter((each) => !isSameRunner(each, now));
  if (others.length === 0) return <p class="muted">The store knows no other.</p>;
  return (
    <>
      <p class="muted">In the same store:</p>
      <ul class="plain">
        {others.map((each) => (
          <li key={`${each.host} ${each.pid} ${each.startedMs}`}>
            pid {each.pid} on {each.host}, started {moment(each.startedMs)}
          </li>
        ))}
      </ul>
    </>
  );
}
