import { FlowError, type NodeContext } from '#src/index.js';

/** How long a step may take, in milliseconds. */
export const STEP_LIMIT_MS = 5_000;

/** Counts per node and trace. */
class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  add(node: string, trace: string): void {
    const traces = this.#counts.get(node) ?? new Map<string, number>();
    traces.set(trace, (traces.get(trace) ?? 0) + 1);
    this.#counts.set(node, traces);
  }

  count(node: string | undefined, trace: string | undefined): number {
    let sum = 0;
    for (const [name, traces] of this.#counts) {
      if (node !== undefined && name !== node) continue;
      for (const [id, count] of traces) if (trace === undefined || id === trace) sum += count;
    }
    return sum;
  }

  asObject(): Record<string, Record<string, number>> {
    return Object.fromEntries([...this.#counts].map(([node, traces]) => [node, Object.fromEntries(traces)]));
  }
}

/** What nodes and driver of one scenario share: gates, and who was entered how often. */
export class World {
  readonly invocations = new Tally();
  readonly interrupted = new Tally();
  /** True until recording ends; what happens during stop does not count. */
  recording = true;
  readonly #gates = new Map<string, { readonly opened: Promise<void>; readonly open: () => void }>();
  readonly #watchers = new Set<() => void>();

  /** Notes that a behaviour was entered, and later whether it was interrupted before its end. */
  enter(node: string, ctx: NodeContext): { readonly leave: () => void } {
    this.invocations.add(node, ctx.traceId);
    this.changed();
    let inside = true;
    ctx.signal.addEventListener('abort', () => {
      // The original lets an attempt outlive its deadline, and looks at the next hop.
      const late = FlowError.is(ctx.signal.reason, 'DEADLINE_EXCEEDED');
      if (inside && this.recording && !late) this.interrupted.add(node, ctx.traceId);
    });
    return { leave: () => (inside = false) };
  }

  gate(name: string): { readonly opened: Promise<void>; readonly open: () => void } {
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      let open = (): void => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      gate = { opened, open };
      this.#gates.set(name, gate);
    }
    return gate;
  }

  /** Something happened that a step may wait for. */
  changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Resolves when the condition holds; rejects when it does not in time. */
  async until(condition: () => boolean, what: string): Promise<void> {
    await withinLimit(
      new Promise<void>((resolve) => {
        const watcher = (): void => {
          if (!condition()) return;
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
        watcher();
      }),
      what,
    );
  }
}

/** @throws Error when the promise takes longer than a step may */
export async function withinLimit<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${STEP_LIMIT_MS} ms`)), STEP_LIMIT_MS);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits in real time: the scenarios' durations are the original's. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
