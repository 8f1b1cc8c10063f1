/** An edge between two vertices, whatever they are. */
export interface Arc<V> {
  readonly from: V;
  readonly to: V;
}

/** The vertices that each one leads to. */
export function successors<V>(arcs: readonly Arc<V>[]): ReadonlyMap<V, readonly V[]> {
  const lists = new Map<V, V[]>();
  for (const { from, to } of arcs) {
    const list = lists.get(from);
    if (list === undefined) lists.set(from, [to]);
    else list.push(to);
  }
  return lists;
}

/** The first cycle in declaration order, its first vertex repeated at the end; undefined when there is none. */
export function findCycle<V>(vertices: readonly V[], arcs: readonly Arc<V>[]): readonly V[] | undefined {
  const next = successors(arcs);
  const finished = new Set<V>();
  for (const root of vertices) {
    if (finished.has(root)) continue;
    // By hand and not by recursion: a long chain must not overflow the stack.
    const path = [root];
    const onPath = new Set(path);
    const pending = [(next.get(root) ?? []).values()];
    while (path.length > 0) {
      const step = pending[pending.length - 1]!.next();
      if (step.done === true) {
        const vertex = path.pop()!;
        onPath.delete(vertex);
        finished.add(vertex);
        pending.pop();
      } else if (onPath.has(step.value)) {
        return [...path.slice(path.indexOf(step.value)), step.value];
      } else if (!finished.has(step.value)) {
        path.push(step.value);
        onPath.add(step.value);
        pending.push((next.get(step.value) ?? []).values());
      }
    }
  }
  return undefined;
}

/** Upstream before downstream, in declaration order where both would do; a cycle is entered at its first vertex. */
export function topologicalOrder<V>(vertices: readonly V[], arcs: readonly Arc<V>[]): readonly V[] {
  const next = successors(arcs);
  const waitsFor = new Map<V, number>(vertices.map((vertex) => [vertex, 0]));
  for (const { to } of arcs) waitsFor.set(to, waitsFor.get(to)! + 1);

  const placed = new Set<V>();
  const ready = vertices.filter((vertex) => waitsFor.get(vertex) === 0);
  let readyAt = 0;
  let cycleAt = 0;
  while (placed.size < vertices.length) {
    // Nothing is ready although vertices remain: they are on a cycle, or behind one.
    while (readyAt === ready.length) {
      const entry = vertices[cycleAt++]!;
      if (!placed.has(entry)) ready.push(entry);
    }
    const vertex = ready[readyAt++]!;
    if (placed.has(vertex)) continue;
    placed.add(vertex);
    for (const to of next.get(vertex) ?? []) {
      const left = waitsFor.get(to)! - 1;
      waitsFor.set(to, left);
      if (left === 0 && !placed.has(to)) ready.push(to);
    }
  }
  return [...placed];
}

/** Every vertex that a path leads to, the starts included. */
export function reachableFrom<V>(starts: Iterable<V>, arcs: readonly Arc<V>[]): ReadonlySet<V> {
  const next = successors(arcs);
  // A set that grows while it is walked is its own queue.
  const reached = new Set(starts);
  for (const vertex of reached) for (const to of next.get(vertex) ?? []) reached.add(to);
  return reached;
}
