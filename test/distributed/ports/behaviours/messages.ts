import { expect } from 'chai';
import { Flow, joinFrom, joinK, Message, predicateRouter, start, type NodeContext } from '#src/index.js';

import { line, node, pass, rows } from '../../../support/nodes.js';
import { codeOf, failureOf } from '../../../support/settling.js';
import type { Behaviour } from '../ways.js';

const Inner = node('Inner', (text: string, ctx) => `${text}/${ctx.traceId}/${ctx.tenant}/${String(ctx.meta['k'])}`);

@Flow({ name: 'inner-of-ports' })
class InnerFlow {
  readonly graph = start(Inner as never);
}

/** What messages bring along, what nodes return, and where it goes. */
export const MESSAGES: readonly Behaviour[] = [
  {
    title: 'R1 brings trace id, headers and meta to every node, with the payload or in a Message',
    async holds(open) {
      const seen: unknown[] = [];
      const look = (name: string): ReturnType<typeof node> =>
        node(name, (payload, { traceId, tenant, headers, meta, source }) => {
          seen.push([name, traceId, tenant, headers.topic, headers.priority, meta['k'], source]);
          return payload;
        });
      const [a, b] = [look('A'), look('B')];
      const opened = await open(line(a, b), { elsewhere: [b] });
      const options = { traceId: 't', tenant: 'acme', topic: 'orders', priority: 3, meta: { k: 'v' } };
      expect(await opened.now(opened.port.call('x', options))).to.equal('x');
      const facts = ['t', 'acme', 'orders', 3, 'v'];
      expect(seen.splice(0)).to.deep.equal([
        ['A', ...facts, 'OpenSea'],
        ['B', ...facts, 'A'],
      ]);
      const message = new Message('y', { traceId: 'u', headers: { tenant: 'other' }, meta: { k: 1 } });
      expect(await opened.now(opened.port.call(message))).to.equal('y');
      expect(seen.map((each) => (each as unknown[]).slice(0, 3))).to.deep.equal([
        ['A', 'u', 'other'],
        ['B', 'u', 'other'],
      ]);
    },
  },
  {
    title: 'R1 R7 refuses what is no payload, an option that is none, and a target that is not there',
    async holds(open) {
      const opened = await open(line(pass('A')));
      expect(await codeOf(opened.port.emit(Promise.resolve(1)))).to.equal('INVALID_MESSAGE');
      expect(await codeOf(opened.port.call(1, { timeoutS: -1 }))).to.equal('INVALID_OPTION');
      expect(await codeOf(opened.port.call(1, { retries: 1 } as never))).to.equal('INVALID_OPTION');
      expect(await codeOf(opened.port.call(1, { to: 'Z' }))).to.equal('UNKNOWN_TARGET');
      expect(opened.events).to.deep.equal([]);
    },
  },
  {
    title: 'R2 takes null, false, 0 and an empty text for payloads, and nothing for none',
    async holds(open) {
      const b = pass('B');
      const opened = await open(line(pass('A'), b), { elsewhere: [b] });
      for (const payload of [null, false, 0, '']) {
        expect(await opened.now(opened.port.call(payload))).to.equal(payload);
      }
      const none = await open(
        line(
          pass('A'),
          node('B', () => undefined),
        ),
      );
      expect((await none.now(failureOf(none.port.call('x')))).code).to.equal('NO_RESULT');
      expect(await none.now(none.port.collect('x'))).to.deep.equal([]);
    },
  },
  {
    title: 'R2 uses a Message that a node returns, and refuses one of another trace',
    async holds(open) {
      const a = node('A', (payload, ctx) =>
        payload === 'own' ? ctx.message.with({ payload: 'new', meta: { k: 2 } } as never) : new Message('other'),
      );
      const b = node('B', (payload, { meta }) => [payload, meta['k']]);
      const opened = await open(line(a, b), { elsewhere: [b] });
      expect(await opened.now(opened.port.call('own'))).to.deep.equal(['new', 2]);
      const error = await opened.now(failureOf(opened.port.call('foreign')));
      expect([error.code, error.nodeName]).to.deep.equal(['TRACE_MISMATCH', 'A']);
    },
  },
  {
    title: 'R2 R4 hands on what a node yields in its order, through floes of one place',
    async holds(open) {
      const a = node('A', async function* () {
        for (let n = 0; n < 100; n++) yield n;
      } as never);
      const b = pass('B');
      const opened = await open(line(a, b), { elsewhere: [b], flow: { queueMaxsize: 1 }, narrow: [] });
      const all = opened.port.collect('x');
      for (let turn = 0; turn < 30; turn++) await opened.turn();
      expect(await opened.now(all)).to.deep.equal(Array.from({ length: 100 }, (_, n) => n));
    },
  },
  {
    title: 'R4 sends to all that follow, and a router to those it names',
    async holds(open) {
      const [a, b, c] = [pass('A'), node('B', (n) => `b${String(n)}`), node('C', (n) => `c${String(n)}`)];
      const opened = await open(rows([[a, [b, c]]]), { elsewhere: [b] });
      expect(new Set(await opened.now(opened.port.collect(1)))).to.deep.equal(new Set(['b1', 'c1']));
      const route = predicateRouter('Route', (n: number) => (n > 1 ? b : c));
      const routed = await open(rows([[route as never, [b, c]]]), { elsewhere: [b] });
      expect(await routed.now(routed.port.collect(2))).to.deep.equal(['b2']);
      expect(await routed.now(routed.port.collect(1))).to.deep.equal(['c1']);
    },
  },
  {
    title: 'R19 R19b joins what parted at a node, for each run apart',
    async holds(open) {
      const [a, b, c] = [pass('A'), node('B', (n) => `b${String(n)}`), node('C', (n) => `c${String(n)}`)];
      const both = joinFrom('Both', [b, c] as never) as never;
      const last = pass('Last');
      const graph = rows([
        [a, [b, c]],
        [b, [both]],
        [c, [both]],
        [both, [last]],
      ]);
      const opened = await open(graph, { elsewhere: [last] });
      const answers = [1, 2, 3].map((n) => opened.port.call(n, { traceId: 'same' }));
      expect(await opened.now(Promise.all(answers))).to.deep.equal([1, 2, 3].map((n) => [`b${n}`, `c${n}`]));
      const two = joinK('Two', 2) as never;
      const pairs = await open(
        rows([
          [a, [b, c]],
          [b, [two]],
          [c, [two]],
        ] as never),
      );
      expect(new Set((await pairs.now(pairs.port.call(7))) as string[])).to.deep.equal(new Set(['b7', 'c7']));
    },
  },
  {
    title: 'R1 runs a playbook in the process of the node, with trace id, tenant and meta',
    async holds(open) {
      const b = node('B', (payload, ctx: NodeContext) => ctx.call(InnerFlow as never, payload as never));
      const opened = await open(line(pass('A'), b), { elsewhere: [b] });
      const answer = opened.port.call('x', { traceId: 't', tenant: 'acme', meta: { k: 'v' } });
      expect(await opened.now(answer)).to.equal('x/t/acme/v');
    },
  },
  {
    title: 'R2 sends on what a node emits while it runs',
    async holds(open) {
      const a = node('A', async (payload, ctx) => {
        for (const n of [1, 2]) await ctx.emit(n);
        return payload;
      });
      const b = pass('B');
      const opened = await open(line(a, b), { elsewhere: [b] });
      expect(await opened.now(opened.port.collect(3))).to.deep.equal([1, 2, 3]);
    },
  },
  {
    title: 'R10 gives the work on a message one key in all its attempts, which follows from the `id`',
    async holds(open) {
      const keys: string[] = [];
      const b = node(
        'B',
        (payload, ctx) => {
          keys.push(ctx.idempotencyKey);
          if (ctx.attempt === 0) throw new Error('once more');
          return payload;
        },
        { maxRetries: 1, backoffBaseS: 0 },
      );
      const a = node('A', (payload, ctx) => {
        keys.push(ctx.idempotencyKey);
        return payload;
      });
      const opened = await open(line(a, b), { elsewhere: [b] });
      await opened.now(opened.port.call('x', { id: 'order-17' }));
      expect(keys[0]).to.contain('order-17');
      expect(keys[1]).to.equal(keys[2]);
      expect(keys[1]).not.to.equal(keys[0]);
    },
  },
];
