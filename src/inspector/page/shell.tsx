import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { goTo, linkTo, route, type Screen } from './client/route.js';
import { formerRunner, hello, lastAction, runner } from './client/live.js';
import { refusedToken } from './client/session.js';
import { FlowScreen } from './flow/flow-screen.js';
import { LogsScreen } from './logs/logs-screen.js';
import { clock, moment } from './parts/format.js';
import { onKeys } from './parts/keys.js';
import { Head } from './parts/head.js';
import { KeyHelp } from './parts/key-help.js';
import { TokenPage } from './parts/token-page.js';
import { StoreScreen } from './store/store-screen.js';
import { TraceScreen } from './trace/trace-screen.js';
import { TracesScreen } from './traces/traces-screen.js';

const SCREENS: Readonly<Record<Screen, () => JSX.Element>> = {
  flow: FlowScreen,
  traces: TracesScreen,
  trace: TraceScreen,
  logs: LogsScreen,
  store: StoreScreen,
};

const TITLES: Readonly<Record<Screen, string>> = {
  flow: 'Flow',
  traces: 'Traces',
  trace: 'Trace',
  logs: 'Logs',
  store: 'Store',
};

const GOES: Readonly<Record<string, Screen>> = { 'g f': 'flow', 'g t': 'traces', 'g l': 'logs', 'g s': 'store' };

/** The head, and below it the screen of the address. */
export function Shell(): JSX.Element {
  const [isHelping, setHelping] = useState(false);
  const main = useRef<HTMLElement>(null);
  const { screen } = route.value;
  const Screen = SCREENS[screen];
  const title = hello.value?.title ?? 'PenguiFlow';

  useEffect(
    () =>
      onKeys((key) => {
        const target = GOES[key];
        if (target !== undefined) goTo(linkTo(target));
        else if (key === '?') setHelping(true);
        else return false;
        return true;
      }),
    [],
  );
  useEffect(() => {
    document.title = `${TITLES[screen]} · ${title}`;
  }, [screen, title]);

  if (refusedToken.value !== undefined) return <TokenPage />;
  return (
    <>
      <Head onHelp={() => setHelping(true)} onSkip={() => main.current?.focus()} />
      <Notices />
      <main ref={main} tabIndex={-1} aria-label={TITLES[screen]}>
        <Screen />
      </main>
      {isHelping && <KeyHelp onClose={() => setHelping(false)} />}
    </>
  );
}

/** What happened that whoever looks has to know: another process, an action of somebody. */
function Notices(): JSX.Element {
  const former = formerRunner.value;
  const now = runner.value;
  const action = lastAction.value;
  return (
    <div class="notices" role="status">
      {former !== undefined && now !== undefined && (
        <p class="notice warn">
          <span>
            <b aria-hidden="true">↻</b> This is another process now: pid {now.pid} on {now.host}, started{' '}
            {moment(now.startedMs)}. Until then it was pid {former.pid} on {former.host}; its numbers are gone from this
            page.
          </span>
          <button type="button" onClick={() => (formerRunner.value = undefined)}>
            Got it
          </button>
        </p>
      )}
      {action !== undefined && (
        <p class="notice">
          <span>
            {clock(action.atMs)} {action.subject ?? 'Somebody'} {action.action === 'cancel' ? 'cancelled' : 'replayed'}{' '}
            <span class="mono">{action.traceId}</span> of {action.flow}.
          </span>
          <button type="button" onClick={() => (lastAction.value = undefined)}>
            Close
          </button>
        </p>
      )}
    </div>
  );
}
