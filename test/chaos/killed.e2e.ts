import { expect } from 'chai';
import { setTimeout } from 'node:timers/promises';

import { PREFETCH, WIDE } from './support/flows.js';
import { LEASE_S, TIMEOUT_MS, sized } from './support/size.js';
import { emitAtPace, emptied, report, secondsSince, Sink, useChaos } from './support/use-chaos.js';
import { rerunsIn } from './support/runs.js';
import type { ChaosProcess } from './support/chaos-process.js';

const MESSAGES = sized(4_000, 20_000);
const SECONDS = sized(16, 60);
const KILL_EVERY_S = 2;
/** So long that one worker alone does not keep up. */
const WORK_MS = 20;
const POISON_AT = 100;
const BROAD_WORKERS = 10;

describe('chaos on SQLite: workers that are killed', function () {
  this.timeout(TIMEOUT_MS);
  const chaos = useChaos();

  it(`D2 D4 D6 a random worker of four is killed every ${KILL_EVERY_S} s: lost 0, stored twice 0, reruns <= prefetch x kills`, async () => {
    const client = await chaos.now.connect('Chain');
    const sink = new Sink(client);
    const groups = ['first', 'first', 'second', 'second'];
    const workers = await Promise.all(groups.map((group) => chaos.now.serve('Chain', group)));
    const sinceMs = performance.now();
    const jobs = Array.from({ length: MESSAGES }, (_, n) => ({ n, ms: WORK_MS }));
    const emitting = emitAtPace(client, jobs, MESSAGES / SECONDS);
    let kills = 0;
    for (; performance.now() - sinceMs < (SECONDS - KILL_EVERY_S) * 1_000; kills += 1) {
      await setTimeout(KILL_EVERY_S * 1_000);
      const victim = Math.floor(Math.random() * workers.length);
      await workers[victim]!.kill();
      workers[victim] = chaos.now.start('Chain', groups[victim]!);
    }
    await emitting;
    await emptied(client);
    const reruns = rerunsIn(chaos.now.runs());
    const dead = (await client.deadLetters.list()).length;
    report({
      ...{ messages: MESSAGES, kills, lost: sink.lost(MESSAGES), 'stored twice': sink.twice },
      ...{ reruns, 'of at most': PREFETCH * kills, dead, seconds: secondsSince(sinceMs) },
    });
    expect([sink.lost(MESSAGES), sink.twice, dead]).to.deep.equal([0, 0, 0]);
    expect(kills).to.be.at.least(Math.floor(SECONDS / (2 * KILL_EVERY_S)));
    expect(reruns)
      .to.be.above(0)
      .and.to.be.at.most(PREFETCH * kills);
  });

  it('D12 one message among 500 kills each process that begins it: 1 dead letter POISON_MESSAGE, 499 results, at most 4 crashes', async () => {
    const client = await chaos.now.connect('Broad');
    const sink = new Sink(client);
    const story = { crashes: 0, isOver: false };
    const keepUp = async (): Promise<void> => {
      while (!story.isOver) {
        const worker = await chaos.now.serve('Broad').catch(() => undefined);
        await worker?.ended;
        if (!story.isOver) story.crashes += 1;
      }
    };
    const sinceMs = performance.now();
    const up = [keepUp(), keepUp()];
    await Promise.all(
      Array.from({ length: 500 }, (_, n) => client.emit({ n, ms: 20, act: n === POISON_AT ? 'kill' : 'wait' })),
    );
    await emptied(client);
    story.isOver = true;
    const letters = await client.deadLetters.list();
    report({
      ...{ messages: 500, 'dead letters': letters.length, results: sink.counts.size, 'stored twice': sink.twice },
      ...{ crashes: story.crashes, reruns: rerunsIn(chaos.now.runs()), seconds: secondsSince(sinceMs) },
    });
    expect(letters.map(({ error }) => error.code)).to.deep.equal(['POISON_MESSAGE']);
    expect((letters[0]!.payload() as { readonly n: number }).n).to.equal(POISON_AT);
    expect([sink.counts.size, sink.twice, sink.failures]).to.deep.equal([499, 0, 1]);
    expect(story.crashes).to.be.at.most(4);
    await chaos.now.kill();
    await Promise.all(up);
  });

  it(`D12 ${BROAD_WORKERS} workers x ${WIDE} held are killed at once: back at full concurrency at once, 0 dead letters`, async () => {
    const all = BROAD_WORKERS * WIDE;
    const client = await chaos.now.connect('Broad');
    const sink = new Sink(client);
    const serveAll = (): Promise<ChaosProcess[]> =>
      Promise.all(Array.from({ length: BROAD_WORKERS }, () => chaos.now.serve('Broad')));
    const former = await serveAll();
    await Promise.all(Array.from({ length: all }, (_, n) => client.emit({ n, act: 'hold' })));
    await Promise.all(former.map((each) => each.says(`holds ${WIDE}`)));
    await Promise.all(former.map((each) => each.kill()));
    const killedMs = performance.now();
    const workers = await serveAll();
    await Promise.all(workers.map((each) => each.says(`holds ${WIDE}`)));
    const backS = secondsSince(killedMs);
    for (const each of workers) each.child.send('go');
    await emptied(client);
    const dead = (await client.deadLetters.list()).length;
    report({
      ...{ held: all, 'at work again': workers.length * WIDE, 'seconds after the kill': backS, lease: LEASE_S },
      ...{ lost: sink.lost(all), 'stored twice': sink.twice, 'dead letters': dead },
    });
    expect([sink.lost(all), sink.twice, dead]).to.deep.equal([0, 0, 0]);
    expect(rerunsIn(chaos.now.runs())).to.equal(all);
  });
});
