import type { QueueState } from '../distributed/index.js';
import type { DeadLetterStream } from './dead-letter-stream.js';
import type { NatsLine } from './nats-line.js';
import type { Names } from './names.js';
import type { KnownPlan } from './provisioning.js';
import { nextOf } from './stream-reader.js';
import { consumerInfo } from './streams.js';

/** What the queues of a flow hold, in the order of its plan. */
export async function queueStates(
  line: NatsLine,
  names: Names,
  known: KnownPlan | undefined,
  letters: DeadLetterStream,
): Promise<readonly QueueState[]> {
  if (known === undefined) return [];
  const { flow, queues } = known.plan;
  const stream = names.workStream(flow);
  const dead = await letters.counts();
  return Promise.all(
    queues.map(async ({ queue }) => {
      const info = await consumerInfo(line, stream, names.consumer(queue));
      const [pending, unacked] = [info?.num_pending ?? 0, info?.num_ack_pending ?? 0];
      const oldest =
        pending + unacked === 0 ? undefined : await nextOf(line, stream, `${names.queue(flow, queue)}.>`, 1);
      return { queue, pending, unacked, oldestMs: oldest?.storedMs, dead: dead(queue) };
    }),
  );
}
