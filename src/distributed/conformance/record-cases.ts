import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import type { StoredRecord } from '../carrier/records.js';
import { ids, type Peer } from './peer.js';
import type { Promised, Tested } from './tested.js';

/** Records are heard by all who want to, in one order, and lie there for a time. */
export const RECORD_CASES: readonly Promised[] = [
  {
    title: 'D17 keeps the records of a key in their order, for any process',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join({ flow: 'Another' })];
      for (const id of ids(3)) await record(tested, one, 'root-1', id);
      await record(tested, one, 'root-10', 'other');
      const found = await tested.settled('the records', other.session.recordsOf('answers', 'root-1'));
      same(
        found.map(({ key, id, body }) => [key, id, body]),
        ids(3).map((id) => ['root-1', id, `body of ${id}`]),
      );
      ok(Math.abs(other.session.now() - found[0]!.storedMs) < 5_000, 'the time is not that of the engine');
      same(await tested.settled('none', other.session.recordsOf('cancels', 'root-1')), []);
      same(await tested.settled('none', other.session.recordsOf('answers', 'root')), []);
    },
  },
  {
    title: 'D6 stores a record once under a key and id, and the first one counts',
    async holds(tested) {
      const peer = await tested.join();
      const heard = listen(peer, 'root', 'start');
      await record(tested, peer, 'root-1', 'same', 'first');
      await record(tested, peer, 'root-1', 'same', 'second');
      await record(tested, peer, 'root-2', 'same', 'of another key');
      await tested.until('two', () => heard.length >= 2);
      await tested.pass(100);
      same(
        heard.map(({ body }) => body),
        ['first', 'of another key'],
      );
      is((await tested.settled('it', peer.session.recordsOf('answers', 'root-1')))[0]?.body, 'first');
    },
  },
  {
    title:
      'D16 D17 tells from the start what lies there and what comes, of the keys that begin so, in one order for all',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      await record(tested, one, 'a-1', 'before');
      const [all, some, now] = [listen(one, '', 'start'), listen(other, 'a-', 'start'), listen(other, 'a-', 'now')];
      await tested.pass(200);
      const peers = [one, other];
      const writes = ids(20).map((id, index) =>
        peers[index % 2]!.session.record('answers', index % 4 < 2 ? 'a-2' : 'b-1', id, id, 60),
      );
      await tested.settled('the records', Promise.all(writes));
      await tested.until('all', () => all.length === 21 && some.length === 11 && now.length === 10);
      same(
        some.map(({ id }) => id),
        all.filter(({ key }) => key.startsWith('a-')).map(({ id }) => id),
      );
      same(
        now.map(({ id }) => id),
        some.map(({ id }) => id).slice(1),
      );
      is(all[0]?.id, 'before');
    },
  },
  {
    title: 'D16 tells a cancel to all who hear, and to nobody whose handle is closed',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join()];
      const heard: string[] = [];
      const [open, closed] = [one, other].map(({ session }, index) =>
        session.records('cancels', '', 'now', ({ key }) => heard.push(`${index} ${key}`)),
      );
      await tested.pass(200);
      closed!.close();
      closed!.close();
      await tested.settled('the cancel', other.session.record('cancels', 'root-1', 'cancel', '{}', 60));
      await tested.until('the cancel', () => heard.length > 0);
      await tested.pass(200);
      same(heard, ['0 root-1']);
      open!.close();
    },
  },
  {
    title: 'D17 forgets a record when its time is over, and not before',
    async holds(tested) {
      const peer = await tested.join();
      await tested.settled('it', peer.session.record('answers', 'root', 'short', '', 2));
      await tested.settled('it', peer.session.record('answers', 'root', 'long', '', 60));
      await tested.pass(1_000);
      const found = async (): Promise<readonly string[]> => {
        const records = await tested.settled('the records', peer.session.recordsOf('answers', 'root'));
        return records.map(({ id }) => id);
      };
      same(await found(), ['short', 'long']);
      await tested.until('the end of the first', async () => (await found()).length === 1);
      same(await found(), ['long']);
      const heard = listen(peer, 'root', 'start');
      await tested.until('the other one', () => heard.length > 0);
      await tested.pass(100);
      same(
        heard.map(({ id }) => id),
        ['long'],
      );
    },
  },
  {
    title: 'writes a document if nobody was there first',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join({ flow: 'Another' })];
      const write = (peer: Peer, body: string, rev: number): Promise<boolean> =>
        tested.settled('the write', peer.session.writeDoc('worker/1', body, rev));
      const read = (): ReturnType<Peer['session']['doc']> => tested.settled('it', other.session.doc('worker/1'));
      is(await read(), undefined);
      is(await write(one, 'new', 7), false);
      is(await write(one, 'first', 0), true);
      is(await write(other, 'also first', 0), false);
      const first = (await read())!;
      same([first.key, first.body], ['worker/1', 'first']);
      is(await write(other, 'second', first.rev), true);
      is(await write(one, 'third', first.rev), false);
      const second = (await read())!;
      is(second.body, 'second');
      is(await tested.settled('it', one.session.deleteDoc('worker/1', first.rev)), false);
      is(await tested.settled('it', one.session.deleteDoc('worker/1', second.rev)), true);
      is(await tested.settled('it', one.session.deleteDoc('worker/1', second.rev)), false);
      is(await read(), undefined);
      is(await write(one, 'again', 0), true);
      ok(![first.rev, second.rev].includes((await read())!.rev), 'a revision has come back');
    },
  },
  {
    title: 'lets one of many win who write a document at a time',
    async holds(tested) {
      const peers = [await tested.join(), await tested.join(), await tested.join()];
      let rev = 0;
      for (let round = 0; round < 5; round += 1) {
        const writes = ids(9).map((id, index) => peers[index % 3]!.session.writeDoc('race', `${round} ${id}`, rev));
        const won = await tested.settled('all writes', Promise.all(writes));
        is(won.filter(Boolean).length, 1);
        const doc = (await tested.settled('it', peers[0]!.session.doc('race')))!;
        is(doc.body, `${round} m-${won.indexOf(true)}`);
        rev = doc.rev;
      }
    },
  },
  {
    title: 'lists documents by what their key begins with, and forgets those that nobody writes anew',
    async holds(tested) {
      const { session } = await tested.join();
      const write = (key: string, rev: number, ttlS?: number): Promise<boolean> =>
        tested.settled('the write', session.writeDoc(key, key, rev, ttlS));
      for (const key of ['worker/2', 'worker/1', 'workers', 'plan']) is(await write(key, 0), true);
      is(await write('worker/beats', 0, 2), true);
      is(await write('worker/dies', 0, 2), true);
      const keys = async (): Promise<readonly string[]> => {
        const docs = await tested.settled('the documents', session.docs('worker/'));
        return docs.map(({ key, body }) => (key === body ? key : `${key} is ${body}`));
      };
      same(await keys(), ['worker/1', 'worker/2', 'worker/beats', 'worker/dies']);
      await tested.pass(1_500);
      const { rev } = (await tested.settled('it', session.doc('worker/beats')))!;
      is(await write('worker/beats', rev, 60), true);
      await tested.until('the end of one', async () => (await keys()).length < 4);
      await tested.pass(1_000);
      same(await keys(), ['worker/1', 'worker/2', 'worker/beats']);
      is(await write('worker/dies', 0), true);
    },
  },
  {
    title: 'casts to every session that hears, this one included, in order',
    async holds(tested) {
      const [one, other] = [await tested.join(), await tested.join({ flow: 'Another' })];
      const heard: string[] = [];
      one.session.hear('chunks/', (topic, body) => heard.push(`one ${topic} ${body}`));
      other.session.hear('chunks/7', (topic, body) => heard.push(`other ${topic} ${body}`));
      const closed = other.session.hear('', (topic) => heard.push(`closed ${topic}`));
      closed.close();
      await tested.pass(200);
      one.session.cast('credits/7', 'not heard');
      for (const body of ['a', 'b', 'c']) one.session.cast('chunks/7', body);
      is(heard.length, 0, 'it was heard while cast() was running');
      await tested.until('all', () => heard.length >= 6);
      await tested.pass(100);
      for (const who of ['one', 'other']) {
        same(
          heard.filter((each) => each.startsWith(`${who} `)),
          ['a', 'b', 'c'].map((body) => `${who} chunks/7 ${body}`),
        );
      }
      is(heard.length, 6);
    },
  },
];

function record(tested: Tested, peer: Peer, key: string, id: string, body = `body of ${id}`): Promise<void> {
  return tested.settled(`the record ${id}`, peer.session.record('answers', key, id, body, 60));
}

function listen(peer: Peer, prefix: string, from: 'start' | 'now'): StoredRecord[] {
  const heard: StoredRecord[] = [];
  peer.session.records('answers', prefix, from, (each) => heard.push(each));
  return heard;
}
