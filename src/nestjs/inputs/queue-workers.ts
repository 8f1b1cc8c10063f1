import { Reflector, type ModulesContainer } from '@nestjs/core';
import { classesOf } from '../application-scan.js';
import { within } from './within.js';

/** What a worker of BullMQ has. */
interface QueueWorker {
  readonly name: string;
  /** Fetches no more jobs and waits for those that run; a second call gives the same promise. */
  close(): Promise<void>;
}

/** What `@Processor` of `@nestjs/bullmq` leaves on a class; other providers are not touched. */
const PROCESSOR = 'bullmq:processor_metadata';

/**
 * Closes the workers of the application's `@Processor` classes. NestJS does so after all servers, when flows have stopped: jobs that
 * begin in between would fail.
 *
 * @returns the queues whose jobs were not done after `limitS` seconds
 */
export async function closeQueueWorkers(modules: ModulesContainer, limitS: number): Promise<readonly string[]> {
  const closed = await Promise.all(
    [...new Set(workersOf(modules))].map(async (worker) => ((await within(limitS, worker.close())) ? [] : worker.name)),
  );
  return closed.flat();
}

function* workersOf(modules: ModulesContainer): Generator<QueueWorker> {
  const reflector = new Reflector();
  for (const { type, wrapper } of classesOf(modules)) {
    if (reflector.get<unknown>(PROCESSOR, type) === undefined) continue;
    const worker = workerOf(wrapper.instance as { readonly worker?: unknown } | undefined);
    if (worker !== undefined) yield worker;
  }
}

/** Undefined for one that was never registered: its getter throws. */
function workerOf(processor: { readonly worker?: unknown } | undefined): QueueWorker | undefined {
  try {
    const worker = processor?.worker as Partial<QueueWorker> | undefined;
    return typeof worker?.close === 'function' ? (worker as QueueWorker) : undefined;
  } catch {
    return undefined;
  }
}
