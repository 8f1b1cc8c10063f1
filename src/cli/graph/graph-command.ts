import { paintFor } from '../paint.js';
import type { Terminal } from '../terminal.js';
import { EXIT } from '../exit-codes.js';
import { loadFlows } from './load-flows.js';
import { flowTree } from './tree.js';

/** Options of `penguiflow graph`. */
export interface GraphOptions {
  readonly format: 'tree' | 'mermaid' | 'dot';
  readonly direction: 'TB' | 'BT' | 'LR' | 'RL';
}

/** `penguiflow graph MODULE[#Flow]` */
export async function showGraph(terminal: Terminal, target: string, options: GraphOptions): Promise<number> {
  const load = async (): Promise<typeof import('../../index.js')> => import('../../index.js');
  // A module may print something when it is loaded, which is no part of a picture.
  terminal.reserve();
  const flows = await loadFlows(target, load, terminal.env);
  const library = await load();
  const { format, direction } = options;
  const pictures = flows.map(({ plan }) => {
    if (format === 'tree') return flowTree(plan, terminal.columns, paintFor(terminal.colours));
    return format === 'mermaid' ? library.toMermaid(plan, { direction }) : library.toDot(plan, { direction });
  });
  await terminal.print(pictures.join('\n'));
  return EXIT.ok;
}
