import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { FlowPicture } from '../../api.js';
import type { LiveFlow, LiveNode } from '../../api-live.js';
import { linkTo } from '../client/route.js';
import { compact, duration, perSecond } from '../parts/format.js';
import { layOut, type Box, type Laid, type Line } from './graph-layout.js';
import { fillOf, isCrowded, marksOf, sentenceOf } from './node-state.js';

/** Narrower than this the graph goes downwards. */
const NARROW = 620;
/** More nodes than this get small boxes. */
const MOST_FULL = 16;
/** Smaller text cannot be read: from here on the graph scrolls. */
const SMALLEST = { full: 0.68, dense: 0.64 };
const STEP = 1.25;

/** The graph: boxes with what happens in them now, and lines between them. */
export function FlowGraph(props: {
  readonly picture: FlowPicture;
  readonly live: LiveFlow | undefined;
  readonly chosen: string | undefined;
}): JSX.Element {
  const { picture, live, chosen } = props;
  const frame = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  const zoom = useSignal<number | undefined>(undefined);
  const shown = useSignal(picture);
  shown.value = picture;
  const isDense = picture.nodes.length > MOST_FULL;
  const laid = useComputed(() =>
    layOut(shown.value, {
      direction: width.value < NARROW ? 'TB' : 'LR',
      isDense: shown.value.nodes.length > MOST_FULL,
    }),
  );

  useLayoutEffect(() => {
    const element = frame.current!;
    const measure = (): void => {
      width.value = element.clientWidth;
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  const entry =
    laid.value.boxes.find(({ name }) => name === chosen) ??
    laid.value.boxes.find(({ name }) => picture.nodes.some((node) => node.ingress && node.name === name));
  const shownScale = useRef(1);
  // Where it has to be scrolled it begins with the node that is looked at, else with where runs come in.
  useLayoutEffect(() => {
    const element = frame.current!;
    if (entry !== undefined) {
      element.scrollLeft = (entry.x + entry.width / 2) * shownScale.current - element.clientWidth / 2;
    }
  }, [laid.value, chosen]);

  const smallest = isDense ? SMALLEST.dense : SMALLEST.full;
  const fit = width.value === 0 ? 1 : Math.min(1, Math.max(smallest, width.value / laid.value.width));
  const scale = zoom.value ?? fit;
  shownScale.current = scale;
  const { width: wide, height: high } = laid.value;
  return (
    <>
      <div class="graph-frame" ref={frame} tabIndex={0} role="group" aria-label={`Graph of ${picture.name}`}>
        {width.value > 0 && (
          <div class="graph-sized" style={{ width: `${wide * scale}px`, height: `${high * scale}px` }}>
            <div
              class={`graph ${isDense ? 'dense' : ''} ${width.value < NARROW ? 'slim' : ''}`}
              style={{ width: `${wide}px`, height: `${high}px`, transform: `scale(${scale})` }}
            >
              <Lines laid={laid.value} live={live} />
              {laid.value.boxes.map((box) => (
                <NodeBox
                  key={box.name}
                  box={box}
                  flow={picture.name}
                  node={live?.nodes.find(({ name }) => name === box.name)}
                  isDense={isDense}
                  isChosen={box.name === chosen}
                />
              ))}
              {laid.value.ends.map((end) => (
                <span key={end.name} class="graph-end" style={placeOf(end)}>
                  {end.text}
                </span>
              ))}
            </div>
          </div>
        )}
      </div>
      {(wide * fit > width.value + 1 || zoom.value !== undefined) && (
        <div class="graph-zoom" role="group" aria-label="Size of the graph">
          <button type="button" aria-label="Smaller" onClick={() => (zoom.value = Math.max(0.2, scale / STEP))}>
            −
          </button>
          <button type="button" onClick={() => (zoom.value = width.value / wide)}>
            Fit
          </button>
          <button type="button" aria-label="Larger" onClick={() => (zoom.value = Math.min(2, scale * STEP))}>
            +
          </button>
        </div>
      )}
    </>
  );
}

function Lines({ laid, live }: { readonly laid: Laid; readonly live: LiveFlow | undefined }): JSX.Element {
  const crowded = new Set(live?.nodes.filter(isCrowded).map(({ name }) => name));
  const isHot = (line: Line): boolean => crowded.has(line.to);
  return (
    <svg class="graph-lines" width={laid.width} height={laid.height} aria-hidden="true">
      <defs>
        {['calm', 'hot'].map((kind) => (
          <marker
            key={kind}
            id={`arrow-${kind}`}
            class={kind}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0,0.5L7,4L0,7.5z" />
          </marker>
        ))}
      </defs>
      {laid.lines.map((line) => (
        <path
          key={`${line.from} ${line.to} ${line.path}`}
          class={`line ${line.kind} ${isHot(line) ? 'hot' : ''}`}
          d={line.path}
          marker-end={`url(#arrow-${isHot(line) ? 'hot' : 'calm'})`}
        />
      ))}
      {laid.lines.map(
        ({ from, to, label }) =>
          label !== undefined && (
            <text key={`${from} ${to} ${label.text}`} x={label.x} y={label.y + 4} text-anchor="middle">
              {label.text}
            </text>
          ),
      )}
    </svg>
  );
}

function NodeBox(props: {
  readonly box: Box;
  readonly flow: string;
  readonly node: LiveNode | undefined;
  readonly isDense: boolean;
  readonly isChosen: boolean;
}): JSX.Element {
  const { box, node } = props;
  const marks = node === undefined ? [] : marksOf(node);
  return (
    <a
      class={`node ${node?.failing === true ? 'failing' : ''}`}
      href={linkTo('flow', [props.flow, box.name])}
      style={placeOf(box)}
      aria-current={props.isChosen ? 'true' : undefined}
      title={box.name}
    >
      <span class="visually-hidden">{node === undefined ? box.name : sentenceOf(node)}</span>
      <span class="node-name" aria-hidden="true">
        <b>{box.name}</b>
        <span class="number">{perSecond(node?.rate ?? null)}</span>
      </span>
      <QueueBar node={node} />
      {!props.isDense && (
        <span class="node-figures" aria-hidden="true">
          <Figure name="running" isWide value={node === undefined ? '–' : compact(node.running)} />
          <Figure name="p95" value={duration(node?.p95Ms ?? null)} />
          <Figure name="retries" value={node === undefined ? '–' : compact(node.retried)} />
          <Figure
            name="failed"
            value={node === undefined ? '–' : compact(node.failed)}
            isBad={(node?.failed ?? 0) > 0}
          />
        </span>
      )}
      {marks.length > 0 && (
        <span class="node-marks" aria-hidden="true">
          {marks.map(({ glyph, word, tone }) => (
            <span key={word} class={`mark-chip ${tone}`}>
              {glyph} {word}
            </span>
          ))}
        </span>
      )}
    </a>
  );
}

/** How full the queue of a node is, as a bar and as a number. */
function QueueBar({ node }: { readonly node: LiveNode | undefined }): JSX.Element {
  const fill = node === undefined ? 0 : fillOf(node);
  const of =
    node === undefined
      ? ''
      : node.capacity === 0
        ? compact(node.queued)
        : `${compact(node.queued)}/${compact(node.capacity)}`;
  return (
    <span aria-hidden="true" class={`queue ${node !== undefined && isCrowded(node) ? 'hot' : ''}`}>
      <span class="bar">
        <i style={{ width: `${Math.round(Math.min(1, fill) * 100)}%` }} />
      </span>
      <span class="number">{of}</span>
    </span>
  );
}

function Figure(props: {
  readonly name: string;
  readonly value: string;
  readonly isBad?: boolean;
  readonly isWide?: boolean;
}): JSX.Element {
  return (
    <span class={props.isBad === true ? 'bad' : props.isWide === true ? 'not-slim' : undefined}>
      <small>{props.name}</small>
      <span class="number">{props.value}</span>
    </span>
  );
}

function placeOf({ x, y, width, height }: Box): Record<string, string> {
  return { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` };
}
