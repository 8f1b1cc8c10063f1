import { setTimeout } from 'node:timers/promises';

import { Flow, Node, start, type FlowClass, type FlowNode, type NodeContext } from '#src/index.js';
import { Distributed, queue } from '#src/distributed/index.js';

import { noteRun } from './runs.js';

/** What a node does with a job: it waits, blocks the loop the first time, ends its process, or waits until the test lets it go. */
export interface Job {
  readonly n: number;
  readonly act?: 'wait' | 'block' | 'kill' | 'hold';
  readonly ms?: number;
  readonly text?: string;
}

/** What comes of a job. It differs from run to run, so that nothing but the settlement keeps a second one away. */
export interface Done {
  readonly n: number;
  readonly by: string;
}

/** Twice that is what a process takes of a queue. */
const CONCURRENCY = 8;
export const PREFETCH = 2 * CONCURRENCY;
/** The most that a process holds of a queue. */
export const WIDE = 64;

/** What holds up `hold`, and how many it holds up. */
export const gate = { open: (): void => {}, opened: Promise.resolve(), held: 0, onHeld: (_: number): void => {} };
gate.opened = new Promise((resolve) => {
  gate.open = resolve;
});

let runs = 0;

async function work(node: string, job: Job, ctx: NodeContext): Promise<Done> {
  noteRun(node, job.n);
  runs += 1;
  const by = `${process.pid}-${runs}`;
  if (job.act === 'kill') process.kill(process.pid, 'SIGKILL');
  if (job.act === 'hold') {
    gate.held += 1;
    gate.onHeld(gate.held);
    await gate.opened;
  } else if (job.act !== 'block') await setTimeout(job.ms ?? 0);
  else if (!ctx.redelivered) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, job.ms ?? 0);
  return { n: job.n, by };
}

@Node({ concurrency: CONCURRENCY })
class First implements FlowNode<Job, Job> {
  async process(job: Job, ctx: NodeContext): Promise<Job> {
    const { by } = await work('First', job, ctx);
    return { ...job, text: `${job.text ?? ''}${by}` };
  }
}

@Node({ concurrency: CONCURRENCY })
class Second implements FlowNode<Job, Done> {
  process(job: Job, ctx: NodeContext): Promise<Done> {
    return work('Second', job, ctx);
  }
}

@Node({ concurrency: WIDE })
class Wide implements FlowNode<Job, Done> {
  process(job: Job, ctx: NodeContext): Promise<Done> {
    return work('Wide', job, ctx);
  }
}

@Node()
class Single implements FlowNode<Job, Done> {
  process(job: Job, ctx: NodeContext): Promise<Done> {
    return work('Single', job, ctx);
  }
}

/** Two nodes in processes of their own; results are messages, so that a second one is seen. */
@Distributed({ groups: { first: [First], second: [Second] }, results: 'queue' })
@Flow()
class Chain {
  readonly graph = start(First).to(Second);
}

export const NARROW = 500;

/** The same with little room. */
@Distributed({
  groups: { first: [First], second: [Second] },
  queues: [queue(First, { bound: NARROW }), queue(Second, { bound: NARROW })],
  results: 'none',
})
@Flow()
class Narrow {
  readonly graph = start(First).to(Second);
}

/** A node that works on many at a time. */
@Distributed({ results: 'queue' })
@Flow()
class Broad {
  readonly graph = start(Wide);
}

/** A node that works on one at a time. */
@Distributed({ results: 'queue' })
@Flow()
class Lone {
  readonly graph = start(Single);
}

export const MAX_HOLD_S = 4;

/** The same, with an end to how long it may take. */
@Distributed({ queues: [queue(Single, { maxHoldS: MAX_HOLD_S })], results: 'queue' })
@Flow()
class Limited {
  readonly graph = start(Single);
}

/** Whoever sends is answered. */
@Distributed()
@Flow()
class Replying {
  readonly graph = start(Second);
}

/** A job of which the old build knows nothing. */
export class Urgent {
  constructor(readonly n: number) {}
}

@Node({ name: 'Handle', concurrency: CONCURRENCY })
class HandleOld implements FlowNode<Job, Done> {
  process(job: Job, ctx: NodeContext): Promise<Done> {
    return work('Handle', job, ctx);
  }
}

@Node({ name: 'Handle', concurrency: CONCURRENCY })
class HandleNew implements FlowNode<Job | Urgent, Done> {
  process(job: Job | Urgent, ctx: NodeContext): Promise<Done> {
    return work(job instanceof Urgent ? 'Urgent' : 'Handle', job, ctx);
  }
}

/** One flow, as two builds have it. */
@Distributed({ results: 'queue' })
@Flow({ name: 'Deployed' })
class DeployedOld {
  readonly graph = start(HandleOld);
}

@Distributed({ types: { urgent: Urgent }, results: 'queue' })
@Flow({ name: 'Deployed' })
class DeployedNew {
  readonly graph = start(HandleNew);
}

const FLOWS = [Chain, Narrow, Broad, Lone, Limited, Replying, DeployedOld, DeployedNew];

/** The one that a process is told the name of. */
export function flowNamed(name: string): FlowClass {
  return FLOWS.find((each) => each.name === name)!;
}
