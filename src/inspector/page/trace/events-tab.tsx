import type { JSX } from 'preact';
import type { RunView } from '../../api.js';
import { duration, preciseClock } from '../parts/format.js';
import { Windowed } from '../parts/window.js';

/** Height of a row, as in the stylesheet. */
const ROW_HEIGHT = 26;

export function EventsTab(props: {
  readonly view: RunView;
  readonly chosen: number | undefined;
  readonly onChoose: (seq: number | undefined) => void;
}): JSX.Element {
  const { events, run } = props.view;
  if (events.length === 0) return <p class="muted padded">No event is recorded for this run.</p>;
  return (
    <Windowed
      label="Events of the trace"
      class="lines"
      count={events.length}
      rowHeight={ROW_HEIGHT}
      row={(index) => {
        const { atMs, type, node, attemptSeq, detail } = events[index]!;
        const text = detail ?? '';
        return (
          <button
            type="button"
            class={`line-row event-row ${attemptSeq !== null && attemptSeq === props.chosen ? 'marked' : ''}`}
            onClick={() => attemptSeq !== null && props.onChoose(attemptSeq)}
          >
            <span class="number muted line-time" title={preciseClock(atMs)}>
              +{duration(Math.max(0, atMs - run.startedMs))}
            </span>
            <span class="mono event-type">{type}</span>
            <span class="line-node">{node ?? ''}</span>
            <span class="line-text mono muted" title={text}>
              {text}
            </span>
          </button>
        );
      }}
    />
  );
}
