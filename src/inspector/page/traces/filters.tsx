import type { JSX, RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { pictures } from '../client/live.js';
import { whole } from '../parts/format.js';
import { lookOf, STATUSES } from '../parts/status.js';
import { FIELDS, localTime, timeOf, type RunQuery } from './run-query.js';

/** Typing is a search when it has stopped for so long. */
const TYPING_MS = 250;

const RANGES = [
  ['5 min', 5 * 60_000],
  ['1 h', 3_600_000],
  ['24 h', 86_400_000],
] as const;

export function Filters(props: {
  readonly query: RunQuery;
  readonly byStatus: Readonly<Record<string, number>> | null;
  /** Flows of the runs that were found: the store may have those of other processes. */
  readonly found: readonly string[];
  readonly onChange: (change: RunQuery) => void;
  readonly searchField: RefObject<HTMLInputElement | null>;
}): JSX.Element {
  const { query, byStatus, onChange } = props;
  const flows = pictures.value?.map(({ name }) => name) ?? [];
  const others = FIELDS.slice(2);
  const isOpen =
    others.some(({ name }) => query[name] !== undefined) || query['from'] !== undefined || query['to'] !== undefined;
  const known = byStatus === null ? 0 : Object.values(byStatus).reduce((sum, count) => sum + count, 0);
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <div class="chips" role="group" aria-label="Status">
        <StatusChip
          status=""
          word="all"
          count={byStatus === null ? undefined : known}
          query={query}
          onChange={onChange}
        />
        {STATUSES.filter(
          (status) => byStatus === null || (byStatus[status] ?? 0) > 0 || query['status'] === status,
        ).map((status) => (
          <StatusChip
            key={status}
            status={status}
            word={lookOf(status).word}
            count={byStatus === null ? undefined : (byStatus[status] ?? 0)}
            query={query}
            onChange={onChange}
          />
        ))}
      </div>
      <div class="fields">
        {FIELDS.slice(0, 2).map((field, index) => (
          <TextFilter
            key={field.name}
            {...field}
            value={query[field.name] ?? ''}
            onChange={onChange}
            {...(index === 0 ? { field: props.searchField } : {})}
          />
        ))}
        <label>
          <span>Flow</span>
          <select value={query['flow'] ?? ''} onChange={(event) => onChange({ flow: event.currentTarget.value })}>
            <option value="">all</option>
            {[...new Set([...flows, ...props.found, ...(query['flow'] === undefined ? [] : [query['flow']])])].map(
              (name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ),
            )}
          </select>
        </label>
      </div>
      <details class="more-filters" open={isOpen}>
        <summary>More filters</summary>
        <div class="fields">
          {others.map((field) => (
            <TextFilter key={field.name} {...field} value={query[field.name] ?? ''} onChange={onChange} />
          ))}
          {(['from', 'to'] as const).map((name) => (
            <label key={name}>
              <span>{name === 'from' ? 'Started after' : 'Started before'}</span>
              <input
                type="datetime-local"
                step="1"
                name={name}
                value={localTime(query[name])}
                onChange={(event) => onChange({ [name]: timeOf(event.currentTarget.value) })}
              />
            </label>
          ))}
          <div class="ranges" role="group" aria-label="Started in the last">
            {RANGES.map(([title, ms]) => (
              <button key={title} type="button" onClick={() => onChange({ from: String(Date.now() - ms), to: '' })}>
                last {title}
              </button>
            ))}
          </div>
        </div>
      </details>
      {Object.keys(query).length > 0 && (
        <button
          type="button"
          class="clear"
          onClick={() => onChange(Object.fromEntries(Object.keys(query).map((name) => [name, ''])))}
        >
          Clear all filters
        </button>
      )}
    </form>
  );
}

function StatusChip(props: {
  readonly status: string;
  readonly word: string;
  readonly count: number | undefined;
  readonly query: RunQuery;
  readonly onChange: (change: RunQuery) => void;
}): JSX.Element {
  const { status, word, count, query } = props;
  const { glyph, tone } = lookOf(status);
  return (
    <button
      type="button"
      class={`chip ${status === '' ? 'quiet' : tone}`}
      aria-pressed={(query['status'] ?? '') === status}
      onClick={() => props.onChange({ status })}
    >
      {status !== '' && <span aria-hidden="true">{glyph} </span>}
      {word}
      {count !== undefined && <span class="number"> {whole(count)}</span>}
    </button>
  );
}

function TextFilter(props: {
  readonly name: string;
  readonly title: string;
  readonly isCode: boolean;
  readonly value: string;
  readonly onChange: (change: RunQuery) => void;
  readonly field?: RefObject<HTMLInputElement | null>;
}): JSX.Element {
  const { name, title, value, onChange } = props;
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // What the address says counts, once nobody types.
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  function typed(next: string): void {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange({ [name]: next.trim() }), TYPING_MS);
  }
  return (
    <label>
      <span>{title}</span>
      <input
        type="search"
        name={name}
        {...(props.field === undefined ? {} : { ref: props.field })}
        class={props.isCode ? 'mono' : undefined}
        value={text}
        spellcheck={false}
        autocomplete="off"
        inputMode={name === 'minMs' ? 'numeric' : undefined}
        placeholder={props.field === undefined ? undefined : '/'}
        onInput={(event) => typed(event.currentTarget.value)}
      />
    </label>
  );
}
