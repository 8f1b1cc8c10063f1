import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Answered, LineList, RunView } from '../../api.js';
import type { LineView } from '../../api-live.js';
import { get, textOf } from '../client/api.js';
import { LineRow } from '../parts/line-row.js';
import { revealRow, Windowed } from '../parts/window.js';
import type { AttemptBar } from './attempt-bars.js';

/** Height of a line, as in the stylesheet. */
const ROW_HEIGHT = 26;
const PAGE = '500';

/** The lines of a run, in step with the waterfall: those of the attempt that is looked at stand out. */
export function LogsTab(props: {
  readonly view: RunView;
  readonly bar: AttemptBar | undefined;
  readonly onPoint: (line: LineView) => void;
}): JSX.Element {
  const { view, bar } = props;
  const [more, setMore] = useState<LineList>({ lines: [], cursor: view.lines.cursor });
  const [error, setError] = useState<string | undefined>(undefined);
  const isAsking = useRef(false);
  const scroller = useRef<HTMLDivElement>(null);
  const lines = more.lines.length === 0 ? view.lines.lines : [...view.lines.lines, ...more.lines];
  const first = bar === undefined ? -1 : lines.findIndex((line) => isOf(line, bar));

  useEffect(() => {
    if (first !== -1) revealRow(scroller.current, first, ROW_HEIGHT);
  }, [bar?.attempt.seq]);

  async function ask(): Promise<void> {
    const cursor = more.lines.length === 0 ? view.lines.cursor : more.cursor;
    if (cursor === null || isAsking.current) return;
    isAsking.current = true;
    try {
      const next = await get<LineList & Answered>(`runs/${view.run.id}/lines`, { cursor, limit: PAGE });
      setMore({ lines: [...more.lines, ...next.lines], cursor: next.cursor });
    } catch (thrown) {
      setError(textOf(thrown));
    }
    isAsking.current = false;
  }

  if (lines.length === 0) return <p class="muted padded">No line is recorded for this run.</p>;
  return (
    <>
      <Windowed
        label="Lines of the trace"
        class="lines"
        count={lines.length}
        rowHeight={ROW_HEIGHT}
        scroller={scroller}
        onEnd={() => void ask()}
        row={(index) => {
          const line = lines[index]!;
          return (
            <button
              type="button"
              class={`line-row ${bar !== undefined && isOf(line, bar) ? 'marked' : ''}`}
              onClick={() => props.onPoint(line)}
            >
              <LineRow line={line} />
            </button>
          );
        }}
      />
      {error !== undefined && <p class="problem padded">{error}</p>}
    </>
  );
}

/** Lines bear whole milliseconds. */
function isOf({ node, atMs }: LineView, { attempt }: AttemptBar): boolean {
  if (node !== attempt.node || atMs < Math.floor(attempt.startedMs)) return false;
  return attempt.endedMs === null || atMs <= Math.ceil(attempt.endedMs);
}
