import type { TestedEngine } from '#src/distributed/conformance/index.js';
import type {
  CarrierPlan,
  CarrierSession,
  Delivery,
  OutMessage,
  ProvisionDiff,
  SessionOptions,
  Taking,
} from '#src/distributed/index.js';
import { FlowError } from '#src/index.js';

import { memoryEngine } from './memory-target.js';

/** What a fault may be built with, besides the sound session. */
interface Around {
  readonly engine: TestedEngine;
  /** How many sessions have been opened before. */
  readonly index: number;
  /** Shared by all sessions of the engine. */
  readonly shared: Map<string, number>;
  /** What the session was told last. */
  readonly state: () => string;
}

/** A carrier with a fault, and the cases of the conformance suite that find it. */
export interface BrokenCarrier {
  readonly fault: string;
  /** The end of their titles. */
  readonly foundBy: readonly string[];
  readonly breakIt?: (sound: CarrierSession, around: Around) => Partial<CarrierSession>;
  readonly options?: (options: SessionOptions) => SessionOptions;
  readonly engine?: (sound: TestedEngine) => Partial<TestedEngine>;
}

/** An engine in memory, the sessions of which have some methods that are others. */
export function brokenBy({ breakIt, options, engine: ofEngine }: BrokenCarrier): TestedEngine {
  const engine = memoryEngine();
  const shared = new Map<string, number>();
  const soundOf = new WeakMap<CarrierSession, CarrierSession>();
  const sound = (session: CarrierSession): CarrierSession => soundOf.get(session) ?? session;
  let index = 0;
  const inner: TestedEngine = {
    ...engine,
    kill: (session) => engine.kill?.(sound(session)),
    freeze: (session) => engine.freeze?.(sound(session)),
    thaw: (session) => engine.thaw?.(sound(session)),
    carrier: {
      name: 'broken',
      async open(given) {
        let state = 'up';
        const heard: SessionOptions = {
          ...given,
          onState: (next) => {
            state = next.state;
            given.onState?.(next);
          },
        };
        const session = await engine.carrier.open(options?.(heard) ?? heard);
        const around = { engine, index: index++, shared, state: () => state };
        const broken = proxyOf(session, breakIt?.(session, around) ?? {});
        soundOf.set(broken, session);
        return broken;
      },
    },
  };
  return { ...inner, ...ofEngine?.(inner) };
}

