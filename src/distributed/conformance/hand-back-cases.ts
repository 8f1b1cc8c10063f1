import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import { LEASE_MS } from './examined-plan.js';
import { ids } from './peer.js';
import type { Promised } from './tested.js';

/** What comes back, when, and what counts as a start. */
export const HAND_BACK_CASES: readonly Promised[] = [
  {
    title: 'D12 D24 gives what is handed back to others at once, in its old place, and as no redelivery',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      await one.putAll('work', ids(4));
      const held = await one.take('work', { free: 3 }).exactly(ids(3));
      await tested.settled('the release', one.session.release([held[2]!, held[0]!]));
      const taken = other.take('work');
      const deliveries = await taken.exactly(['m-0', 'm-2', 'm-3']);
      same(
        deliveries.map(({ redelivered }) => redelivered),
        [false, false, false],
      );
      is((await one.state('work')).unacked, 4);
    },
  },
  {
    title: 'D10 hands out again after a time what was put off, with the attempt',
    async holds(tested) {
      const worker = await tested.join();
      await worker.putAll('work', ids(2));
      const taken = worker.take('work', { free: 1 });
      const [first] = await taken.exactly(['m-0']);
      await tested.settled('the delay', worker.session.later(first!, 3, 7));
      taken.more(5);
      await taken.exactly(['m-0', 'm-1']);
      is(await worker.held('work'), 2);
      await tested.pass(2_000);
      await taken.exactly(['m-0', 'm-1']);
      const again = (await taken.atLeast(3, 3_000))[2]!;
      same([again.id, again.resumeAttempt, again.redelivered, again.storedMs], ['m-0', 7, false, first!.storedMs]);
      await worker.settle(again);
      is(await worker.held('work'), 1);
    },
  },
  {
    title: 'D10 keeps what was put off when who did so is gone',
    needs: ['kill'],
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      await one.put('work', 'put-off');
      await tested.settled('the delay', one.session.later(await one.takeOne('work'), 1, 2));
      await tested.kill(one.session);
      const [delivery] = await other.take('work').atLeast(1);
      same([delivery!.id, delivery!.resumeAttempt], ['put-off', 2]);
    },
  },
  {
    title: 'D12 counts the starts that have no end, and not those that were never begun',
    needs: ['kill'],
    async holds(tested) {
      const survivor = await tested.join();
      await survivor.put('work', 'poison');
      for (const expected of [1, 2]) {
        const worker = await tested.join();
        const delivery = await worker.takeOne('work');
        is(delivery.redelivered, expected > 1);
        is(await tested.settled('the count', worker.session.countStart(delivery)), expected);
        await tested.kill(worker.session);
      }
      // It dies with the message in hand, and has not begun.
      const idle = await tested.join();
      await idle.takeOne('work');
      await tested.kill(idle.session);
      // Handed back without a start: what was counted stays.
      const delivery = await survivor.takeOne('work');
      is(delivery.redelivered, true);
      await tested.settled('the release', survivor.session.release([delivery]));
      const again = await survivor.takeOne('work');
      is(await tested.settled('the count', survivor.session.countStart(again)), 3);
    },
  },
  {
    title: 'D12 clears the starts of a message when one has come to an end',
    needs: ['kill'],
    async holds(tested) {
      const survivor = await tested.join();
      const count = async (how: 'later' | 'release'): Promise<number> => {
        await survivor.put('work', how);
        const worker = await tested.join();
        await worker.session.countStart(await worker.takeOne('work'));
        await tested.kill(worker.session);
        const second = await survivor.takeOne('work');
        is(await tested.settled('the count', survivor.session.countStart(second)), 2);
        const end = how === 'later' ? survivor.session.later(second, 0.1, 1) : survivor.session.release([second]);
        await tested.settled('the end', end);
        const third = await survivor.takeOne('work');
        const starts = await tested.settled('the count', survivor.session.countStart(third));
        await survivor.settle(third);
        return starts;
      };
      same([await count('later'), await count('release')], [1, 1]);
    },
  },
  {
    title: 'D21 hands out the messages of a lane one at a time and in their order, lanes beside each other',
    async holds(tested) {
      const workers = [await tested.join(), await tested.join()];
      await workers[0]!.putAll('order#0', ids(6));
      await workers[0]!.putAll('order#1', ids(1, 'beside'));
      const takings = workers.map((worker) => worker.take('order#0'));
      await workers[1]!.take('order#1').exactly(['beside-0']);
      const seen: string[] = [];
      const handed = (): number => takings.flatMap((taken) => taken.ids).length;
      for (let index = 0; index < 6; index += 1) {
        await tested.until(`message ${index}`, () => handed() > index);
        await tested.pass(60);
        is(handed(), index + 1, 'two messages of a lane were out at a time');
        const at = takings.findIndex((taken) => taken.deliveries.some(({ id }) => !seen.includes(id)));
        const delivery = takings[at]!.deliveries.at(-1)!;
        seen.push(delivery.id);
        await workers[at]!.settle(delivery);
      }
      same(seen, ids(6));
    },
  },
  {
    title: 'D21 lets a lane wait for its first message when that is handed back or put off',
    async holds(tested) {
      const worker = await tested.join();
      await worker.putAll('order#0', ids(3));
      const taken = worker.take('order#0');
      const [first] = await taken.exactly(['m-0']);
      await tested.settled('the release', worker.session.release([first!]));
      const [, again] = await taken.exactly(['m-0', 'm-0']);
      await tested.settled('the delay', worker.session.later(again!, 1, 1));
      await tested.pass(500);
      is(taken.ids.length, 2);
      const third = (await taken.atLeast(3))[2]!;
      is(third.id, 'm-0');
      await worker.settle(third);
      is((await taken.atLeast(4))[3]!.id, 'm-1');
    },
  },
  {
    title: 'D21 keeps the order of a lane when who works on it is killed',
    needs: ['kill'],
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      await one.putAll('order#0', ids(3));
      await one.takeOne('order#0');
      await tested.kill(one.session);
      const taken = other.take('order#0');
      await tested.pass(100);
      for (const [index, id] of ids(3).entries()) {
        const delivery = (await taken.atLeast(index + 1, 2 * LEASE_MS))[index]!;
        is(delivery.id, id);
        ok(delivery.redelivered === (index === 0), 'only the first one was handed out before');
        await other.settle(delivery);
      }
    },
  },
];
