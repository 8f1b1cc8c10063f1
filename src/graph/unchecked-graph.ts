import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import { GRAPH_DRAFT, type DraftEdge, type FlowGraph, type GraphDraft } from '../ports/flow-graph.js';
import type { Class, NodeClass } from '../ports/flow-node.js';

/** One edge of an {@link uncheckedGraph}: a node for everything, or a node with what it takes. */
export type UncheckedEdge =
  | NodeClass
  | { readonly to: NodeClass; readonly on: Class; readonly back?: boolean }
  | { readonly to: NodeClass; readonly when: (payload: never) => boolean; readonly back?: boolean }
  | { readonly to: NodeClass; readonly otherwise: true; readonly back?: boolean }
  | { readonly to: NodeClass; readonly back?: boolean };

/** A node and the edges out of it. */
export type UncheckedRow = readonly [node: NodeClass, edges: readonly UncheckedEdge[]];

/** Options of {@link uncheckedGraph}. */
export interface UncheckedGraphOptions {
  /** Where messages come in. @defaultValue every node that no other node leads to */
  readonly start?: readonly NodeClass[];
}

/**
 * A graph that is data: one row per node, with its successors. No edge is checked by the compiler; say with the type
 * parameters what the flow takes and delivers. The plan is validated as always.
 *
 * @throws FlowError `INVALID_OPTION` when the rows are no rows
 * @typeParam In - the payload that `emit` takes
 * @typeParam Out - the payload that leaves the flow
 * @example
 * ```ts
 * readonly graph = uncheckedGraph<Order, Receipt>([
 *   [Price, [Charge, Audit]],
 *   [Charge, [{ to: Ship, on: Receipt }, { to: Refund, otherwise: true }]],
 * ]);
 * ```
 */
export function uncheckedGraph<In = never, Out = unknown>(
  rows: readonly UncheckedRow[],
  options: UncheckedGraphOptions = {},
): FlowGraph<In, Out> {
  checkRows(rows);
  const edges = rows.flatMap(([from, targets]) => targets.map((target) => draftEdge(from, target)));
  const draft: GraphDraft = Object.freeze({ declared: rows.map(([node]) => node), starts: options.start, edges });
  return Object.freeze({ [GRAPH_DRAFT]: () => draft });
}

const OWNER = 'uncheckedGraph()';

/** The nodes themselves are checked with every other graph's. */
function checkRows(rows: unknown): void {
  if (!Array.isArray(rows)) throw invalidOption('rows', OWNER, 'an array of [node, edges]', rows);
  for (const row of rows as readonly unknown[]) checkRow(row);
}

function checkRow(row: unknown): void {
  const edges: unknown = Array.isArray(row) ? row[1] : undefined;
  if (!Array.isArray(edges)) throw invalidOption('rows', OWNER, 'an array of [node, edges]', row);
  for (const edge of edges as readonly unknown[]) {
    if (typeof edge !== 'object' || edge === null) continue;
    rejectUnknownOptions(edge, ['to', 'on', 'when', 'otherwise', 'back'], `an edge of ${OWNER}`);
  }
}

function draftEdge(from: NodeClass, target: UncheckedEdge): DraftEdge {
  if (typeof target !== 'object' || target === null) return Object.freeze({ from, to: target, kind: 'all' });
  const base = { from, to: target.to, ...(target.back === true ? { back: true } : undefined) };
  if ('on' in target) return Object.freeze({ ...base, kind: 'class', messageClass: target.on });
  if ('when' in target) return Object.freeze({ ...base, kind: 'when', predicate: target.when });
  return Object.freeze({ ...base, kind: 'otherwise' in target ? 'otherwise' : 'all' });
}
