import type { CarrierSession } from './carrier-session.js';

/** What waits in a queue of a flow: the signal to scale by (D34). */
export interface QueueLag {
  readonly queue: string;
  /** Stored and handed out to nobody. */
  readonly pending: number;
  /** Handed out, and not over. */
  readonly unacked: number;
  /** How long the oldest of both has been there, in seconds; undefined when there is none. */
  readonly oldestS: number | undefined;
  /** Dead letters that came from it. */
  readonly dead: number;
}

/** What waits in the queues of the flow of a session, those of all its groups. */
export async function lagOf(session: CarrierSession): Promise<readonly QueueLag[]> {
  const queues = await session.queues();
  const nowMs = session.now();
  return queues.map(({ queue, pending, unacked, oldestMs, dead }) => {
    const oldestS = oldestMs === undefined ? undefined : Math.max(0, nowMs - oldestMs) / 1_000;
    return { queue, pending, unacked, oldestS, dead };
  });
}
