import { ranked, ratioToOurs, type Results, type WorkloadResults } from './results.js';

const WIDTH = 720;
const LABEL = 190;
const ROW = 18;
const HEAD = 34;
const LINES = 110;
const COLOURS = ['#222', '#4a86a8', '#c77d2b'];

/** A part of the picture, and how high it is. */
type Panel = readonly [height: number, shapes: readonly string[]];

/** One panel per workload: bars of the ratios to ours on a logarithmic scale, or lines for what grows. */
export function plotOf({ workloads, node }: Results): string {
  let y = 10;
  const shapes: string[] = [];
  for (const workload of workloads) {
    const [height, drawn] = panelOf(workload, y + HEAD);
    if (height === 0) continue;
    shapes.push(text(10, y + 16, `${workload.id}: ${workload.title}`, 'class="title"'), ...drawn);
    y += HEAD + height + 14;
  }
  const style =
    'text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.name{text-anchor:end}.tick{text-anchor:middle}' +
    '.ours{fill:#222}.ahead{fill:#c77d2b}.behind{fill:#4a86a8}line{stroke:#222}polyline{fill:none;stroke-width:2}';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 10}" viewBox="0 0 ${WIDTH} ${y + 10}">` +
    `<title>How many times as good as penguiflow, Node ${node}</title><style>${style}</style>` +
    `<rect width="100%" height="100%" fill="#fff"/>\n${shapes.join('\n')}\n</svg>\n`
  );
}

function panelOf(workload: WorkloadResults, top: number): Panel {
  if (workload.ours !== undefined) return bars(workload, top);
  // Named by the sizes alone: what grows. Other figures without a row of ours are for the table.
  const [cell] = ranked(workload);
  const { sizes = [] } = workload;
  return sizes.some((size) => cell?.figures?.[size] !== undefined) ? lines(workload, sizes, top) : [0, []];
}

function bars(workload: WorkloadResults, top: number): Panel {
  const rows = ranked(workload).map((cell) => ({ cell, ratio: ratioToOurs(workload, cell) ?? Number.NaN }));
  const logs = rows.map(({ ratio }) => Math.log10(ratio)).filter(Number.isFinite);
  const low = Math.min(-0.5, ...logs);
  const high = Math.max(0.5, ...logs);
  const x = (ratio: number): number => LABEL + ((Math.log10(ratio) - low) / (high - low)) * (WIDTH - LABEL - 70);
  const shapes: string[] = [];
  let y = top;
  for (const { cell, ratio } of rows) {
    const from = Math.min(x(1), x(ratio));
    const width = Math.max(1, Math.abs(x(ratio) - x(1)));
    const kind = cell.name === workload.ours ? 'ours' : ratio > 1 ? 'ahead' : 'behind';
    shapes.push(
      text(LABEL - 8, y + 12, cell.name, 'class="name"'),
      `<rect class="${kind}" x="${n(from)}" y="${y + 2}" width="${n(width)}" height="${ROW - 5}"/>`,
      text(Math.max(x(1), x(ratio)) + 5, y + 12, shown(ratio)),
    );
    y += ROW;
  }
  shapes.push(`<line x1="${n(x(1))}" x2="${n(x(1))}" y1="${top}" y2="${y}"/>`);
  return [y - top, shapes];
}

/** A flat line is a cost that does not grow. From 0 up, so that it looks as flat as it is. */
function lines({ cells }: WorkloadResults, sizes: readonly number[], top: number): Panel {
  const rows = cells.filter(({ figures }) => figures !== undefined);
  const costs = rows.map(({ figures }) => sizes.map((size) => figures?.[size] as number));
  const most = Math.max(...costs.flat());
  const x = (index: number): number => LABEL + 20 + (index / (sizes.length - 1)) * (WIDTH - LABEL - 90);
  const y = (cost: number): number => top + LINES - (cost / most) * (LINES - 10);
  const shapes: string[] = [];
  for (const [row, own] of costs.entries()) {
    const colour = COLOURS[row % COLOURS.length] as string;
    const points = own.map((cost, index) => `${n(x(index))},${n(y(cost))}`).join(' ');
    const name = (rows[row]?.name ?? '').replace('penguiflow, ', '');
    shapes.push(
      `<polyline points="${points}" style="stroke:${colour}"/>`,
      text(LABEL - 8, top + 12 + row * ROW, name, `class="name" style="fill:${colour}"`),
      text(x(sizes.length - 1) + 6, y(own.at(-1) as number) + 4, `${(own.at(-1) as number).toFixed(0)} ns`),
    );
  }
  const bottom = top + LINES;
  shapes.push(`<line x1="${LABEL + 20}" x2="${n(x(sizes.length - 1))}" y1="${bottom}" y2="${bottom}"/>`);
  for (const [index, size] of sizes.entries()) {
    shapes.push(text(x(index), bottom + 14, size.toLocaleString('en'), 'class="tick"'));
  }
  return [LINES + 18, shapes];
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${n(x)}" y="${n(y)}" ${attributes}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
}

function n(value: number): string {
  return value.toFixed(1);
}

/** As short as the tables, without a ratio that reads as zero. */
function shown(ratio: number): string {
  return ratio.toFixed(ratio < 0.001 ? 4 : ratio < 0.1 ? 3 : 2);
}
