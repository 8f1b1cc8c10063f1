import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import { LEASE_MS } from './examined-plan.js';
import { aMessage, ids, refuses } from './peer.js';
import type { Promised } from './tested.js';

/** What is handed out is held as long as its process lives, and no longer. */
export const LEASE_CASES: readonly Promised[] = [
  {
    title: 'D9 renews what it has handed out, until it is settled',
    async holds(tested) {
      const [worker, other] = [await tested.join(), await tested.join()];
      await worker.put('work', 'long');
      const delivery = await worker.takeOne('work');
      const taken = other.take('work');
      await tested.pass(4 * LEASE_MS);
      await taken.exactly([]);
      same(worker.lost, []);
      await worker.settle(delivery, [aMessage('slow', 'departure')]);
      same([await other.held('work'), await other.held('slow')], [0, 1]);
    },
  },
  {
    title: 'D9 gives the messages of a killed process to others within a lease, in their order and marked',
    needs: ['kill'],
    async holds(tested) {
      const [dead, other] = [await tested.join(), await tested.join()];
      await dead.putAll('work', ids(4));
      await dead.take('work', { free: 3 }).exactly(ids(3));
      await tested.kill(dead.session);
      const taken = other.take('work');
      const deliveries = await taken.atLeast(4, 2 * LEASE_MS);
      same(
        deliveries.map(({ id, redelivered }) => [id, redelivered]),
        [
          ['m-3', false],
          ['m-0', true],
          ['m-1', true],
          ['m-2', true],
        ],
      );
      await taken.exactly(['m-3', ...ids(3)]);
    },
  },
  {
    title: 'D9 keeps the messages of a killed process from others until its lease is over',
    needs: ['kill'],
    async holds(tested) {
      const [dead, other] = [await tested.join(), await tested.join()];
      await dead.put('work', 'one');
      await dead.takeOne('work');
      await tested.kill(dead.session);
      const taken = other.take('work');
      await tested.pass(LEASE_MS / 4);
      await taken.exactly([]);
      is((await other.state('work')).unacked, 1);
    },
  },
  {
    title: 'D9 tells a process that stood still what it has lost, and lets it settle nothing of it',
    needs: ['freeze'],
    async holds(tested) {
      const [frozen, other] = [await tested.join(), await tested.join()];
      await frozen.putAll('work', ids(2));
      const held = await frozen.take('work', { free: 2 }).exactly(ids(2));
      await tested.freeze(frozen.session);
      const taken = other.take('work');
      const [first] = await taken.atLeast(2, 3 * LEASE_MS);
      is(first!.redelivered, true);
      await other.settle(first!, [aMessage('slow', 'of-the-other')]);
      await tested.thaw(frozen.session);
      await tested.until('both to be told lost', () => frozen.lost.length === 2);
      same(frozen.lost, [
        ['m-0', 'lost'],
        ['m-1', 'lost'],
      ]);
      for (const delivery of held) {
        const departures = [aMessage('slow', `of-${delivery.id}`)];
        await refuses(tested, frozen.session.settle(delivery, { departures }), 'LEASE_LOST');
        await refuses(tested, frozen.session.later(delivery, 1, 1), 'LEASE_LOST');
      }
      if (frozen.session.can.atomicSettle) is(await other.held('slow'), 1);
      await tested.settled('the release of nothing', frozen.session.release(held));
      same([await other.held('work'), (await other.state('work')).unacked], [1, 1]);
    },
  },
  {
    title: 'D9 lets a process that stood still go on with what comes then',
    needs: ['freeze'],
    async holds(tested) {
      const [worker, other] = [await tested.join(), await tested.join()];
      const taken = worker.take('work', { free: 3 });
      await other.put('work', 'before');
      await taken.exactly(['before']);
      await tested.freeze(worker.session);
      await other.put('work', 'meanwhile');
      await tested.pass(3 * LEASE_MS);
      await tested.thaw(worker.session);
      await tested.until('the loss', () => worker.lost.length > 0);
      const [, ...again] = await taken.atLeast(3);
      same(again.map(({ id }) => id).toSorted(), ['before', 'meanwhile']);
      is(again.find(({ id }) => id === 'before')?.redelivered, true);
      await tested.pass(2 * LEASE_MS);
      for (const delivery of again) await worker.settle(delivery);
      is(await other.held('work'), 0);
    },
  },
  {
    title: 'D9 says once that something was held too long, and has time left to settle it as failed',
    async holds(tested) {
      const worker = await tested.join();
      await worker.put('work', 'slow');
      const [delivery] = await worker.take('work', { maxHoldS: 3 }).exactly(['slow']);
      await tested.pass(2_000);
      same(worker.lost, []);
      await tested.until('the end of its time', () => worker.lost.length > 0, 3_000);
      await worker.settle(delivery!, [], '{"code":"HOLD_EXCEEDED"}');
      await tested.pass(2 * LEASE_MS);
      same(worker.lost, [['slow', 'held_too_long']]);
      same([await worker.held('work'), (await worker.state('work')).dead], [0, 1]);
    },
  },
  {
    title: 'D9 gives to others what was held too long, and leaves alone what is younger',
    async holds(tested) {
      const [worker, other] = [await tested.join(), await tested.join()];
      const held = worker.take('work', { maxHoldS: 3, free: 2 });
      await worker.put('work', 'old');
      await tested.pass(2_500);
      await worker.put('work', 'young');
      const [old, young] = await held.exactly(['old', 'young']);
      await tested.until('the end of its time', () => worker.lost.length > 0, 3_000);
      await worker.settle(young!);
      const [again] = await other.take('work').atLeast(1, 2 * LEASE_MS);
      same([again!.id, again!.redelivered], ['old', true]);
      same(worker.lost, [['old', 'held_too_long']]);
      await refuses(tested, worker.session.settle(old!, { departures: [] }), 'LEASE_LOST');
      await other.settle(again!);
      ok((await other.held('work')) === 0, 'something is left');
    },
  },
];
