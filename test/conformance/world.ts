import { FlowError, type NodeContext } from '#src/index.js';
import { ManualClock } from '#src/testing/index.js';
import { settle } from '../support/settling.js';

/** How long a step may take, in milliseconds of the world's clock. */
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

/** What nodes and driver of one scenario share: the time, gates, and who was entered how often. */
export class World {
  /** The durations of the scenarios are the original's; nobody waits for them. */
  readonly clock = new ManualClock();
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

  /** Resolves when the condition holds. */
  until(condition: () => boolean): Promise<void> {
    return new Promise<void>((resolve) => {
      const watcher = (): void => {
        if (!condition()) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }

  /** Resolves when that much time has passed; somebody must let it pass. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.setTimer(resolve, ms);
    });
  }

  /**
   * Lets time pass until the promise has settled, a millisecond whenever nothing else can go on.
   *
   * @throws Error when the promise takes longer than a step may
   */
  async letPass<T>(promise: Promise<T>, what: string): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    promise.then(over, over);
    for (let ms = 0; ms < STEP_LIMIT_MS; ms++) {
      await settle();
      if (isOver) return promise;
      await this.clock.advance(1);
    }
    throw new Error(`${what}: not within ${STEP_LIMIT_MS} ms`);
  }
}
