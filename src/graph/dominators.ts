import { successors, type Arc } from './graph-order.js';

/**
 * Which vertices every path from a root leads through (Cooper, Harvey and Kennedy's algorithm). Cycles are no matter; vertices
 * that no path leads to are unknown.
 */
export class Dominators<V> {
  /** By vertex, its number in the order of the search: a dominator has a smaller one. */
  readonly #numbers = new Map<V, number>();
  /** By number, that of the nearest dominator; the root's own is the root. */
  readonly #nearest: number[] = [];
  readonly #vertices: readonly V[];

  constructor(root: V, arcs: readonly Arc<V>[]) {
    this.#vertices = searched(root, successors(arcs));
    for (const [number, vertex] of this.#vertices.entries()) this.#numbers.set(vertex, number);
    const before = this.#predecessors(arcs);
    this.#nearest[0] = 0;
    for (let changed = true; changed;) {
      changed = false;
      for (let number = 1; number < this.#vertices.length; number++) {
        const known = (before[number] as readonly number[]).filter((each) => this.#nearest[each] !== undefined);
        const nearest = known.reduce((one, other) => this.#common(one, other));
        if (this.#nearest[number] === nearest) continue;
        this.#nearest[number] = nearest;
        changed = true;
      }
    }
  }

  /** The nearest vertex on every path to every one of these, which may be one of them. */
  common(vertices: readonly V[]): V {
    const numbers = vertices.map((vertex) => this.#numbers.get(vertex) as number);
    return this.#vertices[numbers.reduce((one, other) => this.#common(one, other))] as V;
  }

  /** Whether every path to the second one leads through the first; so it does where they are the same. */
  dominates(by: V, vertex: V): boolean {
    return this.common([by, vertex]) === by;
  }

  #common(one: number, other: number): number {
    let [a, b] = [one, other];
    while (a !== b) {
      if (a > b) a = this.#nearest[a] as number;
      else b = this.#nearest[b] as number;
    }
    return a;
  }

  #predecessors(arcs: readonly Arc<V>[]): readonly (readonly number[])[] {
    const before: number[][] = this.#vertices.map(() => []);
    for (const { from, to } of arcs) {
      const [source, target] = [this.#numbers.get(from), this.#numbers.get(to)];
      if (source !== undefined && target !== undefined) before[target]?.push(source);
    }
    return before;
  }
}

/** Every vertex that a path leads to, in reverse postorder. */
function searched<V>(root: V, next: ReadonlyMap<V, readonly V[]>): readonly V[] {
  const left: V[] = [];
  const seen = new Set([root]);
  // By hand and not by recursion: a long chain must not overflow the stack.
  const path = [{ vertex: root, pending: (next.get(root) ?? []).values() }];
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    const step = last.pending.next();
    if (step.done === true) {
      left.push(last.vertex);
      path.pop();
    } else if (!seen.has(step.value)) {
      seen.add(step.value);
      path.push({ vertex: step.value, pending: (next.get(step.value) ?? []).values() });
    }
  }
  return left.reverse();
}
