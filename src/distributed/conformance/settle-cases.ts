import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import { LEASE_MS } from './examined-plan.js';
import { aMessage, ids, refuses } from './peer.js';
import type { Promised } from './tested.js';

/** A delivery ends once, together with what it led to. */
export const SETTLE_CASES: readonly Promised[] = [
  {
    title: 'D4 settles a delivery with its departures',
    async holds(tested) {
      const worker = await tested.join();
      await worker.put('work', 'arrival');
      const delivery = await worker.takeOne('work');
      await worker.settle(delivery, [aMessage('slow', 'd-0'), aMessage('order#1', 'd-1'), aMessage('slow', 'd-2')]);
      is(await worker.held('work'), 0);
      await worker.take('slow').exactly(['d-0', 'd-2']);
      await worker.take('order#1').exactly(['d-1']);
    },
  },
  {
    title: 'D4 settles with 64 departures at once, into the queue of the arrival as well',
    async holds(tested) {
      const worker = await tested.join();
      await worker.put('work', 'arrival');
      const delivery = await worker.takeOne('work');
      await worker.settle(
        delivery,
        ids(64, 'd').map((id) => aMessage('work', id)),
      );
      await worker.take('work').exactly(ids(64, 'd'));
    },
  },
  {
    title: 'D6 stores a departure once that was put before, or stands twice in a settlement',
    async holds(tested) {
      const worker = await tested.join();
      await worker.put('work', 'arrival');
      const delivery = await worker.takeOne('work');
      await worker.put('slow', 'early', { arrival: 'arrival' });
      await worker.settle(
        delivery,
        ['early', 'twice', 'twice'].map((id) => aMessage('slow', id)),
      );
      await worker.take('slow').exactly(['early', 'twice']);
    },
  },
  {
    title: 'refuses to end a delivery twice, or one that was handed back',
    async holds(tested) {
      const worker = await tested.join();
      await worker.putAll('work', ids(2));
      const [settled, released] = await worker.take('work', { free: 2 }).exactly(ids(2));
      await worker.settle(settled!);
      const departures = [aMessage('slow', 'departure')];
      await refuses(tested, worker.session.settle(settled!, { departures }), 'LEASE_LOST');
      await refuses(tested, worker.session.later(settled!, 1, 1), 'LEASE_LOST');
      await refuses(tested, worker.session.countStart(settled!), 'LEASE_LOST');
      await tested.settled('the release', worker.session.release([released!, settled!]));
      await refuses(tested, worker.session.settle(released!, { departures }), 'LEASE_LOST');
      same([await worker.held('work'), await worker.held('slow')], [1, 0]);
    },
  },
  {
    title: 'D14 waits with a settlement while a queue of its departures is full, and keeps the delivery meanwhile',
    async holds(tested) {
      const worker = await tested.join();
      await worker.putAll('small', ids(5));
      await worker.put('work', 'arrival');
      const delivery = await worker.takeOne('work');
      let isSettled = false;
      const settling = worker.session.settle(delivery, { departures: [aMessage('small', 'departure')] });
      settling.then(
        () => (isSettled = true),
        () => {},
      );
      await tested.pass(2 * LEASE_MS);
      same([isSettled, await worker.held('small'), await worker.held('work')], [false, 5, 1]);
      same(worker.lost, []);
      await worker.settle(await worker.takeOne('small'));
      await tested.settled('room for the departure', settling);
      same([await worker.held('small'), await worker.held('work')], [5, 0]);
    },
  },
  {
    title: 'D14 settles a message of a full queue with a departure into the same queue',
    async holds(tested) {
      const worker = await tested.join();
      await worker.putAll('small', ids(5));
      const first = await worker.takeOne('small');
      await worker.settle(first, [aMessage('small', 'next')]);
      await worker.take('small').exactly([...ids(5).slice(1), 'next']);
    },
  },
  {
    title: 'D14 lets a settlement bring more than there is room for, when there is room for one',
    async holds(tested) {
      const worker = await tested.join();
      await worker.putAll('small', ids(4));
      await worker.put('work', 'arrival');
      await worker.settle(
        await worker.takeOne('work'),
        ids(8, 'd').map((id) => aMessage('small', id)),
      );
      await worker.take('small').exactly([...ids(4), ...ids(8, 'd')]);
    },
  },
  {
    title: 'D4 stores of a settlement all or nothing when its process is killed, where it settles atomically',
    needs: ['kill'],
    async holds(tested) {
      const other = await tested.join();
      const count = 20;
      for (let round = 0; round < 5; round += 1) {
        const worker = await tested.join();
        const id = `arrival-${round}`;
        await other.put('work', id);
        const delivery = await worker.takeOne('work');
        // It may never hear what became of it.
        const departures = ids(count, `d${round}`).map((each) => aMessage('slow', each));
        worker.session.settle(delivery, { departures }).catch(() => {});
        if (round % 2 === 1) await tested.pass(round);
        await tested.kill(worker.session);
      }
      await tested.pass(2 * LEASE_MS);
      const [arrivals, stored] = [await other.held('work'), await other.held('slow')];
      if (other.session.can.atomicSettle) is(stored, (5 - arrivals) * count);
      else ok(stored >= (5 - arrivals) * count, 'an arrival has ended without its departures');
    },
  },
];