function proxyOf(session: CarrierSession, broken: Partial<CarrierSession>): CarrierSession {
  const others: Readonly<Record<PropertyKey, unknown>> = { ...broken };
  return new Proxy(session, {
    get: (target, name) => {
      const member: unknown = others[name] ?? Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

const NOTHING: ProvisionDiff = { added: [], removed: [], changed: [] };

const KEEPS_BOUND = 'D14 keeps the bound of a queue that several fill, and stores all that waits';

function withQueues(
  sound: CarrierSession,
  change: (queue: CarrierPlan['queues'][number]) => CarrierPlan['queues'][number],
): Partial<CarrierSession> {
  return { provision: (plan, mode) => sound.provision({ ...plan, queues: plan.queues.map(change) }, mode) };
}

/** Puts as soon as there is room. */
function putLater(sound: CarrierSession, message: OutMessage, done: Parameters<CarrierSession['put']>[1]): void {
  if (!sound.put(message, done)) sound.whenRoom(message.queue, () => putLater(sound, message, done));
}

function stored(sound: CarrierSession, message: OutMessage): Promise<void> {
  return new Promise((resolve) => {
    putLater(sound, message, () => resolve());
  });
}

function next(shared: Map<string, number>, name: string): number {
  const count = (shared.get(name) ?? 0) + 1;
  shared.set(name, count);
  return count;
}

async function withoutRefusal<T>(promise: Promise<T>, code: string, instead: T): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (FlowError.is(error) && error.code === code) return instead;
    throw error;
  }
}

/** At least one for each case. */
export const BROKEN_CARRIERS: readonly BrokenCarrier[] = [
  {
    fault: 'changes a text',
    foundBy: ['D2 hands out what it has acknowledged, head and body as they were'],
    breakIt: (sound) => ({
      put: (message, done) => sound.put({ ...message, body: message.body.replaceAll('\u0000', '') }, done),
    }),
  },
  {
    fault: 'answers twice',
    foundBy: ['D2 answers after the call, and once'],
    breakIt: (sound) => ({
      put: (message, done) =>
        sound.put(message, (error, duplicate) => {
          done(error, duplicate);
          done(error, duplicate);
        }),
    }),
  },
  {
    fault: 'answers within the call',
    foundBy: ['D2 answers after the call, and once'],
    breakIt: (sound) => ({
      put: (message, done) => {
        done(undefined, false);
        return sound.put(message, () => {});
      },
    }),
  },
  {
    fault: 'knows no ids',
    foundBy: ['D6 stores messages with equal ids once, whatever their queue, also when the first one is settled'],
    breakIt: (sound, { shared }) => ({
      put: (message, done) => sound.put({ ...message, id: `${message.id}${next(shared, message.id)}` }, done),
    }),
  },
  {
    fault: 'knows an id for a time only',
    foundBy: [
      'D6 knows an id as long as its message is there, where it settles atomically',
      'D6 knows the id of a departure as long as its arrival is there, where it settles atomically',
    ],
    breakIt: (sound, { engine }) => ({
      put: (message, done) => {
        const isLate = engine.clock.monotonic() > 5_000;
        return sound.put({ ...message, id: isLate ? `${message.id} again` : message.id }, done);
      },
    }),
  },
  {
    fault: 'forgets of which arrival a message is',
    foundBy: ['D6 knows the id of a departure as long as its arrival is there, where it settles atomically'],
    breakIt: (sound) => ({ put: ({ id, queue, head, body }, done) => sound.put({ id, queue, head, body }, done) }),
  },
  {
    fault: 'takes all flows for one',
    foundBy: ['keeps flows apart: their ids, queues and dead letters'],
    options: (options) => ({ ...options, flow: 'One' }),
    breakIt: (sound) => ({ provision: (plan, mode) => sound.provision({ ...plan, flow: 'One' }, mode) }),
  },
  {
    fault: 'has twice the bound',
    foundBy: [
      'D14 takes nothing more for a queue at its bound, and calls back when there is room',
      KEEPS_BOUND,
      'D14 waits with a settlement while a queue of its departures is full, and keeps the delivery meanwhile',
    ],
    breakIt: (sound) => withQueues(sound, (queue) => ({ ...queue, bound: queue.bound * 2 })),
  },
  {
    fault: 'takes everything into its memory',
    foundBy: [
      'keeps at most 256 messages of a session without an answer',
      'D25 fills its window while the engine is away, and then says that there is no room',
    ],
    breakIt: (sound) => ({
      put: (message, done) => {
        putLater(sound, message, done);
        return true;
      },
    }),
  },
  {
    fault: 'never calls back when there is room',
    foundBy: ['calls back when there is room already', KEEPS_BOUND],
    breakIt: () => ({ whenRoom: () => {} }),
  },
  {
    fault: 'calls back last who came first',
    foundBy: ['D14 calls back first those who wait longest'],
    breakIt: (sound) => {
      const waiting: (() => void)[] = [];
      return {
        whenRoom: (queue, callback) => {
          waiting.push(callback);
          sound.whenRoom(queue, () => waiting.pop()?.());
        },
      };
    },
  },
  {
    fault: 'takes less than it says',
    foundBy: ['D27 refuses a message above its limit, and takes one at it'],
    breakIt: (sound) => ({ can: { ...sound.can, maxBytes: sound.can.maxBytes + 1 } }),
  },
  {
    fault: 'loses what is for a queue that it does not have',
    foundBy: ['D26 refuses a message for a queue that it does not have'],
    breakIt: (sound) => ({
      put: (message, done) =>
        sound.put(message, (error, duplicate) => done(error?.code === 'PLAN_CHANGED' ? undefined : error, duplicate)),
    }),
  },
  {
    fault: 'turns the order round',
    foundBy: ['hands out the messages of a queue in their order'],
    breakIt: (sound) => ({
      take: (queue, options, on) => {
        const waiting: Delivery[] = [];
        return sound.take(queue, options, (delivery) => {
          waiting.push(delivery);
          setImmediate(() => on(waiting.pop()!));
        });
      },
    }),
  },
  {
    fault: 'gives more than there is credit for',
    foundBy: ['D8 hands out no more than there is credit for, of each taking'],
    breakIt: (sound) => ({
      take: (queue, options, on) => sound.take(queue, { ...options, free: options.free + 1 }, on),
    }),
  },
  {
    fault: 'does not stop',
    foundBy: ['hands out nothing without credit, and nothing any more when a taking is stopped'],
    breakIt: (sound) => ({
      take: (queue, options, on) => {
        const taking = sound.take(queue, options, on);
        return { more: (free) => taking.more(free), stop: () => {} };
      },
    }),
  },
  {
    fault: 'gives everything to whoever came first',
    foundBy: ['hands out a message once, to those who take in turns'],
    breakIt: (sound, { index }) =>
      index === 0
        ? { take: (queue, options, on) => sound.take(queue, { ...options, free: 1_000 }, on) }
        : { take: () => ({ more: () => {}, stop: () => {} }) },
  },
  {
    fault: 'knows one taking of a queue in each session',
    foundBy: ['hands out each message to one of many takings, also of one session'],
    breakIt: (sound) => {
      const taken = new Set<string>();
      return {
        take: (queue, options, on) => {
          if (taken.has(queue)) return { more: () => {}, stop: () => {} };
          taken.add(queue);
          return sound.take(queue, options, on);
        },
      };
    },
  },
  {
    fault: 'has any number in flight',
    foundBy: ['has no more in flight than the plan says, in all sessions together'],
    breakIt: (sound) => withQueues(sound, (queue) => ({ ...queue, maxInFlight: 1_000 })),
  },
  {
    fault: 'takes only from queues that are there',
    foundBy: ['takes from a queue that comes later'],
    breakIt: (sound) => ({
      take: (queue, options, on) =>
        queue === 'new' ? { more: () => {}, stop: () => {} } : sound.take(queue, options, on),
    }),
  },
  {
    fault: 'forgets who takes from a queue that goes',
    foundBy: ['D26 takes from a queue that was taken away and comes back'],
    breakIt: (sound) => {
      const takings: Taking[] = [];
      return {
        take: (queue, options, on) => {
          const taking = sound.take(queue, options, on);
          takings.push(taking);
          return taking;
        },
        provision: async (plan, mode) => {
          const diff = await sound.provision(plan, mode);
          if (diff.removed.length > 0) for (const taking of takings) taking.stop();
          return diff;
        },
      };
    },
  },
  {
    fault: 'says of what is handed out that it is pending',
    foundBy: ['D34 says what its queues hold, in the order of the plan, with times of its clock'],
    breakIt: (sound) => ({
      queues: async () =>
        (await sound.queues()).map((each) => ({ ...each, pending: each.pending + each.unacked, unacked: 0 })),
    }),
  },
  {
    fault: 'drops a departure',
    foundBy: [
      'D4 settles a delivery with its departures',
      'D4 settles with 64 departures at once, into the queue of the arrival as well',
    ],
    breakIt: (sound) => ({
      settle: (delivery, { departures, ...rest }) =>
        sound.settle(delivery, { ...rest, departures: departures.slice(0, 2) }),
    }),
  },
  {
    fault: 'stores departures as often as they come',
    foundBy: ['D6 stores a departure once that was put before, or stands twice in a settlement'],
    breakIt: (sound, { shared }) => ({
      settle: (delivery, { departures, ...rest }) =>
        sound.settle(delivery, {
          ...rest,
          departures: departures.map((each) => ({ ...each, id: `${each.id} ${next(shared, each.id)}` })),
        }),
    }),
  },
  {
    fault: 'settles twice',
    foundBy: ['refuses to end a delivery twice, or one that was handed back'],
    breakIt: (sound) => ({
      settle: (delivery, outcome) => withoutRefusal(sound.settle(delivery, outcome), 'LEASE_LOST', undefined),
    }),
  },
  {
    fault: 'puts the departures first',
    foundBy: [
      'D14 settles a message of a full queue with a departure into the same queue',
      'D14 lets a settlement bring more than there is room for, when there is room for one',
      'D4 stores of a settlement all or nothing when its process is killed, where it settles atomically',
    ],
    breakIt: (sound) => ({
      async settle(delivery, outcome) {
        for (const departure of outcome.departures) await stored(sound, departure);
        await sound.settle(delivery, { ...outcome, departures: [] });
      },
    }),
  },
  {
    fault: 'hands back after a while',
    foundBy: ['D12 D24 gives what is handed back to others at once, in its old place, and as no redelivery'],
    breakIt: (sound) => ({
      async release(deliveries) {
        for (const delivery of deliveries) await withoutRefusal(sound.later(delivery, 1, 0), 'LEASE_LOST', undefined);
      },
    }),
  },
  {
    fault: 'forgets the attempt',
    foundBy: ['D10 hands out again after a time what was put off, with the attempt'],
    breakIt: (sound) => ({ later: (delivery, delayS) => sound.later(delivery, delayS, 0) }),
  },
  {
    fault: 'puts off in the process',
    foundBy: ['D10 keeps what was put off when who did so is gone'],
    breakIt: (sound, { engine }) => ({
      later: async (delivery, delayS) => {
        engine.clock.setTimer(() => void sound.release([delivery]), delayS * 1_000);
      },
    }),
  },
  {
    fault: 'counts the starts of its own session',
    foundBy: [
      'D12 counts the starts that have no end, and not those that were never begun',
      'D12 clears the starts of a message when one has come to an end',
    ],
    breakIt: () => ({ countStart: async () => 1 }),
  },
  {
    fault: 'never clears the starts',
    foundBy: ['D12 clears the starts of a message when one has come to an end'],
    breakIt: (_sound, { shared }) => ({ countStart: async ({ id }) => next(shared, id) }),
  },
  {
    fault: 'has no lanes',
    foundBy: [
      'D21 hands out the messages of a lane one at a time and in their order, lanes beside each other',
      'D21 lets a lane wait for its first message when that is handed back or put off',
      'D21 keeps the order of a lane when who works on it is killed',
    ],
    breakIt: (sound) => withQueues(sound, ({ queue, bound, maxInFlight }) => ({ queue, bound, maxInFlight })),
  },
  {
    fault: 'renews nothing',
    foundBy: ['D9 renews what it has handed out, until it is settled'],
    breakIt: (sound, { engine }) => ({
      take: (queue, options, on) =>
        sound.take(queue, options, (delivery) => {
          engine.clock.setTimer(() => void sound.release([delivery]), 2_000);
          on(delivery);
        }),
    }),
  },
  {
    fault: 'has long leases',
    foundBy: ['D9 gives the messages of a killed process to others within a lease, in their order and marked'],
    breakIt: (sound) => ({ provision: (plan, mode) => sound.provision({ ...plan, leaseS: 30, dedupeS: 30 }, mode) }),
  },
  {
    fault: 'has times of its own where a plan has none',
    foundBy: ['D31 leaves times as they are that a plan does not name, and refuses those that do not fit them'],
    breakIt: (sound) => ({
      provision: (plan, mode) => sound.provision({ leaseS: 15, dedupeS: 120, keepS: 300, ...plan }, mode),
    }),
  },
  {
    fault: 'begins anew with another lease',
    foundBy: ['D9 keeps what it holds when the lease becomes another one'],
    breakIt: (sound) => {
      const held: Delivery[] = [];
      return {
        take: (queue, options, on) =>
          sound.take(queue, options, (delivery) => {
            held.push(delivery);
            on(delivery);
          }),
        provision: async (plan, mode) => {
          const diff = await sound.provision(plan, mode);
          if (diff.changed.some(({ setting }) => setting === 'leaseS')) await sound.release(held);
          return diff;
        },
      };
    },
  },
  {
    fault: 'keeps records for ever',
    foundBy: ['D17 keeps a record for `keepS` where nobody says how long'],
    breakIt: (sound) => ({
      record: (topic, key, id, body, ttlS = 1e6) => sound.record(topic, key, id, body, ttlS),
    }),
  },
  {
    fault: 'gives away at once what a killed process held',
    foundBy: ['D9 keeps the messages of a killed process from others until its lease is over'],
    engine: () => ({ kill: (session) => void session.close(0) }),
  },
  {
    fault: 'says nothing of what is lost',
    foundBy: [
      'D9 tells a process that stood still what it has lost, and lets it settle nothing of it',
      'D9 lets a process that stood still go on with what comes then',
      'D9 says once that something was held too long, and has time left to settle it as failed',
    ],
    breakIt: () => ({ onLost: () => {} }),
  },
  {
    fault: 'lets things be held for ever',
    foundBy: ['D9 gives to others what was held too long, and leaves alone what is younger'],
    breakIt: (sound) => ({
      take: (queue, options, on) => sound.take(queue, { ...options, maxHoldS: 900 }, on),
    }),
  },
  {
    fault: 'turns records round',
    foundBy: ['D17 keeps the records of a key in their order, for any process'],
    breakIt: (sound) => ({
      recordsOf: async (topic, key) => [...(await sound.recordsOf(topic, key))].toReversed(),
    }),
  },
  {
    fault: 'stores a record as often as it comes',
    foundBy: ['D6 stores a record once under a key and id, and the first one counts'],
    breakIt: (sound, { shared }) => ({
      record: (topic, key, id, ...rest) => sound.record(topic, key, `${id} ${next(shared, id)}`, ...rest),
    }),
  },
  {
    fault: 'tells only what comes',
    foundBy: [
      'D16 D17 tells from the start what lies there and what comes, of the keys that begin so, in one order for all',
    ],
    breakIt: (sound) => ({ records: (topic, prefix, _from, on) => sound.records(topic, prefix, 'now', on) }),
  },
  {
    fault: 'tells those who do not listen any more',
    foundBy: ['D16 tells a cancel to all who hear, and to nobody whose handle is closed'],
    breakIt: (sound) => ({
      records: (topic, prefix, from, on) => {
        sound.records(topic, prefix, from, on);
        return { close: () => {} };
      },
    }),
  },
  {
    fault: 'keeps records for ever',
    foundBy: ['D17 forgets a record when its time is over, and not before'],
    breakIt: (sound) => ({ record: (topic, key, id, body) => sound.record(topic, key, id, body, 1e6) }),
  },
  {
    fault: 'writes documents without looking',
    foundBy: ['writes a document if nobody was there first'],
    breakIt: (sound) => ({
      writeDoc: async (key, body, _rev, ttlS) => sound.writeDoc(key, body, (await sound.doc(key))?.rev ?? 0, ttlS),
    }),
  },
  {
    fault: 'says of everybody that they were first',
    foundBy: ['lets one of many win who write a document at a time'],
    breakIt: (sound) => ({
      writeDoc: async (...document) => {
        await sound.writeDoc(...document);
        return true;
      },
    }),
  },
  {
    fault: 'keeps documents for ever',
    foundBy: ['lists documents by what their key begins with, and forgets those that nobody writes anew'],
    breakIt: (sound) => ({ writeDoc: (key, body, rev) => sound.writeDoc(key, body, rev) }),
  },
  {
    fault: 'casts to others alone',
    foundBy: ['casts to every session that hears, this one included, in order'],
    breakIt: (sound) => {
      let isCasting = false;
      return {
        cast: (topic, body) => {
          isCasting = true;
          sound.cast(topic, body);
        },
        hear: (prefix, on) =>
          sound.hear(prefix, (topic, body) => {
            if (!isCasting) on(topic, body);
          }),
      };
    },
  },
  {
    fault: 'begins each page anew',
    foundBy: ['D11 keeps a dead letter with its reason, lists it by queue and in pages, and discards it'],
    breakIt: ({ dead }) => ({
      dead: {
        list: ({ after: _after, ...query } = {}) => dead.list(query),
        read: (id) => dead.read(id),
        discard: (ids) => dead.discard(ids),
      },
    }),
  },
  {
    fault: 'discards nothing',
    foundBy: ['D11 takes a dead letter back under another id'],
    breakIt: ({ dead }) => ({
      dead: { list: (query) => dead.list(query), read: (id) => dead.read(id), discard: async (ids) => ids.length },
    }),
  },
  {
    fault: 'provisions when it is to verify',
    foundBy: ['D31 makes what a plan needs, says what that was, and makes nothing for `verify`'],
    breakIt: (sound) => ({ provision: (plan) => sound.provision(plan, 'ensure') }),
  },
  {
    fault: 'keeps to the first plan',
    foundBy: ['goes by a bound that was changed'],
    breakIt: (sound, { shared }) => ({
      provision: async (plan, mode) => (next(shared, 'plans') === 1 ? sound.provision(plan, mode) : NOTHING),
    }),
  },
  {
    fault: 'says that a plan was taken which was refused',
    foundBy: [
      'D26 refuses a plan without a queue that holds messages, and changes nothing then',
      'D21 changes lanes only when the queues of their node are empty',
    ],
    breakIt: (sound) => ({
      provision: (plan, mode) => withoutRefusal(sound.provision(plan, mode), 'PLAN_CHANGED', NOTHING),
    }),
  },
  {
    fault: 'answers from its memory while the engine is away',
    foundBy: ['D25 waits while the engine is away, and goes on by itself when it is back'],
    breakIt: () => ({ queues: async () => [] }),
  },
  {
    fault: 'loses what is put while the engine is away',
    foundBy: ['D25 loses nothing when the engine is away for longer than a lease'],
    breakIt: (sound, { state }) => ({
      put: (message, done) => {
        if (state() !== 'down') return sound.put(message, done);
        queueMicrotask(() => done(undefined, false));
        return true;
      },
    }),
  },
  {
    fault: 'tells nobody how the engine is',
    foundBy: ['D14 stores nothing while the engine is full, gives what it has, and goes on when there is room'],
    options: ({ onState: _onState, ...options }) => options,
  },
  {
    fault: 'does not close',
    foundBy: [
      'D24 hands back what it holds when it is closed, and refuses the rest',
      'says nothing to a session that is closed',
    ],
    breakIt: () => ({ close: async () => {} }),
  },
  {
    fault: 'closes without waiting',
    foundBy: ['D24 waits for what is under way when it is closed'],
    breakIt: (sound, { engine }) => ({ close: async () => engine.kill?.(sound) }),
  },
  {
    fault: 'closes when it can',
    foundBy: [
      'rejects with CARRIER_CLOSED what the engine does not answer in time, and lets those who wait for room ask again',
    ],
    breakIt: (sound) => ({ close: () => sound.close(1e6) }),
  },
  {
    fault: 'loses one of many',
    foundBy: ['D2 D6 D12 D14 loses nothing and has nothing twice, whatever happens in which order (seed 1)'],
    breakIt: (sound, { shared }) => ({
      put: (message, done) => {
        if (next(shared, 'puts') % 20 !== 7) return sound.put(message, done);
        queueMicrotask(() => done(undefined, false));
        return true;
      },
    }),
  },
  {
    fault: 'does one of many twice',
    foundBy: [2, 3, 4, 5].map(
      (seed) => `D2 D6 D12 D14 loses nothing and has nothing twice, whatever happens in which order (seed ${seed})`,
    ),
    breakIt: (sound, { shared }) => ({
      settle: (delivery, outcome) =>
        next(shared, 'settlements') % 10 === 7 ? sound.release([delivery]) : sound.settle(delivery, outcome),
    }),
  },
];
