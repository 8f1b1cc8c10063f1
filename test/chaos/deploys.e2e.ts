import { expect } from 'chai';
import { setTimeout } from 'node:timers/promises';

import { Urgent, type Job } from './support/flows.js';
import { rerunsIn } from './support/runs.js';
import { TIMEOUT_MS, sized } from './support/size.js';
import { emptied, report, secondsSince, Sink, useChaos } from './support/use-chaos.js';

const WORKERS = 3;
/** Out, back and out again: the last build is the new one. */
const ROLLS = sized(3, 7);
const EVERY_MS = 10;

describe('chaos on SQLite: rolling deploys', function () {
  this.timeout(TIMEOUT_MS);
  const chaos = useChaos();

  it(`D13 D24 ${ROLLS * WORKERS} rolling restarts with two builds and a new class: lost 0, run twice 0, dead 0`, async () => {
    const client = await chaos.now.connect('DeployedNew');
    const sink = new Sink(client);
    const workers = await Promise.all(Array.from({ length: WORKERS }, () => chaos.now.serve('DeployedOld')));
    const sinceMs = performance.now();
    const story = { sent: 0, urgent: 0, isOver: false };
    const sending = (async (): Promise<void> => {
      for (; !story.isOver; story.sent += 1) {
        // Of each ten one is of the class that the old build does not know.
        const { sent } = story;
        const isUrgent = sent % 10 === 9;
        if (isUrgent) story.urgent += 1;
        await client.emit(isUrgent ? (new Urgent(sent) as Job) : { n: sent, ms: 50 });
        await setTimeout(EVERY_MS);
      }
    })();
    let restarts = 0;
    for (let roll = 0; roll < ROLLS; roll += 1) {
      for (let index = 0; index < WORKERS; index += 1) {
        await workers[index]!.stop();
        workers[index] = await chaos.now.serve(roll % 2 === 0 ? 'DeployedNew' : 'DeployedOld');
        restarts += 1;
      }
    }
    story.isOver = true;
    await sending;
    const { sent, urgent } = story;
    await emptied(client);
    const [twice, dead] = [rerunsIn(chaos.now.runs()), (await client.deadLetters.list()).length];
    const ofNew = chaos.now.runs().filter(({ node }) => node === 'Urgent').length;
    report({
      ...{ restarts, messages: sent, 'of the new class': urgent, lost: sink.lost(sent), 'run twice': twice, dead },
      ...{ 'stored twice': sink.twice, seconds: secondsSince(sinceMs) },
    });
    expect([sink.lost(sent), twice, dead, sink.twice]).to.deep.equal([0, 0, 0, 0]);
    expect(ofNew).to.equal(urgent).and.to.be.above(10);
  });
});
