import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import { LEASE_MS } from './examined-plan.js';
import { aMessage, ids, refuses } from './peer.js';
import type { Promised } from './tested.js';

/** The engine goes away or fills up and comes back, and sessions end. */
export const TROUBLE_CASES: readonly Promised[] = [
  {
    title: 'D25 waits while the engine is away, and goes on by itself when it is back',
    needs: ['down'],
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      const heard: string[] = [];
      one.session.records('answers', '', 'start', ({ id }) => heard.push(id));
      await one.putAll('work', ids(3));
      const held = await one.takeOne('work');
      const taken = other.take('work', { free: 10 });
      await taken.exactly(['m-1', 'm-2']);
      await tested.become('down');
      await tested.until('the news', () => [one, other].every(({ states }) => states.includes('down')), 3_000);
      const waiting: Promise<unknown>[] = [
        one.offer(aMessage('work', 'm-3')),
        one.session.settle(held, { departures: [aMessage('slow', 'departure')] }),
        other.session.record('answers', 'root', 'answer', '', 60),
        other.session.writeDoc('key', 'body', 0),
        other.session.queues(),
      ];
      let settled = 0;
      for (const each of waiting) whenOver(each, () => (settled += 1));
      await tested.pass(LEASE_MS / 2);
      is(settled, 0);
      ok(Number.isFinite(one.session.now()), 'the clock has stopped');
      await tested.become('up');
      const results = await tested.settled('all that waited', Promise.all(waiting));
      same([results[0], results[3]], ['stored', true]);
      await taken.exactly(['m-1', 'm-2', 'm-3']);
      await one.take('slow').exactly(['departure']);
      await tested.until('the record', () => heard.length > 0);
      same(heard, ['answer']);
      same(
        [one, other].map(({ states }) => states),
        [
          ['down', 'up'],
          ['down', 'up'],
        ],
      );
      // Held all the time, as the engine was away for less than a lease.
      for (const delivery of taken.deliveries) await other.settle(delivery);
      same([one.lost, other.lost, await one.held('work')], [[], [], 0]);
    },
  },
  {
    title: 'D25 loses nothing when the engine is away for longer than a lease',
    needs: ['down'],
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      await one.putAll('work', ids(4));
      const held = await one.take('work', { free: 2 }).exactly(ids(2));
      await tested.become('down');
      const puts = Promise.all(ids(10, 'during').map((id) => one.offer(aMessage('work', id))));
      await tested.pass(3 * LEASE_MS);
      await tested.become('up');
      await tested.settled('the puts', puts);
      // It is ours, or it is lost and another's.
      let mine = 0;
      for (const delivery of held) {
        let isOver = false;
        whenOver(one.session.settle(delivery, { departures: [] }), () => (isOver = true));
        await tested.until('the end of it', () => isOver);
        if (!one.lost.some(([id]) => id === delivery.id)) mine += 1;
      }
      const taken = other.take('work');
      await taken.atLeast(14 - mine);
      await tested.pass(2 * LEASE_MS);
      is(new Set(taken.ids).size, 14 - mine);
      is(taken.ids.length, 14 - mine);
    },
  },
  {
    title: 'D25 fills its window while the engine is away, and then says that there is no room',
    needs: ['down'],
    async holds(tested) {
      const { session } = await tested.join();
      await tested.become('down');
      await tested.pass(500);
      let [taken, stored] = [0, 0];
      const put = (): boolean => session.put(aMessage('work', `w-${taken}`), () => (stored += 1));
      while (taken < 300 && put()) taken += 1;
      ok(taken <= 256, 'it has taken more than its window');
      let hasRoom = false;
      if (taken < 300) session.whenRoom('work', () => (hasRoom = true));
      await tested.pass(500);
      is(stored, 0);
      await tested.become('up');
      await tested.until('all to be stored, and room', () => stored === taken && hasRoom);
    },
  },
  {
    title: 'D14 stores nothing while the engine is full, gives what it has, and goes on when there is room',
    needs: ['full'],
    async holds(tested) {
      const worker = await tested.join();
      await worker.putAll('work', ids(2));
      await tested.become('full');
      const waiting = worker.offer(aMessage('work', 'waits'));
      let isStored = false;
      whenOver(waiting, () => (isStored = true));
      const [first, second] = await worker.take('work', { free: 2 }).exactly(ids(2));
      await worker.settle(first!);
      const settling = worker.session.settle(second!, { departures: [aMessage('slow', 'departure')] });
      await tested.pass(2 * LEASE_MS);
      same([isStored, await worker.held('work'), worker.lost], [false, 1, []]);
      ok(worker.states.includes('full'), 'nobody was told');
      await tested.become('up');
      await tested.settled('room', Promise.all([waiting, settling]));
      same([await worker.held('work'), await worker.held('slow'), worker.states.at(-1)], [1, 1, 'up']);
    },
  },
  {
    title: 'D24 hands back what it holds when it is closed, and refuses the rest',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      await one.putAll('work', ids(3));
      const taken = one.take('work', { free: 2 });
      const [held] = await taken.exactly(ids(2));
      await tested.settled('the close', one.session.close(1_000));
      const deliveries = await other.take('work').exactly(ids(3));
      same(
        deliveries.map(({ redelivered }) => redelivered),
        [false, false, false],
      );
      const { session } = one;
      await refuses(tested, session.settle(held!, { departures: [] }), 'CARRIER_CLOSED');
      await refuses(tested, session.record('answers', 'a', 'b', 'c', 60), 'CARRIER_CLOSED');
      await refuses(tested, session.queues(), 'CARRIER_CLOSED');
      is(await one.put('work', 'late'), 'CARRIER_CLOSED');
      await tested.settled('closing twice', session.close(1_000));
      same([one.lost, taken.ids.length], [[], 2]);
    },
  },
  {
    title: 'D24 waits for what is under way when it is closed',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      await one.put('work', 'first');
      const delivery = await one.takeOne('work');
      const waiting = [
        one.offer(aMessage('work', 'second')),
        one.session.settle(delivery, { departures: [aMessage('slow', 'departure')] }),
        one.session.record('answers', 'root', 'answer', '', 60),
      ];
      await tested.settled('the close', one.session.close(5_000));
      const [put] = await tested.settled('all that was under way', Promise.all(waiting));
      same([put, await other.held('work'), await other.held('slow')], ['stored', 1, 1]);
    },
  },
  {
    title:
      'rejects with CARRIER_CLOSED what the engine does not answer in time, and lets those who wait for room ask again',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      await one.putAll('small', ids(5));
      await one.put('work', 'arrival');
      const delivery = await one.takeOne('work');
      const settling = one.session.settle(delivery, { departures: [aMessage('small', 'departure')] });
      settling.catch(() => {});
      const put = one.offer(aMessage('small', 'waits'));
      await tested.settled('the close', one.session.close(500));
      await refuses(tested, settling, 'CARRIER_CLOSED');
      is(await tested.settled('the put', put), 'CARRIER_CLOSED');
      const [again] = await other.take('work').exactly(['arrival']);
      ok(again!.redelivered || other.session.can.atomicSettle, 'it was handed back');
      is(await other.held('small'), 5);
    },
  },
  {
    title: 'says nothing to a session that is closed',
    async holds(tested) {
      const [closed, other] = [await tested.join(), await tested.join()];
      const heard: string[] = [];
      closed.session.records('answers', '', 'start', ({ id }) => heard.push(id));
      closed.session.hear('', (topic) => heard.push(topic));
      const taken = closed.take('work');
      await tested.settled('the close', closed.session.close(100));
      await tested.settled('it', other.session.record('answers', 'root', 'answer', '', 60));
      other.session.cast('chunk', '');
      await other.put('work', 'one');
      await tested.pass(500);
      same([heard, taken.ids], [[], []]);
    },
  },
];

/** Calls back whether it succeeds or fails. */
function whenOver(promise: Promise<unknown>, call: () => void): void {
  promise.then(call, call);
}
