import { batch, computed, signal } from '@preact/signals';
import type { ActionTaken, FlowPicture, Hello, RunnerView } from '../../api.js';
import type { LineView, LiveSnapshot } from '../../api-live.js';

/** How things are with the process. */
export interface Connection {
  readonly state: 'connecting' | 'live' | 'lost';
  /** When something was last heard of it; undefined when nothing ever was. */
  readonly heardMs: number | undefined;
  /** Why there is none, where somebody said so. */
  readonly why: string | undefined;
}

/** Rates over time, as the chart wants them: seconds, traces per second, failures per second. */
export type Series = readonly [readonly number[], readonly (number | null)[], readonly (number | null)[]];

/** How many snapshots the chart shows: five minutes. */
const SERIES_LENGTH = 300;
/** How many lines the live tail keeps. */
const TAIL_LENGTH = 5_000;

export const connection = signal<Connection>({ state: 'connecting', heardMs: undefined, why: undefined });
export const hello = signal<Hello | undefined>(undefined);
export const pictures = signal<readonly FlowPicture[] | undefined>(undefined);
export const snapshot = signal<LiveSnapshot | undefined>(undefined);
export const series = signal<ReadonlyMap<string, Series>>(new Map());
/** The process before this one, from when it was replaced until somebody has read so. */
export const formerRunner = signal<RunnerView | undefined>(undefined);
export const lastAction = signal<ActionTaken | undefined>(undefined);
export const tail = signal<readonly LineView[]>([]);
/** Lines of the tail that the server left out. */
export const tailLeftOut = signal(0);
export const tailPaused = signal(false);

export const runner = computed(() => snapshot.value?.runner ?? hello.value?.runner);
export const isLost = computed(() => connection.value.state === 'lost');

/** Takes a snapshot. One of another process begins everything anew: two processes are not mixed. */
export function takeSnapshot(next: LiveSnapshot): void {
  batch(() => {
    const before = runner.peek();
    if (before !== undefined && !isSameRunner(before, next.runner)) {
      formerRunner.value = before;
      series.value = new Map();
      tail.value = [];
      tailLeftOut.value = 0;
      hello.value = undefined;
      pictures.value = undefined;
    }
    snapshot.value = next;
    series.value = new Map(
      next.flows.map((flow) => [flow.name, withPoint(series.peek().get(flow.name), next.atMs, flow)]),
    );
  });
}

/** Takes lines of the live tail, unless it is paused. */
export function takeLines(lines: readonly LineView[], leftOut: number): void {
  if (tailPaused.peek()) return;
  batch(() => {
    tail.value = [...tail.peek(), ...lines].slice(-TAIL_LENGTH);
    tailLeftOut.value += leftOut;
  });
}

export function isSameRunner(one: RunnerView, other: RunnerView): boolean {
  return one.host === other.host && one.pid === other.pid && one.startedMs === other.startedMs;
}

function withPoint(
  so: Series = [[], [], []],
  atMs: number,
  { rate, failureRate }: { readonly rate: number | null; readonly failureRate: number | null },
): Series {
  return [
    [...so[0], atMs / 1_000].slice(-SERIES_LENGTH),
    [...so[1], rate].slice(-SERIES_LENGTH),
    [...so[2], failureRate].slice(-SERIES_LENGTH),
  ];
}
