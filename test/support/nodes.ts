import { Node, uncheckedGraph, type FlowNode, type NodeClass, type NodeContext, type NodeOptions } from '#src/index.js';
import type { UncheckedRow } from '#src/graph/unchecked-graph.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';

/** The hooks a test node may have. */
export interface Hooks {
  readonly onFlowStart?: () => void | Promise<void>;
  readonly onFlowStop?: () => void | Promise<void>;
}

/** A decorated node class around a function. */
export function node<I = unknown, O = unknown>(
  name: string,
  process: FlowNode<I, O>['process'],
  options: Omit<NodeOptions, 'name'> & Hooks = {},
): NodeClass<I, O> {
  const { onFlowStart, onFlowStop, ...policy } = options;
  class TestNode {
    readonly process = process;
    onFlowStart(): void | Promise<void> {
      return onFlowStart?.();
    }
    onFlowStop(): void | Promise<void> {
      return onFlowStop?.();
    }
  }
  const decorate = Node({ ...policy, name }) as (target: unknown) => void;
  decorate(TestNode);
  return TestNode;
}

/** A node that hands on what it gets. */
export function pass(name: string, options: Omit<NodeOptions, 'name'> = {}): NodeClass<unknown> {
  return node(name, (payload: unknown) => payload, options);
}

/** How a node fails. */
export interface FailingOptions extends Omit<NodeOptions, 'name'> {
  /** @defaultValue an `Error` that says `no` */
  readonly error?: unknown;
  /** How many tries of a message fail; the next one hands on what it gets. @defaultValue all of them */
  readonly times?: number;
  /** Told of each try, before it fails. */
  readonly onTry?: () => void;
}

/** A node that throws. */
export function failing(name: string, options: FailingOptions = {}): NodeClass<unknown> {
  const { error = new Error('no'), times = Number.POSITIVE_INFINITY, onTry, ...policy } = options;
  return node(
    name,
    (payload: unknown, ctx) => {
      onTry?.();
      if (ctx.attempt < times) throw error;
      return payload;
    },
    policy,
  );
}

/** One call of a held node: what it got, and the means to end it. */
export interface HeldCall {
  readonly payload: unknown;
  readonly ctx: NodeContext;
  readonly resolve: (value?: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** A node whose calls end when the test says so; they wait in `calls` in the order of their start. */
export function held(
  name: string,
  options: Omit<NodeOptions, 'name'> = {},
): { readonly node: NodeClass<unknown>; readonly calls: HeldCall[] } {
  const calls: HeldCall[] = [];
  const made = node(
    name,
    (payload: unknown, ctx) =>
      new Promise<unknown>((resolve, reject) => {
        calls.push({ payload, ctx, resolve, reject });
      }),
    options,
  );
  return { node: made, calls };
}

/** A graph of nodes in a row. */
export function line(...nodes: readonly NodeClass[]): FlowGraph<unknown> {
  return rows(nodes.map((from, index) => [from, nodes.slice(index + 1, index + 2)]));
}

/** A graph from rows, for any payload. */
export function rows(list: readonly UncheckedRow[], startAt?: readonly NodeClass[]): FlowGraph<unknown> {
  return uncheckedGraph<unknown>(list, startAt === undefined ? {} : { start: startAt });
}
