import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import { aMessage, ids, refuses } from './peer.js';
import type { Promised } from './tested.js';

const WINDOW = 256;
const TEXTS = ['', '{"a":"🐧 pingüino"}', 'a\nb\r\tc\u0000', '\\"%_$1?:x', '\u2028', 'x'.repeat(70_000)];

/** What is put is there, once, and no more than there is room for. */
export const PUT_CASES: readonly Promised[] = [
  {
    title: 'D2 hands out what it has acknowledged, head and body as they were',
    async holds(tested) {
      const [sender, worker] = [await tested.join(), await tested.join()];
      for (const [index, body] of TEXTS.entries()) {
        is(await sender.put('work', `text-${index}`, { head: JSON.stringify({ index }), body }), 'stored');
      }
      const deliveries = await worker.take('work').exactly(ids(TEXTS.length, 'text'));
      same(
        deliveries.map(({ body }) => body),
        TEXTS,
      );
      same(
        deliveries.map(({ queue, head, redelivered, resumeAttempt }) => [queue, head, redelivered, resumeAttempt]),
        TEXTS.map((_, index) => ['work', JSON.stringify({ index }), false, 0]),
      );
    },
  },
  {
    title: 'D2 answers after the call, and once',
    async holds(tested) {
      const { session } = await tested.join();
      let answers = 0;
      let isPutting = true;
      const isTaken = session.put(aMessage('work', 'one'), () => {
        ok(!isPutting, 'the answer came while put() was running');
        answers += 1;
      });
      isPutting = false;
      is(isTaken, true);
      await tested.until('an answer', () => answers > 0);
      await tested.pass(100);
      is(answers, 1);
    },
  },
  {
    title: 'D6 stores messages with equal ids once, whatever their queue, also when the first one is settled',
    async holds(tested) {
      const [sender, other] = [await tested.join(), await tested.join()];
      is(await sender.put('work', 'same'), 'stored');
      is(await sender.put('work', 'same'), 'duplicate');
      is(await other.put('slow', 'same'), 'duplicate');
      const taken = other.take('work');
      const [delivery] = await taken.exactly(['same']);
      await other.settle(delivery!);
      is(await other.put('work', 'same'), 'duplicate');
      await taken.exactly(['same']);
      is(await sender.held('slow'), 0);
    },
  },
  {
    title: 'D6 knows an id as long as its message is there, where it settles atomically',
    async holds(tested) {
      const sender = await tested.join();
      if (!sender.session.can.atomicSettle) return;
      await sender.put('work', 'old');
      await tested.pass(6_000);
      is(await sender.put('work', 'old'), 'duplicate');
      is(await sender.held('work'), 1);
    },
  },
  {
    title: 'D6 knows the id of a departure as long as its arrival is there, where it settles atomically',
    async holds(tested) {
      const worker = await tested.join();
      if (!worker.session.can.atomicSettle) return;
      await worker.put('work', 'arrival');
      const arrival = await worker.takeOne('work');
      is(await worker.put('slow', 'departure', { arrival: 'arrival' }), 'stored');
      await worker.settle(await worker.takeOne('slow'));
      await tested.pass(6_000);
      is(await worker.put('slow', 'departure', { arrival: 'arrival' }), 'duplicate');
      await worker.settle(arrival, [aMessage('slow', 'departure')]);
      is(await worker.held('slow'), 0);
    },
  },
  {
    title: 'keeps flows apart: their ids, queues and dead letters',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join({ flow: 'Another' })];
      is(await one.put('work', 'same'), 'stored');
      is(await other.put('work', 'same'), 'stored');
      await one.settle(await one.takeOne('work'), [], '{}');
      is(await other.held('work'), 1);
      same(await tested.settled('no letter', other.session.dead.list()), []);
    },
  },
  {
    title: 'D14 takes nothing more for a queue at its bound, and calls back when there is room',
    async holds(tested) {
      const [sender, worker] = [await tested.join(), await tested.join()];
      await sender.putAll('small', ids(5));
      await tested.pass(300);
      const sixth = sender.offer(aMessage('small', 'sixth'));
      await tested.pass(500);
      is(await sender.held('small'), 5, 'what is handed out counts');
      const first = await worker.takeOne('small');
      await tested.pass(500);
      is(await sender.held('small'), 5);
      await worker.settle(first);
      is(await tested.settled('room for the sixth', sixth), 'stored');
      is(await sender.held('small'), 5);
    },
  },
  {
    title: 'D14 calls back first those who wait longest',
    async holds(tested) {
      const [sender, worker] = [await tested.join(), await tested.join()];
      await sender.putAll('small', ids(5));
      const order: string[] = [];
      for (const id of ids(4, 'waits')) {
        void sender.offer(aMessage('small', id)).then(() => order.push(id));
      }
      const taken = worker.take('small', { free: 1 });
      for (let index = 0; index < 9; index += 1) {
        await worker.settle((await taken.atLeast(index + 1))[index]!);
        taken.more(1);
      }
      same([order, taken.ids], [ids(4, 'waits'), [...ids(5), ...ids(4, 'waits')]]);
    },
  },
  {
    title: 'D14 keeps the bound of a queue that several fill, and stores all that waits',
    async holds(tested) {
      const senders = [await tested.join(), await tested.join(), await tested.join()];
      const worker = await tested.join();
      const puts = Promise.all(senders.map((sender, index) => sender.putAll('small', ids(20, `s${index}`))));
      // It is looked at in the end.
      puts.catch(() => {});
      const taken = worker.take('small', { free: 2 });
      let [settled, most] = [0, 0];
      await tested.until('all 60 to be settled', async () => {
        for (const delivery of taken.deliveries.slice(settled)) {
          await worker.settle(delivery);
          taken.more(1);
          settled += 1;
        }
        most = Math.max(most, await worker.held('small'));
        return settled === 60;
      });
      await puts;
      is(new Set(taken.ids).size, 60);
      ok(most <= 5, `${most} messages were in a queue with a bound of 5`);
    },
  },
  {
    title: 'keeps at most 256 messages of a session without an answer',
    async holds(tested) {
      const { session } = await tested.join();
      let [taken, answers, calls] = [0, 0, 0];
      const put = (): boolean => session.put(aMessage('work', `w-${taken}`), () => (answers += 1));
      while (taken <= WINDOW && put()) taken += 1;
      is(taken, WINDOW);
      session.whenRoom('work', () => (calls += 1));
      await tested.until('room', () => calls === 1);
      ok(answers > 0, 'there was room without an answer');
      is(put(), true);
      await tested.until('all answers', () => answers === WINDOW + 1);
      is(calls, 1);
    },
  },
  {
    title: 'calls back when there is room already',
    async holds(tested) {
      const { session } = await tested.join();
      let isCalled = false;
      session.whenRoom('work', () => (isCalled = true));
      is(isCalled, false, 'it called back while whenRoom() was running');
      await tested.until('the call', () => isCalled);
    },
  },
  {
    title: 'D27 refuses a message above its limit, and takes one at it',
    async holds(tested) {
      const sender = await tested.join();
      const { maxBytes } = sender.session.can;
      const body = 'ü'.repeat(Math.floor((maxBytes - 3) / 2));
      const head = 'h'.repeat(maxBytes - Buffer.byteLength(body));
      is(await sender.put('work', 'large', { head, body }), 'stored');
      is(await sender.put('work', 'larger', { head: head + 'h', body }), 'MESSAGE_TOO_LARGE');
      is(await sender.held('work'), 1);
      const delivery = await sender.takeOne('work');
      is(delivery.body, body);
      const departures = [aMessage('slow', 'fits'), aMessage('slow', 'larger', { head: head + 'h', body })];
      await refuses(tested, sender.session.settle(delivery, { departures }), 'MESSAGE_TOO_LARGE');
      is(await sender.held('slow'), 0);
      await sender.settle(delivery);
    },
  },
  {
    title: 'D26 refuses a message for a queue that it does not have',
    async holds(tested) {
      const sender = await tested.join();
      is(await sender.put('nowhere', 'lost'), 'PLAN_CHANGED');
      await sender.put('work', 'one');
      const delivery = await sender.takeOne('work');
      const departures = [aMessage('slow', 'known'), aMessage('nowhere', 'lost')];
      await refuses(tested, sender.session.settle(delivery, { departures }), 'PLAN_CHANGED');
      is(await sender.held('slow'), 0);
      await sender.settle(delivery);
    },
  },
];
