import { Graph, layout } from '@dagrejs/dagre';
import type { EdgePicture, FlowPicture } from '../../api.js';

/** How the graph is drawn. */
export interface Drawing {
  /** `LR` left to right, `TB` top to bottom, for a narrow page. */
  readonly direction: 'LR' | 'TB';
  /** Small boxes without numbers, for many nodes. */
  readonly isDense: boolean;
}

export interface Box {
  readonly name: string;
  /** Left upper corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Line {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgePicture['kind'];
  /** An SVG path. */
  readonly path: string;
  readonly label: { readonly text: string; readonly x: number; readonly y: number } | undefined;
}

export interface Laid {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  /** Where runs come in and where results leave. */
  readonly ends: readonly (Box & { readonly text: string })[];
}

/** Sizes of a box; the stylesheet has the same. */
const FULL = { width: 224, height: 98 };
/** Downwards, on a narrow page, two stand side by side. */
const SLIM = { width: 166, height: 98 };
const DENSE = { width: 164, height: 46 };
const END = { width: 46, height: 24 };
/** More ends than this say nothing that the boxes do not say. */
const MOST_ENDS = 6;

/** How a letter of an edge's label is wide, about. */
const LETTER = 6.2;
const LONGEST_LABEL = 22;

/** Places the nodes of a flow. */
export function layOut(picture: FlowPicture, { direction, isDense }: Drawing): Laid {
  const graph = new Graph({ multigraph: true });
  const [nodesep, ranksep] = isDense ? [14, 46] : direction === 'LR' ? [26, 44] : [14, 40];
  graph.setGraph({ rankdir: direction, nodesep, ranksep, edgesep: 12, marginx: 14, marginy: 18 });
  const size = isDense ? DENSE : direction === 'LR' ? FULL : SLIM;
  for (const { name } of picture.nodes) graph.setNode(name, { ...size });
  const ends = endsOf(picture);
  for (const { id } of ends) graph.setNode(id, { ...END });
  for (const [index, edge] of picture.edges.entries()) {
    const text = labelOf(edge);
    const label = text === undefined ? {} : { width: text.length * LETTER + 8, height: 16, labelpos: 'c' as const };
    graph.setEdge(edge.from, edge.to, { ...label, weight: edge.kind === 'otherwise' ? 1 : 2 }, String(index));
  }
  for (const { id, node, isEntry } of ends) graph.setEdge(isEntry ? id : node, isEntry ? node : id, {}, id);
  layout(graph);

  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    boxes: picture.nodes.map(({ name }) => boxOf(graph, name, name)),
    ends: ends.map(({ id, isEntry }) => ({ ...boxOf(graph, id, id), text: isEntry ? 'in' : 'out' })),
    lines: graph.edges().map((edge) => {
      const {
        points = [],
        x = 0,
        y = 0,
      } = graph.edge(edge) as {
        points?: { x: number; y: number }[];
        x?: number;
        y?: number;
      };
      const source = picture.edges[Number(edge.name)];
      const text = source === undefined ? undefined : labelOf(source);
      return {
        from: edge.v,
        to: edge.w,
        kind: source?.kind ?? 'all',
        path: curve(points, direction),
        label: text === undefined ? undefined : { text, x, y },
      };
    }),
  };
}

function endsOf({ nodes }: FlowPicture): { id: string; node: string; isEntry: boolean }[] {
  const entries = nodes.filter(({ ingress }) => ingress);
  const exits = nodes.filter(({ egress }) => egress);
  return [
    ...(entries.length > MOST_ENDS ? [] : entries.map(({ name }) => ({ id: `in:${name}`, node: name, isEntry: true }))),
    ...(exits.length > MOST_ENDS ? [] : exits.map(({ name }) => ({ id: `out:${name}`, node: name, isEntry: false }))),
  ];
}

function labelOf({ kind, label }: EdgePicture): string | undefined {
  if (kind === 'all') return undefined;
  const text = kind === 'class' ? (label ?? 'class') : kind;
  return text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1)}…` : text;
}

function boxOf(graph: Graph, id: string, name: string): Box {
  const {
    x = 0,
    y = 0,
    width = 0,
    height = 0,
  } = graph.node(id) as Partial<Record<'x' | 'y' | 'width' | 'height', number>>;
  return { name, x: x - width / 2, y: y - height / 2, width, height };
}

/** A soft line through the points, which leaves and arrives in the direction of the graph. */
function curve(points: readonly { x: number; y: number }[], direction: Drawing['direction']): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const round = (value: number): number => Math.round(value * 10) / 10;
  let path = `M${round(first.x)},${round(first.y)}`;
  let from = first;
  for (const to of rest) {
    const [dx, dy] = direction === 'LR' ? [(to.x - from.x) / 2, 0] : [0, (to.y - from.y) / 2];
    path += `C${round(from.x + dx)},${round(from.y + dy)} ${round(to.x - dx)},${round(to.y - dy)} ${round(to.x)},${round(to.y)}`;
    from = to;
  }
  return path;
}
