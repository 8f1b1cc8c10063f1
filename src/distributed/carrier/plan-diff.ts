import type { CarrierPlan, PlanChange, ProvisionDiff, QueuePlan } from './carrier-plan.js';
import { TIMES, timesOf } from './carrier-times.js';

/** In what a plan differs from the one that an engine has; the hash does not count, nor does a time that it leaves out. */
export function planDiff(had: CarrierPlan | undefined, wanted: CarrierPlan): ProvisionDiff {
  const [before, after] = [had?.queues ?? [], wanted.queues].map(byName) as [Queues, Queues];
  const both = [...after.values()].filter(({ queue }) => before.has(queue));
  return {
    added: [...after.keys()].filter((queue) => !before.has(queue)),
    removed: [...before.keys()].filter((queue) => !after.has(queue)),
    changed: [
      ...TIMES.flatMap((setting) => {
        const to = wanted[setting];
        return had === undefined || to === undefined ? [] : changeOf(undefined, setting, timesOf(had)[setting], to);
      }),
      ...both.flatMap(({ queue, bound, maxInFlight }) => {
        const former = before.get(queue)!;
        return [
          ...changeOf(queue, 'bound', former.bound, bound),
          ...changeOf(queue, 'maxInFlight', former.maxInFlight, maxInFlight),
        ];
      }),
    ],
  };
}

/** Whether there is nothing to change. */
export function isEmpty({ added, removed, changed }: ProvisionDiff): boolean {
  return added.length + removed.length + changed.length === 0;
}

/**
 * The queues that must be empty before the plan may be changed: those of every node whose queues are not the same afterwards. One that goes would strand its messages
 * (D26), and with other lanes messages of one key would lie in two (D21).
 */
export function touchedQueues(had: CarrierPlan, wanted: CarrierPlan): readonly string[] {
  const after = byNode(wanted.queues);
  return [...byNode(had.queues)]
    .filter(([node, queues]) => !isSame(queues, after.get(node) ?? []))
    .flatMap(([, queues]) => queues);
}

type Queues = ReadonlyMap<string, QueuePlan>;

function byName(queues: readonly QueuePlan[]): Queues {
  return new Map(queues.map((each) => [each.queue, each]));
}

function byNode(queues: readonly QueuePlan[]): ReadonlyMap<string, readonly string[]> {
  const nodes = new Map<string, string[]>();
  for (const { queue, lane } of queues) {
    const node = lane?.of ?? queue;
    const found = nodes.get(node);
    if (found === undefined) nodes.set(node, [queue]);
    else found.push(queue);
  }
  return nodes;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((queue) => others.includes(queue));
}

function changeOf(
  queue: string | undefined,
  setting: PlanChange['setting'],
  from: number,
  to: number,
): readonly PlanChange[] {
  return from === to ? [] : [{ queue, setting, from, to }];
}
