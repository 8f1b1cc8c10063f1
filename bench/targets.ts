import { firstFigure, ranked, type WorkloadResults } from './results.js';

/** What became of a target. */
export interface Verdict {
  readonly id: string;
  readonly text: string;
  readonly reached: string;
  /** Undefined when the run did not measure what it takes. */
  readonly met: boolean | undefined;
}

/** What a target is judged by; undefined when a figure it needs is missing. */
interface Reached {
  readonly met: boolean;
  readonly reached: string;
}

interface Target {
  readonly id: string;
  readonly text: string;
  judge(workload: WorkloadResults): Reached | undefined;
}

const OURS = 'penguiflow';
/** Rows that are not peers. */
const LIMITS = [OURS, 'penguiflow (fetched)', 'penguiflow (one listener)', 'bare loop', 'minimal pipeline'];

const TARGETS: readonly Target[] = [
  target('W1', 'p50 at most 3 bare loops', atMost(3, OURS, 'bare loop')),
  target('W1', 'p50 below every peer', aheadOfPeers),
  target('W2', 'at least 0.75 of the bare loop', atLeast(0.75, OURS, 'bare loop')),
  target('W2', 'with a listener at least 0.65 of without', atLeast(0.65, 'penguiflow (one listener)', OURS)),
  target('W2', 'ahead of every peer', aheadOfPeers),
  target('W3', 'ahead of every peer', aheadOfPeers),
  target('W4a', 'timeout and retries at most 150 ns', figureAtMost(150, OURS, 'ns added', ' ns')),
  target('W4b', 'ahead of every peer', aheadOfPeers),
  target('W5', 'at least 4 times rxjs', atLeast(4, OURS, 'rxjs')),
  target('W5', 'at least 0.4 of the fastest peer', atLeastOfBest(0.4)),
  target('W6a', 'a line at most 0.6 of winston', atMost(0.6, 'FlowLogger', 'winston')),
  target('W6a', 'through winston’s transport, too', atMost(0.6, 'FlowLogger, winston’s transport', 'winston')),
  target('W6b', 'a line at most 0.6 of winston', atMost(0.6, 'FlowLogger', 'winston')),
  target('W6b', 'through winston’s transport, too', atMost(0.6, 'FlowLogger, winston’s transport', 'winston')),
  target('W6c', 'at most 60 ns', figureAtMost(60, 'FlowLogger', 'CPU ns per event', ' ns')),
  target('W7', 'heap grows by less than 5 MB', figureAtMost(5, OURS, 'heap grown by MB', ' MB')),
  target('W7', 'peak RSS at most 1.25 of the minimal pipeline', atMost(1.25, OURS, 'minimal pipeline')),
  target('W8', 'at least 0.95 of the best', atLeastOfBest(0.95)),
  target('W9a', 'without winston’s own cost at most 60 ms', figureAtMost(60, OURS, 'ms', ' ms')),
  target('W9b', '500 nodes under 50 ms', figureAtMost(50, OURS, '500: first ms', ' ms')),
  target('W10a', 'a hop of 64 nodes at most 1.25 of one of 4', figureAtMost(1.25, OURS, '64 : 4')),
  target('W10c', '100,000 at most 1.5 of 1', figureAtMost(1.5, 'penguiflow, waiting in a node', '100000 : 1')),
  target('W10c', 'waiting in queues, too', figureAtMost(1.5, 'penguiflow, waiting in queues', '100000 : 1')),
];

/** Judges the results by the targets; those whose workload was not measured are left out. */
export function verdictsOn(workloads: readonly WorkloadResults[]): Verdict[] {
  return TARGETS.flatMap(({ id, text, judge }) => {
    const workload = workloads.find((each) => each.id === id);
    if (workload === undefined) return [];
    const { met, reached } = judge(workload) ?? { met: undefined, reached: 'not measured' };
    return [{ id, text, met, reached }];
  });
}

function target(id: string, text: string, judge: Target['judge']): Target {
  return { id, text, judge };
}

function figureOf({ cells }: WorkloadResults, name: string, figure?: string): number | undefined {
  const cell = cells.find((each) => each.name === name);
  return figure === undefined ? firstFigure(cell) : cell?.figures?.[figure];
}

function ratioOf(workload: WorkloadResults, name: string, other: string): number | undefined {
  const one = figureOf(workload, name);
  const two = figureOf(workload, other);
  return one === undefined || two === undefined ? undefined : one / two;
}

function atMost(limit: number, name: string, other: string): Target['judge'] {
  return (workload) => judged(ratioOf(workload, name, other), (ratio) => ratio <= limit);
}

function atLeast(limit: number, name: string, other: string): Target['judge'] {
  return (workload) => judged(ratioOf(workload, name, other), (ratio) => ratio >= limit);
}

function figureAtMost(limit: number, name: string, figure: string, unit = ''): Target['judge'] {
  return (workload) => judged(figureOf(workload, name, figure), (value) => value <= limit, unit);
}

function atLeastOfBest(limit: number): Target['judge'] {
  return (workload) => {
    const [best] = ranked(workload).filter(({ name }) => !LIMITS.includes(name));
    if (best === undefined) return undefined;
    const judgedRatio = judged(ratioOf(workload, OURS, best.name), (ratio) => ratio >= limit);
    return judgedRatio && { ...judgedRatio, reached: `${judgedRatio.reached} of ${best.name}` };
  };
}

/** Names the peers that are ahead, and how far. */
function aheadOfPeers(workload: WorkloadResults): Reached | undefined {
  const own = figureOf(workload, OURS);
  if (own === undefined) return undefined;
  const peers = ranked(workload).filter(({ name }) => !LIMITS.includes(name));
  if (peers.length === 0) return undefined;
  const ratio = (name: string): number => {
    const other = figureOf(workload, name) as number;
    return workload.better === 'more' ? other / own : own / other;
  };
  const ahead = peers.filter(({ name }) => ratio(name) > 1);
  const [shown, word] = ahead.length === 0 ? [peers.slice(0, 1), 'next: '] : [ahead, 'ahead: '];
  return {
    met: ahead.length === 0,
    reached: word + shown.map(({ name }) => `${name} ${ratio(name).toFixed(2)}`).join(', '),
  };
}

function judged(value: number | undefined, isMet: (value: number) => boolean, unit = ''): Reached | undefined {
  if (value === undefined) return undefined;
  return { met: isMet(value), reached: `${value >= 100 ? value.toFixed(0) : value.toFixed(2)}${unit}` };
}
