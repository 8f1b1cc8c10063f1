import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { duration } from '../parts/format.js';
import { onKeys } from '../parts/keys.js';
import { NARROW_PAGE, useMatch } from '../parts/use-match.js';
import { revealRow, Windowed } from '../parts/window.js';
import type { AttemptBars } from './attempt-bars.js';
import { timeScale, type Span } from './time-scale.js';
import { useTimeSelection } from './time-selection.js';
import { WaterfallAxis, WaterfallGrid } from './waterfall-axis.js';
import { WaterfallRow } from './waterfall-row.js';

/** Height of a row, as in the stylesheet. */
const ROW_HEIGHT = 28;
/** A label of the axis has so much room, in pixels. */
const TICK_ROOM = 90;
const STEP = 2;
const SHORTEST_VIEW_MS = 0.01;

/** All attempts of a run against time: hatched = in a queue, plain track = backoff, solid = `process`. */
export function Waterfall(props: {
  readonly bars: AttemptBars;
  /** `seq` of the attempt that is looked at. */
  readonly chosen: number | undefined;
  /** Where a log line points to, in milliseconds after the start. */
  readonly cursorMs: number | undefined;
  readonly onChoose: (seq: number | undefined) => void;
}): JSX.Element {
  const { bars, whole, busy } = props.bars;
  const [zoom, setZoom] = useState<Span | undefined>(undefined);
  const [isFolding, setFolding] = useState(true);
  const [trackWidth, setTrackWidth] = useState(600);
  const frame = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useMatch(NARROW_PAGE);
  const view = zoom ?? whole;
  const scale = useMemo(() => timeScale(view, busy, isFolding), [view.fromMs, view.toMs, busy, isFolding]);
  const selection = useTimeSelection(frame, scale, setZoom);

  useLayoutEffect(() => {
    const measure = (): void => {
      const track = frame.current!.querySelector('.wf-plot');
      if (track !== null) setTrackWidth(track.clientWidth);
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(frame.current!);
    return () => watch.disconnect();
  }, []);

  const zoomBy = (factor: number): void => {
    const middle = scale.momentAt(0.5);
    const half = Math.max(SHORTEST_VIEW_MS, (view.toMs - view.fromMs) / factor / 2);
    const next = { fromMs: Math.max(whole.fromMs, middle - half), toMs: Math.min(whole.toMs, middle + half) };
    setZoom(next.fromMs <= whole.fromMs && next.toMs >= whole.toMs ? undefined : next);
  };

  const index = bars.findIndex(({ attempt }) => attempt.seq === props.chosen);
  // Keys may come faster than the screen is painted.
  const latest = useRef(index);
  latest.current = index;
  useEffect(() => {
    if (index !== -1) revealRow(scroller.current, index, ROW_HEIGHT);
  }, [index]);
  useEffect(() =>
    onKeys((key) => {
      if (key === 'j' || key === 'k') {
        const next = Math.max(0, Math.min(bars.length - 1, latest.current + (key === 'j' ? 1 : -1)));
        latest.current = next;
        props.onChoose(bars[next]?.attempt.seq);
      } else if (key === '+' || key === '=') zoomBy(STEP);
      else if (key === '-') zoomBy(1 / STEP);
      else if (key === '0') setZoom(undefined);
      else if (key === 'Escape' && zoom !== undefined) setZoom(undefined);
      else return false;
      return true;
    }),
  );

  const ticks = scale.ticks(Math.max(2, Math.floor(trackWidth / TICK_ROOM)));
  return (
    <div class={`waterfall ${isNarrow ? 'narrow' : ''}`} ref={frame}>
      <div class="wf-tools">
        <Legend hasTimeout={bars.some(({ timeoutMs }) => timeoutMs !== undefined)} />
        <div class="buttons" role="group" aria-label="Time that is shown">
          {scale.folds.length > 0 || !isFolding ? (
            <button type="button" aria-pressed={isFolding} onClick={() => setFolding(!isFolding)}>
              Fold idle time
            </button>
          ) : null}
          <button type="button" aria-label="Zoom out" onClick={() => zoomBy(1 / STEP)} disabled={zoom === undefined}>
            −
          </button>
          <button type="button" aria-label="Zoom in" onClick={() => zoomBy(STEP)}>
            +
          </button>
          <button type="button" onClick={() => setZoom(undefined)} disabled={zoom === undefined}>
            All
          </button>
        </div>
      </div>
      <div
        class="wf-frame"
        onPointerDown={selection.onPointerDown}
        onPointerMove={selection.onPointerMove}
        onPointerUp={selection.onPointerUp}
        onPointerCancel={selection.onPointerCancel}
        onClickCapture={selection.onClickCapture}
        onDblClick={() => setZoom(undefined)}
      >
        <Windowed
          label={`${bars.length} attempts, ${duration(view.toMs - view.fromMs)} shown`}
          class="wf-rows"
          count={bars.length}
          rowHeight={ROW_HEIGHT}
          scroller={scroller}
          head={<WaterfallAxis scale={scale} ticks={ticks} width={trackWidth} />}
          behind={<WaterfallGrid scale={scale} ticks={ticks} cursorMs={props.cursorMs} selected={selection.selected} />}
          row={(each) => (
            <WaterfallRow
              bar={bars[each]!}
              scale={scale}
              trackWidth={trackWidth}
              isChosen={each === index}
              onChoose={props.onChoose}
            />
          )}
        />
      </div>
      {zoom !== undefined && (
        <p class="muted wf-said" role="status">
          Showing {duration(view.toMs - view.fromMs)} of {duration(whole.toMs - whole.fromMs)}, from{' '}
          {duration(view.fromMs)}.
        </p>
      )}
      {scale.folds.length > 0 && (
        <p class="muted wf-said">
          Folded:{' '}
          {scale.folds
            .map(({ fromMs, toMs }) => `${duration(toMs - fromMs)} idle after ${duration(fromMs)}`)
            .slice(0, 6)
            .join('; ')}
          .
        </p>
      )}
    </div>
  );
}

function Legend({ hasTimeout }: { readonly hasTimeout: boolean }): JSX.Element {
  return (
    <ul class="wf-legend">
      <li>
        <i class="wf-queue" aria-hidden="true" /> in the queue
      </li>
      <li>
        <i class="wf-process good" aria-hidden="true" /> process
      </li>
      <li>
        <i class="wf-backoff" aria-hidden="true" /> backoff
      </li>
      {hasTimeout && (
        <li>
          <i class="wf-timeout" aria-hidden="true" /> timeout
        </li>
      )}
    </ul>
  );
}
