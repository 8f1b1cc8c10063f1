import { ranked, ratioToOurs, type Results } from './report.js';

const WIDTH = 720;
const LABEL = 190;
const ROW = 18;
const HEAD = 34;

/** Bars of the ratios to ours on a logarithmic scale, one panel per workload. */
export function plotOf({ workloads, ours, node }: Results): string {
  const panels: string[] = [];
  let y = 10;
  for (const workload of workloads) {
    panels.push(text(10, y + 16, `${workload.id}: ${workload.title}`, 'class="title"'));
    y += HEAD;
    const cells = ranked(workload).map((cell) => ({ cell, ratio: ratioToOurs(workload, cell, ours) ?? Number.NaN }));
    const logs = cells.map(({ ratio }) => Math.log10(ratio));
    const low = Math.min(-0.5, ...logs);
    const high = Math.max(0.5, ...logs);
    const x = (ratio: number): number => LABEL + ((Math.log10(ratio) - low) / (high - low)) * (WIDTH - LABEL - 70);
    const top = y;
    for (const { cell, ratio } of cells) {
      const from = Math.min(x(1), x(ratio));
      const width = Math.max(1, Math.abs(x(ratio) - x(1)));
      const kind = cell.name === ours ? 'ours' : ratio > 1 ? 'ahead' : 'behind';
      panels.push(text(LABEL - 8, y + 12, cell.name, 'class="name"'));
      panels.push(`<rect class="${kind}" x="${n(from)}" y="${y + 2}" width="${n(width)}" height="${ROW - 5}"/>`);
      panels.push(text(Math.max(x(1), x(ratio)) + 5, y + 12, ratio.toFixed(ratio < 0.1 ? 3 : 2)));
      y += ROW;
    }
    panels.push(`<line x1="${n(x(1))}" x2="${n(x(1))}" y1="${top}" y2="${y}"/>`);
    y += 14;
  }
  const style =
    'text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.name{text-anchor:end}.ours{fill:#222}' +
    '.ahead{fill:#c77d2b}.behind{fill:#4a86a8}line{stroke:#222}';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 10}" viewBox="0 0 ${WIDTH} ${y + 10}">` +
    `<title>How many times as good as penguiflow, Node ${node}</title><style>${style}</style>` +
    `<rect width="100%" height="100%" fill="#fff"/>\n${panels.join('\n')}\n</svg>\n`
  );
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${n(x)}" y="${y}" ${attributes}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
}

function n(value: number): string {
  return value.toFixed(1);
}
