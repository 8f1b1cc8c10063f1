import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import type { CarrierPlan, ProvisionDiff } from '../carrier/carrier-plan.js';
import { lanes, PLAN } from './examined-plan.js';
import { aMessage, ids, refuses, type Peer } from './peer.js';
import type { Promised, Tested } from './tested.js';

const NOTHING: ProvisionDiff = { added: [], removed: [], changed: [] };

/** What failed for good, and what the plan of a flow may change. */
export const PLAN_CASES: readonly Promised[] = [
  {
    title: 'D11 keeps a dead letter with its reason, lists it by queue and in pages, and discards it',
    async holds(tested) {
      const [worker, other] = [await tested.join(), await tested.join()];
      await worker.putAll('work', ids(7));
      await worker.put('slow', 'slow');
      for (const id of ids(7)) await worker.settle(await worker.takeOne('work'), [], `{"code":"${id}"}`);
      await worker.settle(await worker.takeOne('slow'), [], '{}');
      is((await other.state('work')).dead, 7);
      is(await other.held('work'), 0);
      const letters = lettersOf(tested, other);
      const all = await letters.list();
      same(
        all.map(({ messageId, queue }) => [messageId, queue]),
        [...ids(7).map((id) => [id, 'work']), ['slow', 'slow']],
      );
      same(await letters.list({ queue: 'slow' }), all.slice(7));
      const page = await letters.list({ queue: 'work', limit: 3 });
      same(page, all.slice(0, 3));
      // The letter that a page ended with may have been discarded.
      is(await letters.discard(page.map(({ id }) => id)), 3);
      same(await letters.list({ queue: 'work', after: page[2]!.id, limit: 3 }), all.slice(3, 6));
      same(await letters.list({ after: all[7]!.id }), []);
      same(await letters.read(all[3]!.id), all[3]);
      const { head, body, reason, deadMs } = all[3]!;
      same([head, body, reason], ['{}', '"m-3"', '{"code":"m-3"}']);
      ok(Math.abs(other.session.now() - deadMs) < 10_000, 'the time is not that of the engine');
      is(await letters.read(page[0]!.id), undefined);
      is(await letters.discard([page[0]!.id, all[3]!.id, all[3]!.id]), 1);
      is((await other.state('work')).dead, 3);
    },
  },
  {
    title: 'D11 takes a dead letter back under another id',
    async holds(tested) {
      const worker = await tested.join();
      await worker.put('work', 'first');
      await worker.settle(await worker.takeOne('work'), [], '{}');
      const letters = lettersOf(tested, worker);
      const [{ id, queue, head, body } = { id: '', queue: '', head: '', body: '' }] = await letters.list();
      is(await worker.put(queue, 'first again', { head, body }), 'stored');
      is(await letters.discard([id]), 1);
      const again = await worker.takeOne('work');
      is(again.body, '"first"');
      await worker.settle(again, [], '{}');
      is((await letters.list()).length, 1);
    },
  },
  {
    title: 'D31 makes what a plan needs, says what that was, and makes nothing for `verify`',
    async holds(tested) {
      const peer = await tested.join({ flow: 'Another' });
      const fresh: CarrierPlan = { ...PLAN, flow: 'Another' };
      same(await provision(tested, peer, fresh), NOTHING);
      same(await provision(tested, peer, { ...fresh, hash: 'second' }, 'verify'), NOTHING);
      const queues = [
        ...fresh.queues.filter(({ queue }) => queue !== 'slow').map((each) => ({ ...each, bound: each.bound + 1 })),
        { queue: 'new', bound: 5, maxInFlight: 5 },
      ];
      const changed: CarrierPlan = { ...fresh, queues, leaseS: 3 };
      const expected: ProvisionDiff = {
        added: ['new'],
        removed: ['slow'],
        changed: [
          { queue: undefined, setting: 'leaseS', from: 2, to: 3 },
          { queue: 'work', setting: 'bound', from: 1_000, to: 1_001 },
          { queue: 'small', setting: 'bound', from: 5, to: 6 },
          { queue: 'order#0', setting: 'bound', from: 100, to: 101 },
          { queue: 'order#1', setting: 'bound', from: 100, to: 101 },
        ],
      };
      const verified = peer.session.provision(changed, 'verify');
      same((await refuses(tested, verified, 'PLAN_CHANGED')).metadata['diff'], expected);
      is(await peer.put('new', 'one'), 'PLAN_CHANGED');
      same(await provision(tested, peer, changed), expected);
      same(await provision(tested, peer, changed, 'verify'), NOTHING);
      is(await peer.put('new', 'two'), 'stored');
      is(await peer.put('slow', 'three'), 'PLAN_CHANGED');
    },
  },
  {
    title: 'D31 leaves times as they are that a plan does not name, and refuses those that do not fit them',
    async holds(tested) {
      const [peer, other] = [await tested.join(), await tested.join()];
      const { leaseS: _lease, dedupeS: _dedupe, keepS: _keep, ...plain } = PLAN;
      same(await provision(tested, other, plain), NOTHING);
      same(await provision(tested, peer, PLAN, 'verify'), NOTHING);
      const longer: CarrierPlan = { ...plain, keepS: 120 };
      same((await provision(tested, other, longer)).changed, [
        { queue: undefined, setting: 'keepS', from: 60, to: 120 },
      ]);
      // Which is less than the lease would be.
      const unfit = peer.session.provision({ ...plain, leaseS: 20 }, 'ensure');
      is((await refuses(tested, unfit, 'PLAN_CHANGED')).metadata['dedupeS'], PLAN.dedupeS);
      same(await provision(tested, peer, { ...PLAN, keepS: 120 }, 'verify'), NOTHING);
    },
  },
  {
    title: 'D9 keeps what it holds when the lease becomes another one',
    async holds(tested) {
      const [worker, other] = [await tested.join(), await tested.join()];
      const taken = other.take('slow');
      await worker.put('slow', 'one');
      await taken.exactly(['one']);
      await worker.put('work', 'two');
      const delivery = await worker.takeOne('work');
      const others = other.take('work');
      await provision(tested, worker, { ...PLAN, leaseS: 16, dedupeS: 60 });
      await tested.pass(3_900);
      await provision(tested, worker, PLAN);
      await tested.pass(3_000);
      await others.exactly([]);
      same([worker.lost, other.lost], [[], []]);
      await worker.settle(delivery);
    },
  },
  {
    title: 'D17 keeps a record for `keepS` where nobody says how long',
    async holds(tested) {
      const peer = await tested.join();
      await provision(tested, peer, { ...PLAN, keepS: 2 });
      await tested.settled('the record', peer.session.record('answers', 'root', 'one', 'body'));
      const count = async (): Promise<number> =>
        (await tested.settled('the records', peer.session.recordsOf('answers', 'root'))).length;
      await tested.pass(1_000);
      is(await count(), 1);
      await tested.pass(1_500);
      is(await count(), 0);
    },
  },
  {
    title: 'D26 refuses a plan without a queue that holds messages, and changes nothing then',
    async holds(tested) {
      const peer = await tested.join();
      await peer.put('slow', 'one');
      const delivery = await peer.takeOne('slow');
      const queues = [...PLAN.queues.slice(1).filter(({ queue }) => queue !== 'slow')];
      const changed = { ...PLAN, queues: [...queues, { queue: 'new', bound: 5, maxInFlight: 5 }] };
      const refused = await refuses(tested, peer.session.provision(changed, 'ensure'), 'PLAN_CHANGED');
      same(refused.metadata['holding'], ['slow']);
      same(await provision(tested, peer, PLAN, 'verify'), NOTHING);
      await peer.settle(delivery);
      same((await provision(tested, peer, changed)).removed, ['work', 'slow']);
    },
  },
  {
    title: 'D21 changes lanes only when the queues of their node are empty',
    async holds(tested) {
      const peer = await tested.join();
      await peer.put('order#1', 'one');
      const others = PLAN.queues.filter(({ lane }) => lane === undefined);
      const plain = { queue: 'order', bound: 100, maxInFlight: 10 };
      for (const queues of [lanes(1), lanes(3), [plain]]) {
        const changed = { ...PLAN, queues: [...others, ...queues] };
        const refused = await refuses(tested, peer.session.provision(changed, 'ensure'), 'PLAN_CHANGED');
        same(refused.metadata['holding'], ['order#1']);
      }
      same(await provision(tested, peer, PLAN, 'verify'), NOTHING);
      await peer.settle(await peer.takeOne('order#1'));
      same((await provision(tested, peer, { ...PLAN, queues: [...others, ...lanes(3)] })).added, ['order#2']);
    },
  },
  {
    title: 'goes by a bound that was changed',
    async holds(tested) {
      const peer = await tested.join();
      await peer.putAll('small', ids(5));
      const sixth = peer.offer(aMessage('small', 'sixth'));
      const queues = PLAN.queues.map((each) => (each.queue === 'small' ? { ...each, bound: 6 } : each));
      await provision(tested, peer, { ...PLAN, queues });
      is(await tested.settled('room', sixth), 'stored');
      const lowered = PLAN.queues.map((each) => (each.queue === 'small' ? { ...each, bound: 2 } : each));
      await provision(tested, peer, { ...PLAN, queues: lowered });
      is(await peer.held('small'), 6);
      const taken = peer.take('small');
      const deliveries = await taken.exactly([...ids(5), 'sixth']);
      for (const delivery of deliveries.slice(0, 5)) await peer.settle(delivery);
      await peer.put('small', 'seventh');
      is(await peer.held('small'), 2);
    },
  },
];

function provision(
  tested: Tested,
  { session }: Peer,
  plan: CarrierPlan,
  mode: 'ensure' | 'verify' = 'ensure',
): Promise<ProvisionDiff> {
  return tested.settled('the plan', session.provision(plan, mode));
}

/** The dead letters of a session, with time passing. */
function lettersOf(tested: Tested, { session: { dead } }: Peer): Peer['session']['dead'] {
  return {
    list: (query) => tested.settled('a list', dead.list(query)),
    read: (id) => tested.settled('a letter', dead.read(id)),
    discard: (given) => tested.settled('the discard', dead.discard(given)),
  };
}
