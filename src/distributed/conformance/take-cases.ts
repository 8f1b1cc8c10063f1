import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import { PLAN } from './examined-plan.js';
import { ids } from './peer.js';
import type { Promised } from './tested.js';

/** Who takes gets what it can work on, and no more. */
export const TAKE_CASES: readonly Promised[] = [
  {
    title: 'hands out the messages of a queue in their order',
    async holds(tested) {
      const [sender, worker] = [await tested.join(), await tested.join()];
      await sender.putAll('work', ids(50));
      const taken = worker.take('work');
      await taken.exactly(ids(50));
      await sender.putAll('work', ids(20, 'later'));
      await taken.exactly([...ids(50), ...ids(20, 'later')]);
    },
  },
  {
    title: 'D8 hands out no more than there is credit for, of each taking',
    async holds(tested) {
      const worker = await tested.join();
      await worker.putAll('work', ids(20));
      await worker.putAll('slow', ids(5, 's'));
      const taken = worker.take('work', { free: 3 });
      const [first] = await taken.exactly(ids(3));
      await worker.settle(first!);
      await taken.exactly(ids(3));
      taken.more(2);
      await taken.exactly(ids(5));
      await worker.take('slow', { free: 1 }).exactly(ids(1, 's'));
    },
  },
  {
    title: 'hands out nothing without credit, and nothing any more when a taking is stopped',
    async holds(tested) {
      const worker = await tested.join();
      await worker.putAll('work', ids(4));
      const none = worker.take('work', { free: 0 });
      await none.exactly([]);
      none.more(1);
      const [first] = await none.exactly(ids(1));
      none.stop();
      none.more(5);
      await none.exactly(ids(1));
      await worker.settle(first!);
      await worker.take('work').exactly(ids(4).slice(1));
    },
  },
  {
    title: 'hands out a message once, to those who take in turns',
    async holds(tested) {
      const workers = [await tested.join(), await tested.join(), await tested.join()];
      const takings = workers.map((worker) => worker.take('work', { free: 20 }));
      await tested.pass(200);
      await workers[0]!.putAll('work', ids(30));
      await tested.until('all', () => takings.flatMap((taken) => taken.ids).length >= 30);
      await tested.pass(200);
      same(takings.flatMap((taken) => taken.ids).toSorted(), [...ids(30)].toSorted());
      // A machine that does other things lets one of them wait.
      for (const taken of takings) ok(taken.ids.length >= 2, `one of three has ${taken.ids.length} of 30`);
    },
  },
  {
    title: 'hands out each message to one of many takings, also of one session',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      const takings = [one, one, one, other, other].map((worker) => worker.take('work', { free: 3 }));
      const taken = (): readonly string[] => takings.flatMap((each) => each.ids);
      for (const [index, id] of ids(7).entries()) {
        await one.put('work', id);
        await tested.until(id, () => taken().length > index);
      }
      await other.putAll('work', ids(9, 'more'));
      await tested.until('as many as there is credit for', () => taken().length === 15);
      await tested.pass(100);
      is(new Set(taken()).size, 15);
      for (const each of takings) is(each.ids.length, 3);
      same(await one.state('work').then(({ pending, unacked }) => [pending, unacked]), [1, 15]);
    },
  },
  {
    title: 'has no more in flight than the plan says, in all sessions together',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      await one.putAll('slow', ids(6));
      const takings = [one.take('slow'), other.take('slow')];
      const count = (): number => takings.flatMap((taken) => taken.ids).length;
      await tested.until('three', () => count() === 3);
      await tested.pass(300);
      is(count(), 3);
      for (const [index, peer] of [one, other].entries()) {
        for (const delivery of [...takings[index]!.deliveries]) await peer.settle(delivery);
      }
      await tested.until('three more', () => count() === 6);
    },
  },
  {
    title: 'takes from a queue that comes later',
    async holds(tested) {
      const worker = await tested.join();
      const taken = worker.take('new', { free: 5 });
      await taken.exactly([]);
      const queues = [...PLAN.queues, { queue: 'new', bound: 10, maxInFlight: 10 }];
      await tested.settled('the new plan', worker.session.provision({ ...PLAN, queues }, 'ensure'));
      await worker.put('new', 'one');
      await taken.exactly(['one']);
    },
  },
  {
    title: 'D26 takes from a queue that was taken away and comes back',
    async holds(tested) {
      const worker = await tested.join();
      const taken = worker.take('slow', { free: 5 });
      const queues = PLAN.queues.filter(({ queue }) => queue !== 'slow');
      await tested.settled('the plan without it', worker.session.provision({ ...PLAN, queues }, 'ensure'));
      await tested.pass(300);
      await tested.settled('the plan with it', worker.session.provision(PLAN, 'ensure'));
      await worker.put('slow', 'one');
      await taken.exactly(['one']);
    },
  },
  {
    title: 'D34 says what its queues hold, in the order of the plan, with times of its clock',
    async holds(tested) {
      const worker = await tested.join();
      const beforeMs = worker.session.now();
      await worker.putAll('work', ids(3));
      await tested.pass(1_000);
      await worker.putAll('work', ids(3, 'young'));
      const delivery = await worker.takeOne('work');
      const { pending, unacked, oldestMs, dead } = await worker.state('work');
      same([pending, unacked, dead], [5, 1, 0]);
      is(oldestMs, delivery.storedMs);
      // Clocks of engines have been measured, and not exactly.
      const ageMs = worker.session.now() - delivery.storedMs;
      ok(delivery.storedMs >= beforeMs - 50 && ageMs >= 950 && ageMs < 5_000, `stored ${ageMs} ms ago`);
      const states = await tested.settled('queues()', worker.session.queues());
      same(
        states.map(({ queue }) => queue),
        PLAN.queues.map(({ queue }) => queue),
      );
      same(
        states.filter(({ queue }) => queue !== 'work').map((state) => [state.pending, state.unacked, state.oldestMs]),
        states.slice(1).map(() => [0, 0, undefined]),
      );
    },
  },
];
