import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { hello, snapshot } from '../client/live.js';
import { goTo, linkTo, replaceLink, route } from '../client/route.js';
import { Blank } from '../parts/blank.js';
import { clock, counted, moment, whole } from '../parts/format.js';
import { onKeys } from '../parts/keys.js';
import { NARROW_PAGE, useMatch } from '../parts/use-match.js';
import { revealRow, Windowed } from '../parts/window.js';
import { Filters } from './filters.js';
import { linkOf, queryOf, type RunQuery } from './run-query.js';
import { RunRow, RunRowHead } from './run-row.js';
import { useRunSearch, type RunSearchState } from './run-search.js';

/** Heights of a row, as in the stylesheet. */
const ROW = { wide: 38, narrow: 78 };

export function TracesScreen(): JSX.Element {
  const query = queryOf(route.value.query);
  const search = useRunSearch(query);
  const searchField = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState(-1);
  // Keys may come faster than the screen is painted.
  const latest = useRef(-1);
  const choose = (index: number): void => {
    latest.current = index;
    setChosen(index);
  };
  const rowHeight = useMatch(NARROW_PAGE) ? ROW.narrow : ROW.wide;
  const { runs } = search;

  // On what the address says now: another field may have changed it since this was painted.
  const change = (changed: RunQuery): void => replaceLink(linkOf({ ...queryOf(route.peek().query), ...changed }));

  useEffect(() => choose(-1), [JSON.stringify(query)]);
  useEffect(() =>
    onKeys((key) => {
      if (key === '/') {
        searchField.current?.focus();
        searchField.current?.select();
      } else if (key === 'j' || key === 'k') {
        const next = Math.max(0, Math.min(runs.length - 1, latest.current + (key === 'j' ? 1 : -1)));
        choose(next);
        revealRow(scroller.current, next, rowHeight);
      } else if (key === 'Enter' && runs[latest.current] !== undefined) {
        goTo(linkTo('trace', [String(runs[latest.current]!.id)]));
      } else return false;
      return true;
    }),
  );

  return (
    <section class="card list-card" aria-labelledby="traces">
      <header class="card-head">
        <h1 id="traces">Traces</h1>
        <Count search={search} />
        <News search={search} />
      </header>
      <Filters
        query={query}
        byStatus={search.last?.byStatus ?? null}
        found={runs.map(({ flow }) => flow)}
        onChange={change}
        searchField={searchField}
      />
      {search.error !== undefined && (
        <p class="problem padded" role="alert">
          {search.error}{' '}
          <button type="button" onClick={search.again}>
            Try again
          </button>
        </p>
      )}
      {runs.length === 0 && !search.isLoading && search.error === undefined ? (
        <Nothing query={query} />
      ) : (
        <div class={search.isLoading ? 'loading' : undefined}>
          <RunRowHead />
          <Windowed
            label="Traces"
            class="runs"
            count={runs.length}
            rowHeight={rowHeight}
            scroller={scroller}
            onEnd={search.more}
            row={(index) => <RunRow run={runs[index]!} isChosen={index === chosen} />}
          />
        </div>
      )}
      <SearchedTo search={search} />
    </section>
  );
}

function Count({ search: { last, runs, isLoading } }: { readonly search: RunSearchState }): JSX.Element {
  const count = last?.count ?? null;
  const text =
    last === undefined
      ? 'searching …'
      : count === null
        ? `${counted(runs.length, 'trace')}${last.cursor === null ? '' : ', and more'}`
        : `${count.exact ? '' : 'about '}${counted(count.runs, 'trace')}`;
  return (
    <span class="muted number" role="status">
      {text}
      {isLoading && last !== undefined ? ' …' : ''}
    </span>
  );
}

/** How many have begun since: the list does not move under the reader's hand. */
function News({ search }: { readonly search: RunSearchState }): JSX.Element | null {
  const started = useComputed(() => snapshot.value?.flows.reduce((sum, flow) => sum + flow.started, 0)).value;
  const base = useRef<{ askedMs: number; started: number } | undefined>(undefined);
  if (started !== undefined && base.current?.askedMs !== search.askedMs)
    base.current = { askedMs: search.askedMs, started };
  const fresh = started === undefined || base.current === undefined ? 0 : started - base.current.started;
  if (fresh <= 0) return null;
  // How many the others have begun is no news for whoever sees some tenants only.
  const isLimited = (hello.value?.tenants ?? null) !== null;
  return (
    <button
      type="button"
      class="news"
      onClick={search.again}
      title={`Since ${clock(search.askedMs)}, whatever the filters say`}
    >
      <span aria-hidden="true">↻</span> {isLimited ? 'Look again' : `${whole(fresh)} new`}
    </button>
  );
}

function SearchedTo({ search: { last, isLoading, more } }: { readonly search: RunSearchState }): JSX.Element | null {
  if (last === undefined || last.searchedToMs === null) return null;
  return (
    <p class="padded searched">
      Searched back to {moment(last.searchedToMs)}.{' '}
      {last.cursor !== null && (
        <button type="button" onClick={more} disabled={isLoading}>
          Search further
        </button>
      )}
    </p>
  );
}

function Nothing({ query }: { readonly query: RunQuery }): JSX.Element {
  if (hello.value?.history === 'none') {
    return (
      <Blank title="Nothing is recorded">
        <p>
          This inspector was made with <code>record: false</code> and no history, so that no trace is kept.
        </p>
      </Blank>
    );
  }
  return Object.keys(query).length > 0 ? (
    <Blank title="No trace is like that">
      <p>All that is given must hold. Take a filter away, or give a longer time.</p>
    </Blank>
  ) : (
    <Blank title="No trace yet">
      <p>The first one stands here as soon as a flow has begun it.</p>
    </Blank>
  );
}
