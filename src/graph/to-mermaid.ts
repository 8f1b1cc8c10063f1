import { COLOURS, pictureOf, type Drawable, type PictureNode, type PictureOptions } from './picture.js';

/**
 * Draws a flow as a Mermaid flowchart: the ingress (OpenSea), the nodes with their timeouts and retries, branches with
 * what they take, loops, and the egress (Rookery). GitHub and most wikis show it in a `mermaid` code block.
 *
 * @param flow - the handle of a flow, or its plan
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * console.log(toMermaid(createFlow(Orders), { direction: 'LR' }));
 * ```
 */
export function toMermaid(flow: Drawable, options: PictureOptions = {}): string {
  const { direction, nodes, edges } = pictureOf(flow, options, 'toMermaid()');
  const kinds = (['end', 'loop'] as const).filter((kind) => nodes.some((node) => node.kind === kind));
  const lines = [
    `flowchart ${direction}`,
    ...nodes.map((node) => `    ${node.id}${shape(node)}`),
    ...edges.map(({ from, to, label, branch }) => {
      const arrow = branch ? '-.->' : '-->';
      return `    ${from} ${arrow}${label === '' ? '' : `|"${escapeMermaid(label)}"|`} ${to}`;
    }),
    // `end` is a word of the language.
    ...kinds.map((kind) => `    classDef ${kind}Node fill:${COLOURS[kind].fill},stroke:${COLOURS[kind].stroke}`),
    ...kinds.map(
      (kind) => `    class ${nodes.flatMap((node) => (node.kind === kind ? [node.id] : [])).join(',')} ${kind}Node`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function shape({ kind, lines }: PictureNode): string {
  const text = `"${lines.map(escapeMermaid).join('<br/>')}"`;
  return kind === 'end' ? `([${text}])` : `[${text}]`;
}

/** Everything that Mermaid, Markdown or HTML could read as more than text becomes an entity. */
function escapeMermaid(text: string): string {
  return text
    .replace(/["#&<>`%\\{}[\]()|;*_~$]/g, (character) => `#${character.charCodeAt(0)};`)
    .replaceAll('\n', '<br/>')
    .replace(/\p{Cc}/gu, ' ');
}
