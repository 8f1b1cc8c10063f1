import type { JSX } from 'preact';
import type { StoreView } from '../../api.js';
import type { LiveHistory } from '../../api-live.js';
import { get } from '../client/api.js';
import { isLost, isSameRunner, runner, snapshot } from '../client/live.js';
import { linkTo } from '../client/route.js';
import { Blank } from '../parts/blank.js';
import { useFetched } from '../parts/fetched.js';
import { bytes, duration, moment, whole } from '../parts/format.js';
import { Pill } from '../parts/status.js';

const MODES: Readonly<Record<StoreView['history'], string>> = {
  memory: 'in memory: it ends with the process',
  store: 'in a store',
  none: 'nothing is recorded',
};

/** Where traces are kept, and how that goes. */
export function StoreScreen(): JSX.Element {
  const { value, error, isLoading, again } = useFetched('store', (signal) => get<StoreView>('store', {}, signal));
  if (value === undefined) {
    return error === undefined ? (
      <Blank title="Asking the store …">
        <p>Counting may take a moment.</p>
      </Blank>
    ) : (
      <Blank title="The store does not answer">
        <p class="problem" role="alert">
          {error}
        </p>
        <button type="button" onClick={again}>
          Try again
        </button>
      </Blank>
    );
  }
  // What the stream says is newer.
  const live = snapshot.value?.history ?? value.live;
  return (
    <div class={isLost.value ? 'stale' : undefined}>
      <section class="card" aria-labelledby="store">
        <header class="card-head">
          <h1 id="store">Store</h1>
          <span class="muted">{MODES[value.history]}</span>
          <Health live={live} />
          <button type="button" onClick={again} disabled={isLoading}>
            Count again
          </button>
        </header>
        <dl class="facts wide padded">
          <Fact name="Traces" value={known(value.runs)} />
          <Fact name="Running" value={known(value.running)} href={linkTo('traces', [], { status: 'running' })} />
          <Fact
            name="Interrupted"
            value={known(value.interrupted)}
            {...(value.interrupted === 0 ? {} : { href: linkTo('traces', [], { status: 'interrupted' }) })}
          />
          <Fact name="Kept for good" value={known(value.pinned)} />
          <Fact name="Attempts" value={known(value.attempts)} />
          <Fact name="Payloads" value={known(value.payloadBytes, bytes)} />
          <Fact name="Size" value={known(value.bytes, bytes)} />
          <Fact name="Batches" value={known(value.batches)} />
          <Fact name="Corrected claims" value={known(value.correctedClaims)} />
        </dl>
        {value.runs === null && (
          <p class="muted padded">The store counts all tenants together, so its figures are for those who see all.</p>
        )}
        <h2 class="padded">Between the flow and the store</h2>
        <dl class="facts wide padded">
          <Fact name="Rows that wait" value={whole(live.waitingRows)} />
          <Fact name="Traces left out" value={whole(live.shedTraces)} isBad={live.shedTraces > 0} />
          <Fact name="Rows refused" value={whole(live.rejectedRows)} isBad={live.rejectedRows > 0} />
        </dl>
      </section>
      {value.settings.length > 0 && (
        <section class="card" aria-labelledby="kept">
          <header class="card-head">
            <h2 id="kept">What is kept</h2>
          </header>
          <dl class="facts wide padded">
            {value.settings.map(({ name, value: text }) => (
              <Fact key={name} name={name} value={settingSaid(name, text)} />
            ))}
          </dl>
          {value.settings.every(({ name }) => !name.startsWith('keep.')) && (
            <p class="muted padded">
              {value.history === 'memory'
                ? 'The last 1,000 traces are kept, as long as the process lives.'
                : 'The history deletes nothing by itself: none of the options of keep is set.'}
            </p>
          )}
        </section>
      )}
      <Runners value={value} />
    </div>
  );
}

/** As the options of a history are named: sizes end in `Bytes`, durations in `S` or `Ms`. */
function settingSaid(name: string, text: string): string {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) return text === 'true' ? 'yes' : text === 'false' ? 'no' : text;
  if (name.endsWith('Bytes')) return bytes(value);
  if (name.endsWith('Ms')) return duration(value);
  return name.endsWith('S') ? duration(value * 1_000) : whole(value);
}

/** A dash for what is not told. */
function known(value: number | null, said: (value: number) => string = whole): string {
  return value === null ? '–' : said(value);
}

function Health({ live }: { readonly live: LiveHistory }): JSX.Element {
  if (live.degraded !== null) {
    return (
      <Pill tone="bad" glyph="✕" title={live.degraded}>
        {`degraded: ${live.degraded}`}
      </Pill>
    );
  }
  return (
    <Pill tone="good" glyph="✓">
      takes everything
    </Pill>
  );
}

function Runners({ value }: { readonly value: StoreView }): JSX.Element {
  const now = runner.value;
  return (
    <section class="card" aria-labelledby="runners">
      <header class="card-head">
        <h2 id="runners">Processes</h2>
      </header>
      <div class="scroll-x" tabIndex={0} role="group" aria-label="Processes">
        <table>
          <thead>
            <tr>
              <th scope="col">Host</th>
              <th scope="col" class="number">
                Pid
              </th>
              <th scope="col" class="number">
                Started
              </th>
              <th scope="col" class="number">
                Number
              </th>
              <th scope="col">
                <span class="visually-hidden">Which</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {value.runners.map((each) => (
              <tr key={`${each.host} ${each.pid} ${each.startedMs}`}>
                <td>{each.host}</td>
                <td class="number">{each.pid}</td>
                <td class="number">{moment(each.startedMs)}</td>
                <td class="number">{each.runner ?? '–'}</td>
                <td>{now !== undefined && isSameRunner(each, now) && <b>this page</b>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Fact(props: {
  readonly name: string;
  readonly value: string;
  readonly href?: string;
  readonly isBad?: boolean;
}): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd class={props.isBad === true ? 'number warn' : 'number'}>
        {props.isBad === true && <span aria-hidden="true">▲ </span>}
        {props.href === undefined ? props.value : <a href={props.href}>{props.value}</a>}
      </dd>
    </div>
  );
}
