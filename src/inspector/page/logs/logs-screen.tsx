import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { LineView } from '../../api-live.js';
import { isLost, tail, tailLeftOut, tailPaused } from '../client/live.js';
import { linkTo } from '../client/route.js';
import { LEVELS, wantedLevel } from '../client/tail-level.js';
import { Blank } from '../parts/blank.js';
import { counted } from '../parts/format.js';
import { onKeys } from '../parts/keys.js';
import { LineRow } from '../parts/line-row.js';
import { Windowed } from '../parts/window.js';

/** Height of a line, as in the stylesheet. */
const ROW_HEIGHT = 26;

const nodeFilter = signal('');
const textFilter = signal('');

/** The lines of this process as they come. */
export function LogsScreen(): JSX.Element {
  const search = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const all = tail.value;
  const lines = filtered(all, nodeFilter.value, textFilter.value);
  const isPaused = tailPaused.value;

  useEffect(
    () =>
      onKeys((key) => {
        if (key !== '/') return false;
        search.current?.focus();
        return true;
      }),
    [],
  );
  // Whoever has scrolled up reads.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element !== null && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [lines.length, lines.at(-1)]);

  return (
    <section class={`card list-card ${isLost.value ? 'stale' : ''}`} aria-labelledby="logs">
      <header class="card-head">
        <h1 id="logs">Logs</h1>
        <span class="muted">of this process, as they come</span>
        <button type="button" aria-pressed={isPaused} onClick={() => (tailPaused.value = !isPaused)}>
          <span aria-hidden="true">{isPaused ? '▶' : '❚❚'}</span> {isPaused ? 'Go on' : 'Pause'}
        </button>
        <button type="button" onClick={() => (tail.value = [])}>
          Clear
        </button>
      </header>
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <div class="fields">
          <label>
            <span>Level</span>
            <select
              value={wantedLevel.value}
              onChange={(event) => {
                wantedLevel.value = event.currentTarget.value;
              }}
            >
              {LEVELS.map((level) => (
                <option key={level} value={level}>
                  {level === 'error' ? 'error only' : `${level} and above`}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>Node</span>
            <input
              type="search"
              value={nodeFilter.value}
              onInput={(event) => {
                nodeFilter.value = event.currentTarget.value;
              }}
            />
          </label>
          <label>
            <span>Text</span>
            <input
              type="search"
              placeholder="/"
              ref={search}
              value={textFilter.value}
              onInput={(event) => {
                textFilter.value = event.currentTarget.value;
              }}
            />
          </label>
        </div>
      </form>
      {lines.length === 0 ? (
        <Blank title={all.length === 0 ? 'No line yet' : 'No line is like that'}>
          <p>
            {all.length === 0
              ? 'Lines stand here as the process writes them. Those of a trace that has ended are with the trace.'
              : `${counted(all.length, 'line')} came, none with that node and text.`}
          </p>
        </Blank>
      ) : (
        <Windowed
          label="Lines"
          class="lines tall"
          count={lines.length}
          rowHeight={ROW_HEIGHT}
          scroller={scroller}
          onScroll={(element) => {
            isAtEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - ROW_HEIGHT;
          }}
          row={(index) => <TailRow line={lines[index]!} />}
        />
      )}
      <p class="muted padded number" role="status">
        {counted(lines.length, 'line')}
        {isPaused ? ', paused: what comes now is not shown' : ''}
        {tailLeftOut.value > 0 ? `, ${counted(tailLeftOut.value, 'line')} left out because there were too many` : ''}
      </p>
    </section>
  );
}

function TailRow({ line }: { readonly line: LineView }): JSX.Element {
  return line.traceId === null ? (
    <div class="line-row">
      <LineRow line={line} />
    </div>
  ) : (
    <a class="line-row" href={linkTo('traces', [], { id: line.traceId })}>
      <LineRow line={line} />
    </a>
  );
}

function filtered(lines: readonly LineView[], node: string, text: string): readonly LineView[] {
  if (node === '' && text === '') return lines;
  const [wantedNode, wantedText] = [node.toLowerCase(), text.toLowerCase()];
  return lines.filter(
    (line) =>
      (line.node ?? line.logger).toLowerCase().includes(wantedNode) &&
      `${line.message} ${line.fields ?? ''} ${line.traceId ?? ''}`.toLowerCase().includes(wantedText),
  );
}
