import { setTimeout } from 'node:timers/promises';

import type { CarrierPlan, CarrierSession, Delivery, QueueState, SessionOptions } from '#src/distributed/index.js';
import { SystemClock } from '#src/index.js';
import { nats, type NatsCarrierOptions } from '#src/nats/index.js';

export const PLAN: CarrierPlan = {
  flow: 'Documents',
  hash: '',
  queues: [
    { queue: 'in', bound: 1_000, maxInFlight: 1_000 },
    { queue: 'out', bound: 1_000, maxInFlight: 1_000 },
  ],
  dedupeS: 120,
  leaseS: 1,
  keepS: 60,
};

/** Sessions of a test, which are closed after it. */
export class Sessions {
  readonly #open: CarrierSession[] = [];

  async join(
    connect: NatsCarrierOptions['connect'],
    more: Partial<NatsCarrierOptions & SessionOptions> & { readonly plan?: CarrierPlan } = {},
  ): Promise<CarrierSession> {
    const { plan = PLAN, flow = plan.flow, onState, onProblem, ...options } = more;
    const session = await nats({ connect, ...options }).open({
      flow,
      clock: new SystemClock(),
      ...(onState === undefined ? undefined : { onState }),
      ...(onProblem === undefined ? undefined : { onProblem }),
    });
    this.#open.push(session);
    await session.provision(plan, 'ensure');
    return session;
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((session) => session.close(0)));
  }
}

/** Puts, and waits for room where there is none. */
export function put(session: CarrierSession, queue: string, id: string): Promise<'stored' | 'duplicate'> {
  return new Promise((resolve, reject) => {
    const offer = (): void => {
      const isTaken = session.put({ id, queue, head: '{}', body: id }, (error, duplicate) =>
        error === undefined ? resolve(duplicate ? 'duplicate' : 'stored') : reject(error),
      );
      if (!isTaken) session.whenRoom(queue, offer);
    };
    offer();
  });
}

/** Takes so many, and stops. */
export function taken(session: CarrierSession, queue: string, count: number): Promise<readonly Delivery[]> {
  return new Promise((resolve) => {
    const deliveries: Delivery[] = [];
    const taking = session.take(queue, { free: count, maxHoldS: 900 }, (delivery) => {
      deliveries.push(delivery);
      if (deliveries.length < count) return;
      taking.stop();
      resolve(deliveries);
    });
  });
}

export async function stateOf(session: CarrierSession, queue: string): Promise<QueueState> {
  const found = (await session.queues()).find((each) => each.queue === queue);
  if (found === undefined) throw new Error(`no queue ${queue}`);
  return found;
}

/** Asks again until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(20);
}
