import { expect } from 'chai';
import { setTimeout } from 'node:timers/promises';

import { MAX_HOLD_S, NARROW } from './support/flows.js';
import { rerunsIn } from './support/runs.js';
import { LEASE_S, TIMEOUT_MS, sized } from './support/size.js';
import { emptied, report, secondsSince, Sink, useChaos } from './support/use-chaos.js';

const STOPPED_S = sized(8, 30);
const HEAP_MB = 20;
const MESSAGES = 500;

describe('chaos on SQLite: processes that stand still', function () {
  this.timeout(TIMEOUT_MS);
  const chaos = useChaos();

  it('D9 a worker is stopped (SIGSTOP) for three leases and goes on: lost 0, stored twice 0, lease_lost logged', async () => {
    const client = await chaos.now.connect('Chain');
    const sink = new Sink(client);
    const sinceMs = performance.now();
    const stopped = await chaos.now.serve('Chain');
    await Promise.all(Array.from({ length: MESSAGES }, (_, n) => client.emit({ n, ms: 300 })));
    while (chaos.now.runs().length === 0) await setTimeout(20);
    await stopped.freeze();
    const before = chaos.now.runs().length;
    await chaos.now.serve('Chain');
    await setTimeout(3 * LEASE_S * 1_000);
    const meanwhile = chaos.now.runs().length - before;
    stopped.thaw();
    await emptied(client);
    while (!stopped.logged.includes('lease_lost')) await setTimeout(20);
    const lines = stopped.logged.split('\n').filter((line) => line.includes('lease_lost'));
    const traces = new Set(lines.map((line) => (JSON.parse(line) as { readonly trace_id: string }).trace_id));
    report({
      ...{
        messages: MESSAGES,
        lost: sink.lost(MESSAGES),
        'stored twice': sink.twice,
        'lines lease_lost': lines.length,
      },
      ...{ reruns: rerunsIn(chaos.now.runs()), 'runs meanwhile': meanwhile, seconds: secondsSince(sinceMs) },
    });
    expect([sink.lost(MESSAGES), sink.twice]).to.deep.equal([0, 0]);
    expect(meanwhile).to.be.above(0);
    expect(traces.size).to.equal(lines.length);
    expect(await client.deadLetters.list()).to.have.length(0);
  });

  it('D9 a loop is blocked for longer than the lease: no second run until maxHoldS', async () => {
    const sinceMs = performance.now();
    const [lone, limited] = [await chaos.now.connect('Lone'), await chaos.now.connect('Limited')];
    const [blocked, held] = [new Sink(lone), new Sink(limited)];
    await Promise.all([...['Lone', 'Lone'], ...['Limited', 'Limited']].map((flow) => chaos.now.serve(flow)));
    const blockMs = 2.5 * LEASE_S * 1_000;
    const heldMs = (MAX_HOLD_S + 2 * LEASE_S) * 1_000;
    await Promise.all([1, 2, 3].map((n) => lone.emit({ n, act: 'block', ms: blockMs })));
    await limited.emit({ n: 10, act: 'block', ms: heldMs });
    await Promise.all([emptied(lone), emptied(limited)]);
    const [ofLone, ofLimited] = [
      chaos.now.runs().filter(({ n }) => n < 10),
      chaos.now.runs().filter(({ n }) => n === 10),
    ];
    const againS = ((ofLimited[1]?.atMs ?? Infinity) - (ofLimited[0]?.atMs ?? 0)) / 1_000;
    report({
      ...{ 'blocked for': `${blockMs / 1_000} s of a lease of ${LEASE_S} s`, 'run again': `${rerunsIn(ofLone)} of 3` },
      ...{ 'with maxHoldS': MAX_HOLD_S, 'again after': `${againS.toFixed(1)} s`, seconds: secondsSince(sinceMs) },
    });
    expect([blocked.counts.size, blocked.twice, rerunsIn(ofLone)]).to.deep.equal([3, 0, 0]);
    expect([held.counts.size, held.twice, ofLimited.length]).to.deep.equal([1, 0, 2]);
    expect(againS).to.be.at.least(MAX_HOLD_S);
    expect(ofLimited[0]?.pid).not.to.equal(ofLimited[1]?.pid);
  });

  it(`D14 the consumer is stopped for ${STOPPED_S} s: depth <= bound, the producer's heap grows by less than ${HEAP_MB} MB`, async () => {
    const client = await chaos.now.connect('Narrow');
    await chaos.now.serve('Narrow', 'first');
    const consumer = await chaos.now.serve('Narrow', 'second');
    const producer = chaos.now.send('Narrow', { role: 'floods', from: 0, count: 0 });
    while (chaos.now.runs().length < 2 * NARROW) await setTimeout(50);
    const heapMb = (): number => Number(producer.last('heap')?.[0]) / 1_048_576;
    const began = heapMb();
    await consumer.freeze();
    const sinceMs = performance.now();
    let [deepest, heap] = [0, began];
    while (performance.now() - sinceMs < STOPPED_S * 1_000) {
      await setTimeout(50);
      for (const { pending, unacked } of await client.lag()) deepest = Math.max(deepest, pending + unacked);
      heap = Math.max(heap, heapMb());
    }
    consumer.thaw();
    producer.child.send('stop');
    await producer.says('sent');
    await emptied(client);
    const sent = Number(producer.last('sent')?.[0]);
    const done = new Set(
      chaos.now
        .runs()
        .filter(({ node }) => node === 'Second')
        .map(({ n }) => n),
    ).size;
    report({
      ...{ sent, lost: sent - done, depth: deepest, bound: NARROW },
      heap: `${began.toFixed(1)} MB + ${(heap - began).toFixed(1)} MB`,
    });
    expect(sent - done).to.equal(0);
    expect(deepest).to.equal(NARROW);
    expect(heap - began).to.be.below(HEAP_MB);
  });
});
