import type { FlowPlan } from '../../index.js';
import type { Paint } from '../paint.js';
import { cutTo, widthOf } from '../text-width.js';
import { treeOf, type TreeEdge, type TreeNode } from './graph-picture.js';

/** What a line may be broken between. */
interface Piece {
  readonly text: string;
  readonly width: number;
}

type Below = Pick<TreeNode, 'branches' | 'merges'>;

/** Where continuation lines of a chain begin. */
const HANG = 3;
/** A chain has at least so much room, however deep it stands. */
const LEAST_ROOM = 30;

/** A flow as a tree for a terminal: ways that no others join on one line each, then what several of them lead to. */
export function flowTree(plan: FlowPlan, columns: number, paint: Paint): string {
  return new TreePrinter(columns, paint).print(plan);
}

class TreePrinter {
  readonly #columns: number;
  readonly #paint: Paint;
  readonly #lines: string[] = [];

  constructor(columns: number, paint: Paint) {
    this.#columns = columns;
    this.#paint = paint;
  }

  print(plan: FlowPlan): string {
    const { bold, dim } = this.#paint;
    const facts = [counted(plan.nodes.length, 'node'), counted(plan.edges.length, 'edge')];
    facts.push(plan.queueMaxsize > 0 ? `queues of ${plan.queueMaxsize}` : 'unbounded queues');
    this.#lines.push(`${bold(plan.flowName)}  ${dim(facts.join(', '))}`);
    const root = treeOf(plan);
    const sea = this.#piece('OpenSea', this.#paint.cyan);
    const [only] = root.branches;
    if (only !== undefined && root.branches.length === 1 && root.merges.length === 0) {
      this.#chain([sea], only.label, only.node, '', '');
    } else {
      this.#lines.push(sea.text);
      this.#below(root, '');
    }
    return `${this.#lines.join('\n')}\n`;
  }

  #below({ branches, merges }: Below, indent: string): void {
    const { dim } = this.#paint;
    const count = branches.length + merges.length;
    for (const [index, { label, node }] of branches.entries()) {
      const isLast = index === count - 1;
      this.#chain(
        [],
        label,
        node,
        `${indent}${dim(isLast ? '└─ ' : '├─ ')}`,
        `${indent}${isLast ? '   ' : dim('│  ')}`,
      );
    }
    for (const [index, { of, node }] of merges.entries()) {
      const isLast = branches.length + index === count - 1;
      const rest = `${indent}${isLast ? '   ' : dim('│  ')}`;
      this.#chain([], '', node, `${indent}${dim(isLast ? '└▶ ' : '├▶ ')}`, rest, of);
    }
  }

  /** Nodes that follow each other, each the only way from the one before, on one line as far as it reaches. */
  #chain(
    before: readonly Piece[],
    label: string,
    first: TreeNode,
    head: string,
    indent: string,
    mergeOf: readonly string[] = [],
  ): void {
    const pieces = [...before];
    let node = first;
    let takes = label;
    for (;;) {
      pieces.push(...this.#nodePieces(node, takes, pieces.length > 0));
      if (node === first && mergeOf.length > 0) pieces.push(this.#mergePiece(mergeOf, widthOf(indent)));
      const [next] = node.branches;
      if (next === undefined || node.branches.length > 1 || node.merges.length > 0) break;
      if (node.onward.length + node.back.length > 0) break;
      node = next.node;
      takes = next.label;
    }
    pieces.push(...this.#endPieces(node));
    this.#wrap(pieces, head, indent, node.branches.length + node.merges.length > 0);
    this.#below(node, indent);
  }

  #nodePieces({ name, facts }: TreeNode, label: string, isNext: boolean): Piece[] {
    const { dim, yellow } = this.#paint;
    const arrow = isNext ? dim('→ ') : '';
    const says = label === '' ? '' : `${yellow(label)} ${dim('→')} `;
    const about = facts === '' ? '' : ` ${dim(`(${facts})`)}`;
    return [piece(`${arrow}${says}${name}${about}`)];
  }

  #mergePiece(of: readonly string[], indent: number): Piece {
    const names = of.join(', ');
    const room = this.#columns - indent - 20;
    const says = widthOf(names) <= room ? names : `${of.length} nodes: ${cutTo(names, room - 10)}`;
    return piece(this.#paint.dim(`(from ${says})`));
  }

  #endPieces({ onward, back, egress, name }: TreeNode): Piece[] {
    const { dim, yellow, cyan } = this.#paint;
    const named = ({ to, label }: TreeEdge): string => (label === '' ? to : `${yellow(label)} ${to}`);
    return [
      ...onward.map((edge, at) =>
        piece(`${at === 0 ? `${dim('⇢')} ` : ''}${named(edge)}${at === onward.length - 1 ? '' : dim(',')}`),
      ),
      ...back.map((edge) =>
        piece(
          `${yellow('↺')} ${edge.to === name ? `${edge.label === '' ? '' : `${edge.label} `}itself` : named(edge)}`,
        ),
      ),
      ...(egress ? [piece(`${dim('→')} ${cyan('Rookery')}`)] : []),
    ];
  }

  #piece(text: string, brush: (text: string) => string): Piece {
    return { text: brush(text), width: widthOf(text) };
  }

  #wrap(pieces: readonly Piece[], head: string, indent: string, hasBelow: boolean): void {
    const hang = `${indent}${hasBelow ? `${this.#paint.dim('│')}${' '.repeat(HANG + 1)}` : ' '.repeat(HANG + 2)}`;
    const room = Math.max(this.#columns, widthOf(hang) + LEAST_ROOM);
    let line = head;
    let width = widthOf(head);
    let isEmpty = true;
    for (const { text, width: more } of pieces) {
      if (!isEmpty && width + 1 + more > room) {
        this.#lines.push(line);
        line = hang;
        width = widthOf(hang);
        isEmpty = true;
      }
      line += `${isEmpty ? '' : ' '}${text}`;
      width += (isEmpty ? 0 : 1) + more;
      isEmpty = false;
    }
    this.#lines.push(line);
  }
}

function piece(text: string): Piece {
  return { text, width: widthOf(text) };
}

function counted(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
