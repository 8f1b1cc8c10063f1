import type { BreakerState, DependencySnapshot, FlowSnapshot, NodeSnapshot, PenguiFlow } from '../index.js';
import { MAX_DEPENDENCIES, OTHER_DEPENDENCIES } from './metric-specs.js';

/** Numbers of one flow or node, over all handles of that name. */
type Figures = Record<string, number>;

/** Numbers that only grow; those of a flow that has stopped stay in the sum, or the counter would seem to restart. */
const GROWING: ReadonlySet<string> = new Set<keyof NodeSnapshot | keyof FlowSnapshot | 'listenerFailuresSum'>([
  'succeeded',
  'failed',
  'cancelled',
  'skipped',
  'retried',
  'timedOut',
  'loopBlockedS',
  'startedTraces',
  'cancelledTraces',
  'discardedResults',
  'unclaimedFailures',
  'forgottenFailures',
  'listenerFailuresSum',
]);

/** What is counted of whole traces. */
const OF_TRACES: ReadonlySet<string> = new Set<keyof FlowSnapshot>([
  'traces',
  'startedTraces',
  'cancelledTraces',
  'results',
  'discardedResults',
  'unclaimedFailures',
  'forgottenFailures',
]);

/** Numbers of which the largest counts, and not the sum. */
const LARGEST: ReadonlySet<string> = new Set<keyof NodeSnapshot>(['oldestAttemptS', 'oldestQueuedS']);

/** A flow's name, or a flow's and a node's: names cannot be mistaken for each other, whatever they are made of. */
function keyOf(...labels: readonly string[]): string {
  return JSON.stringify(labels);
}

/** One row: the labels it stands under, and its numbers. */
export interface LedgerRow {
  readonly labels: readonly string[];
  readonly figures: Figures;
}

/** A flow, or the part of one that a worker serves. */
type SeenFlow = Pick<PenguiFlow, 'snapshot' | 'state'>;

/** Reads the snapshots of the flows it was given, and puts those of one name together. */
export class FlowLedger {
  readonly #seen = new Map<SeenFlow, ReadonlyMap<string, LedgerRow>>();
  readonly #dependencies = new Map<SeenFlow, readonly DependencySnapshot[]>();
  readonly #parts = new WeakSet<SeenFlow>();
  readonly #retired = new Map<string, LedgerRow>();

  /** @param isPart - its runs are parts, which are no traces: those are counted where they begin */
  add(flow: SeenFlow, isPart = false): void {
    if (!this.#seen.has(flow)) this.#seen.set(flow, new Map());
    if (isPart) this.#parts.add(flow);
  }

  /** Forgets a flow; what it has counted stays. */
  remove(flow: SeenFlow): void {
    const seen = this.#seen.get(flow);
    if (seen === undefined) return;
    this.#read(flow, seen);
    for (const row of this.#seen.get(flow)?.values() ?? []) this.#retire(row);
    this.#seen.delete(flow);
    this.#dependencies.delete(flow);
  }

  /** The rows of all flows and all nodes, as they are now. Flows that have stopped are forgotten on the way. */
  rows(): readonly LedgerRow[] {
    const sums = new Map<string, LedgerRow>();
    for (const [flow, seen] of [...this.#seen]) {
      this.#read(flow, seen);
      if (flow.state === 'stopped') this.remove(flow);
      else for (const row of this.#seen.get(flow)?.values() ?? []) addTo(sums, row, row.figures);
    }
    for (const row of this.#retired.values()) addTo(sums, row, row.figures);
    return [...sums.values()];
  }

  /** The states of the breakers when the rows were read: of several of one name that which lets least through. */
  breakers(): ReadonlyMap<string, BreakerState> {
    const states = new Map<string, BreakerState>();
    for (const { name, breaker } of [...this.#dependencies.values()].flat()) {
      const key = states.has(name) || states.size < MAX_DEPENDENCIES ? name : OTHER_DEPENDENCIES;
      if (breaker !== null && rank(breaker) >= rank(states.get(key))) states.set(key, breaker);
    }
    return states;
  }

  #read(flow: SeenFlow, seen: ReadonlyMap<string, LedgerRow>): void {
    const now = new Map<string, LedgerRow>();
    const snapshot = flow.snapshot();
    addSnapshot(now, snapshot);
    if (this.#parts.has(flow)) now.set(...withoutTraces(now, snapshot.flowName));
    this.#dependencies.set(flow, dependenciesOf(snapshot));
    // Playbooks come and go with their callers.
    for (const [key, row] of seen) if (!now.has(key)) this.#retire(row);
    this.#seen.set(flow, now);
  }

  #retire({ labels, figures }: LedgerRow): void {
    const growing = Object.entries(figures).filter(([name]) => GROWING.has(name));
    addTo(this.#retired, { labels, figures: {} }, Object.fromEntries(growing));
  }
}

function addSnapshot(rows: Map<string, LedgerRow>, snapshot: FlowSnapshot): void {
  const { flowName, nodes, playbooks, listenerFailures } = snapshot;
  const { traces, startedTraces, cancelledTraces, results, discardedResults, unclaimedFailures, forgottenFailures } =
    snapshot;
  const listenerFailuresSum = Object.values(listenerFailures).reduce((sum, count) => sum + count, 0);
  addTo(
    rows,
    { labels: [flowName], figures: {} },
    {
      traces,
      startedTraces,
      cancelledTraces,
      results,
      discardedResults,
      unclaimedFailures,
      forgottenFailures,
      listenerFailuresSum,
    },
  );
  for (const { name, id: _, ...figures } of nodes) addTo(rows, { labels: [flowName, name], figures: {} }, figures);
  for (const playbook of playbooks) addSnapshot(rows, playbook);
}

function withoutTraces(rows: ReadonlyMap<string, LedgerRow>, flowName: string): [key: string, row: LedgerRow] {
  const key = keyOf(flowName);
  const figures = Object.entries(rows.get(key)?.figures ?? {}).filter(([name]) => !OF_TRACES.has(name));
  return [key, { labels: [flowName], figures: Object.fromEntries(figures) }];
}

function dependenciesOf({ dependencies, playbooks }: FlowSnapshot): readonly DependencySnapshot[] {
  return [...dependencies, ...playbooks.flatMap(dependenciesOf)];
}

function rank(state: BreakerState | undefined): number {
  return state === undefined ? -1 : ['closed', 'half_open', 'open'].indexOf(state);
}

function addTo(rows: Map<string, LedgerRow>, { labels }: LedgerRow, figures: Figures): void {
  const key = keyOf(...labels);
  const sums = rows.get(key)?.figures ?? {};
  rows.set(key, { labels, figures: sums });
  for (const [name, value] of Object.entries(figures)) {
    const before = sums[name] ?? 0;
    sums[name] = LARGEST.has(name) ? Math.max(before, value) : before + value;
  }
}
