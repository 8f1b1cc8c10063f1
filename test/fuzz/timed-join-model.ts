import type { FlowEvent } from '#src/index.js';
import type { JoinGraph } from './join-graph.js';

/** What has come for one list. */
interface OpenList {
  readonly run: string;
  readonly origin: string;
  readonly parts: unknown[];
  readonly first: unknown;
  readonly sinceS: number;
}

/** What a timed join of a random graph should make of what its events say has come to it. */
export class TimedJoinModel {
  /** Lists that it should have sent on, by run. */
  readonly lists = new Map<string, string[]>();
  /** Runs of which something was out of time: what else is given up of them nobody is told. */
  readonly failedRuns = new Set<string>();
  /** What is not as it should be. */
  readonly complaints: string[] = [];
  readonly #graph: JoinGraph;
  readonly #rules: ReturnType<JoinGraph['rulesOf']>;
  readonly #arrived = new Map<unknown, { readonly run: string; readonly origin: string; readonly place: number }>();
  readonly #used = new Set<unknown>();
  #open: OpenList[] = [];

  constructor(graph: JoinGraph, join: string) {
    this.#graph = graph;
    this.#rules = graph.rulesOf(join);
  }

  /** Takes an event of the join. */
  see({ attempt, eventType, payload, traceId, ts }: FlowEvent): void {
    const run = traceId as string;
    if (eventType === 'join_incomplete') this.#open = this.#open.filter((list) => list.run !== run);
    if (eventType === 'node_failed') this.failedRuns.add(run);
    if (eventType !== 'node_start' || attempt !== 0) return;
    const out = this.#open.find(({ first }) => first === payload);
    if (out === undefined) this.#arrive(payload, run, ts);
    else this.#outOfTime(out, ts);
  }

  /** Whether the parts of a list that was sent on belong together; whose run they are of. */
  runOf(list: readonly unknown[]): string {
    const parts = list.flatMap((part, place) => (part === undefined ? [] : [{ part, place }]));
    const known = parts.map(({ part }) => this.#arrived.get(part));
    const [first] = known;
    for (const [index, { part, place }] of parts.entries()) {
      const about = known[index];
      const fits = about?.run === first?.run && about?.origin === first?.origin && about?.place === place;
      if (!fits || this.#used.has(part)) this.complaints.push(`${this.#graph.show(list)} is of no one origin`);
      this.#used.add(part);
    }
    return first?.run ?? 'none';
  }

  #arrive(part: unknown, run: string, ts: number): void {
    const [origin, place] = [this.#rules.originOf(part), this.#rules.placeOf(part)];
    if (this.#arrived.has(part)) this.complaints.push(`${this.#graph.show(part)} came twice`);
    this.#arrived.set(part, { run, origin, place });
    let list = this.#open.find((each) => each.run === run && each.origin === origin && !(place in each.parts));
    if (list === undefined) {
      list = { run, origin, parts: new Array<unknown>(this.#rules.places), first: part, sinceS: ts };
      this.#open.push(list);
    }
    list.parts[place] = part;
    if (Object.keys(list.parts).length === this.#rules.places) this.#close(list, true);
  }

  #outOfTime(list: OpenList, ts: number): void {
    const { onTimeout, timeoutS = 0 } = this.#rules.options ?? {};
    // What is to be sent on goes when nothing can bring the rest, too.
    if (onTimeout !== 'emit' && ts - list.sinceS < timeoutS - 0.001) {
      this.complaints.push(`${this.#graph.show(list.first)} was out of time after ${ts - list.sinceS} s`);
    }
    this.#close(list, onTimeout === 'emit');
  }

  #close(list: OpenList, isSent: boolean): void {
    this.#open = this.#open.filter((each) => each !== list);
    if (isSent) this.lists.set(list.run, [...(this.lists.get(list.run) ?? []), this.#graph.show([...list.parts])]);
  }
}
