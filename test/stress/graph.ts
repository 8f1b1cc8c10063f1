import {
  Flow,
  joinK,
  Node,
  predicateRouter,
  start,
  uncheckedGraph,
  type FlowNode,
  type NodeContext,
} from '#src/index.js';

/** What a trace of the stress test is told to go through. */
export class Job {
  constructor(
    readonly n: number,
    readonly fate: 'succeed' | 'fail' | 'flaky' | 'hang' | 'book' | 'bookFails' | 'slow',
  ) {}
}

/** Resolves after some macrotasks, or rejects when the attempt is interrupted. */
function macrotasks(count: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const turn = (left: number): void => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (left === 0) resolve();
      else setImmediate(turn, left - 1);
    };
    turn(count);
  });
}

@Node({ concurrency: 32, timeoutS: 0.02, maxRetries: 1, backoffBaseS: 0 })
class Work implements FlowNode<Job, Job> {
  async process(job: Job, ctx: NodeContext): Promise<Job> {
    if (job.fate === 'fail') throw new Error('told to fail');
    if (job.fate === 'flaky' && ctx.attempt === 0) throw new Error('told to fail once');
    if (job.fate === 'slow') await macrotasks(2, ctx.signal);
    if (job.fate === 'hang') {
      await new Promise<void>((_, reject) => {
        ctx.signal.addEventListener('abort', () => {
          reject(ctx.signal.reason as Error);
        });
      });
    }
    return job;
  }
}

@Node({ concurrency: 4, ordered: true })
class Left implements FlowNode<Job, Job> {
  async process(job: Job): Promise<Job> {
    return job;
  }
}

@Node()
class Right implements FlowNode<Job, Job> {
  process(job: Job): Job {
    return job;
  }
}

@Node({ concurrency: 8 })
class Check implements FlowNode<Job, number> {
  async process(job: Job): Promise<number> {
    if (job.fate === 'bookFails') throw new Error('the book is closed');
    return job.n;
  }
}

@Flow({ name: 'stress-book', queueMaxsize: 8 })
class Book {
  readonly graph = start(Check);
}

@Node({ concurrency: 16 })
class Read implements FlowNode<readonly Job[], number> {
  process(jobs: readonly Job[], ctx: NodeContext): Promise<number> {
    return ctx.call(Book, jobs[0] as Job);
  }
}

@Node()
class Count implements FlowNode<readonly Job[], number> {
  process(jobs: readonly Job[]): number {
    return jobs[0]?.n ?? -1;
  }
}

const Both = joinK<Job>('Both', 2);
const Lane = predicateRouter<readonly Job[]>('Lane', ([job]) =>
  job?.fate.startsWith('book') === true ? 'Read' : 'Count',
);

/** Fan-out, join, router and playbook, on short floes. */
@Flow({ name: 'stress', queueMaxsize: 8 })
export class Stress {
  readonly graph = uncheckedGraph<Job, number>([
    [Work, [Left, Right]],
    [Left, [Both]],
    [Right, [Both]],
    [Both, [Lane]],
    [Lane, [Read, Count]],
    [Read, []],
    [Count, []],
  ]);
}
