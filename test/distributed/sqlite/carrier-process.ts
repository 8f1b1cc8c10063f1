import { sqliteCarrier, type CarrierPlan, type CarrierSession, type Delivery } from '#src/distributed/index.js';
import { FlowError, SystemClock } from '#src/index.js';

// A process on an SQLite carrier: `put FILE FROM TO`, `relay FILE [MS]`, `loop FILE QUEUE SECONDS` or `start FILE ID`. What it has done it says in lines.
const [role = '', file = '', ...args] = process.argv.slice(2);
/** Short, so that tests end. */
export const LEASE_S = 1;

export const PLAN: CarrierPlan = {
  flow: 'Chaos',
  hash: '',
  queues: ['in', 'out', 'q0', 'q1', 'q2', 'q3'].map((queue) => ({ queue, bound: 100_000, maxInFlight: 100_000 })),
  dedupeS: 600,
  leaseS: LEASE_S,
  keepS: 60,
};

if (process.argv[1]?.endsWith('carrier-process.js') === true) await main();

async function main(): Promise<void> {
  const session = await sqliteCarrier({ file }).open({ flow: PLAN.flow, clock: new SystemClock() });
  await session.provision(PLAN, 'ensure');
  console.log('ready');
  if (role === 'put') await put(session, Number(args[0]), Number(args[1]));
  else if (role === 'relay') relay(session, Number(args[0] ?? 0));
  else if (role === 'loop') await loop(session, args[0]!, Number(args[1]));
  else await once(session, args[0]!);
}

/** Puts a row of messages, and says which are stored. */
async function put(session: CarrierSession, from: number, to: number): Promise<void> {
  const all = Array.from({ length: to - from }, async (_, index) => {
    await stored(session, 'in', `m-${from + index}`);
    console.log(`stored ${from + index}`);
  });
  await Promise.all(all);
  console.log('all');
  await session.close(1_000);
}

/** Settles each message of `in` with a departure into `out`, whose id is new each time that it runs. */
function relay(session: CarrierSession, workMs: number): void {
  let runs = 0;
  session.onLost(({ id }) => console.log(`lost ${id}`));
  const taking = session.take('in', { free: 64, maxHoldS: 900 }, (delivery) => {
    runs += 1;
    const departure = { id: `${delivery.id}/${process.pid}-${runs}`, queue: 'out', head: '', body: delivery.id };
    // Some of it takes a while.
    console.log(`took ${delivery.id}`);
    setTimeout(() => void end(delivery, departure), runs % 4 === 0 ? workMs + 20 : workMs);
  });

  async function end(
    delivery: Delivery,
    departure: { id: string; queue: string; head: string; body: string },
  ): Promise<void> {
    try {
      await session.settle(delivery, { departures: [departure] });
      console.log(`settled ${delivery.id}`);
    } catch (error) {
      if (!FlowError.is(error, 'LEASE_LOST')) throw error;
      console.log(`refused ${delivery.id}`);
    }
    taking.more(1);
  }
}

/** Puts, takes and settles in a queue of its own for a time; says how much, and how long puts took. */
async function loop(session: CarrierSession, queue: string, seconds: number): Promise<void> {
  const endMs = performance.now() + seconds * 1_000;
  const tookMs: number[] = [];
  let settled = 0;
  const taking = session.take(queue, { free: 64, maxHoldS: 900 }, (delivery) => {
    void session.settle(delivery, { departures: [] }).then(() => {
      settled += 1;
      taking.more(1);
    });
  });
  await Promise.all(
    Array.from({ length: 32 }, async (_, lane) => {
      for (let count = 0; performance.now() < endMs; count += 1) {
        const sinceMs = performance.now();
        await stored(session, queue, `${queue}-${lane}-${count}`);
        tookMs.push(performance.now() - sinceMs);
      }
    }),
  );
  const p99 = tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length * 0.99)] ?? 0;
  console.log(JSON.stringify({ settled, p99 }));
  await session.close(1_000);
}

async function once(session: CarrierSession, id: string): Promise<void> {
  await stored(session, 'in', id);
  await session.close(1_000);
  console.log('all');
}

/** Puts, and waits for room where there is none. */
export function stored(session: CarrierSession, queue: string, id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const offer = (): void => {
      const isTaken = session.put({ id, queue, head: '{}', body: 'x'.repeat(1_000) }, (error) =>
        error === undefined ? resolve() : reject(error),
      );
      if (!isTaken) session.whenRoom(queue, offer);
    };
    offer();
  });
}
