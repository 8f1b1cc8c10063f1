import { COLOURS, pictureOf, type Drawable, type PictureNode, type PictureOptions } from './picture.js';

/**
 * Draws a flow in the DOT language of Graphviz, with everything that {@link toMermaid} shows.
 *
 * @param flow - the handle of a flow, or its plan
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * await writeFile('orders.dot', toDot(createFlow(Orders))); // dot -Tsvg orders.dot -o orders.svg
 * ```
 */
export function toDot(flow: Drawable, options: PictureOptions = {}): string {
  const { title, direction, nodes, edges } = pictureOf(flow, options, 'toDot()');
  const lines = [
    `digraph ${quoted([title])} {`,
    `    rankdir=${direction}`,
    '    node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="Helvetica"]',
    '    edge [fontname="Helvetica", fontsize=10]',
    ...nodes.map((node) => `    ${node.id} [label=${quoted(node.lines)}${look(node)}]`),
    ...edges.map(({ from, to, label, branch }) => {
      const attributes = [...(label === '' ? [] : [`label=${quoted([label])}`]), ...(branch ? ['style=dashed'] : [])];
      return `    ${from} -> ${to}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`}`;
    }),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function look({ kind }: PictureNode): string {
  if (kind === 'node') return '';
  const { fill, stroke } = COLOURS[kind];
  return `, fillcolor="${fill}", color="${stroke}"${kind === 'end' ? ', shape=oval, style=filled' : ''}`;
}

function quoted(lines: readonly string[]): string {
  return `"${lines.map(escapeDot).join('\\n')}"`;
}

/** A backslash begins an escape and an ampersand an entity, also inside quotes. */
function escapeDot(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('&', '&amp;')
    .replaceAll('\n', '\\n')
    .replace(/\p{Cc}/gu, ' ');
}
