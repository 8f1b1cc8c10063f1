import { firstFigure, ranked, type Results } from './results.js';

const WIDTH = 720;
const LABEL = 190;
const ROW = 18;
const HEAD = 34;
/** The workload that the README shows. */
const WORKLOAD = 'W2';
/** Rows that take part of the work away, or take so long that no bar is left of them. */
const LEFT_OUT = ['minimal pipeline', 'penguiflow (fetched)', 'langgraph'];

/** One small picture for the README: messages per second through four nodes, on a scale that begins at 0. */
export function summaryOf({ workloads, node }: Results): string {
  const workload = workloads.find(({ id }) => id === WORKLOAD);
  if (workload === undefined) throw new Error(`the results have no ${WORKLOAD}`);
  const cells = ranked(workload).filter(({ name }) => !LEFT_OUT.includes(name));
  const most = firstFigure(cells[0]) as number;
  const shapes = cells.flatMap((cell, index) => {
    const perSecond = firstFigure(cell) as number;
    const width = Math.max(1, (perSecond / most) * (WIDTH - LABEL - 70));
    const y = HEAD + index * ROW;
    return [
      text(LABEL - 8, y + 12, cell.name, 'class="name"'),
      `<rect class="${cell.name.startsWith('penguiflow') ? 'ours' : 'other'}" x="${LABEL}" y="${y + 2}" width="${width.toFixed(1)}" height="${ROW - 5}"/>`,
      text(LABEL + width + 5, y + 12, `${(perSecond / 1000).toFixed(0)} k`),
    ];
  });
  const height = HEAD + cells.length * ROW + 10;
  const title = `Messages per second through four nodes, Node ${node}`;
  const style =
    'text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.name{text-anchor:end}.ours{fill:#222}.other{fill:#4a86a8}';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">` +
    `<title>${title}</title><style>${style}</style><rect width="100%" height="100%" fill="#fff"/>\n` +
    `${text(10, 20, title, 'class="title"')}\n${shapes.join('\n')}\n</svg>\n`
  );
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${content}</text>`;
}
